// The package as an app uses it: one session, asked for once, then moves.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export async function contestant(folder) {
  const { createHallpass, defineScope, lte } = await import(pathToFileURL(join(folder, 'esm/index.js')))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

  async function open({ endpoints, chainId, board, grant, paymaster, owner, fund }) {
    const hallpass = createHallpass({
      app: 'bench',
      chain: chainId,
      rpc: endpoints.chain,
      bundler: endpoints.bundler,
      account: { kind: 'kernel', version: '3.1' },
      storage: 'memory',
      ...(paymaster && { paymaster: endpoints.paymaster }),
    })
    const scope = defineScope({
      calls: [
        { to: board, function: 'move(uint8 x,uint8 y)' },
        {
          to: board,
          function: 'buy(uint256 item,uint256 amount)',
          args: { amount: lte(grant.mostItems) },
          value: { max: grant.mostValue },
        },
      ],
      limits: { gas: { total: grant.gas } },
      // The other grant has no total either: this one costs no gas.
      spend: [{ token: 'native', limit: grant.mostValue * 1000n }],
      accept: ['local:spend[0]'],
      ...(paymaster && { paymaster }),
    })
    const { address } = await hallpass.account({ owner: owner.address })
    if (!paymaster) await fund(address)
    const session = await hallpass.request({ owner: walletOf(owner, chainId), scope, expiresIn: { at: grant.validUntil } })
    return {
      account: session.account,
      async move(x, y, onAccepted) {
        const sending = session.sendCalls({ calls: [{ to: board, function: 'move(uint8 x,uint8 y)', args: [x, y] }] })
        onAccepted(await sending)
        const { userOpHash } = await sending.wait()
        return userOpHash
      },
    }
  }
  return { name: 'hallpass', version, open }
}

/** The owner behind EIP-1193. */
function walletOf(owner, chainId) {
  const answers = {
    eth_accounts: () => [owner.address],
    eth_requestAccounts: () => [owner.address],
    eth_chainId: () => `0x${chainId.toString(16)}`,
    eth_signTypedData_v4: ([, typedData]) => owner.signTypedData(JSON.parse(typedData)),
  }
  const request = async ({ method, params }) => {
    if (!answers[method]) throw Object.assign(new Error(`no answer to ${method}`), { code: 4200 })
    return answers[method](params)
  }
  return { request }
}

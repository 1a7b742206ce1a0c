// A session as an app in Node has it: a new owner, an account of its own, asked for once, kept in memory.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MOVE, generatePrivateKey, privateKeyToAccount, rpc, viem } from './stack.mjs'

/** The package in a folder, as `import` finds it. */
export async function load(folder) {
  const { exports } = JSON.parse(readFileSync(join(resolve(folder), 'package.json'), 'utf8'))
  return import(pathToFileURL(join(resolve(folder), exports['.'].import.default)).href)
}

/** Opens a session that may move on the board for an hour; `sponsored` by the stack's paymaster, or on the account's own money. */
export async function open({ createHallpass }, stack, endpoints, sponsored) {
  const owner = privateKeyToAccount(generatePrivateKey())
  const hallpass = createHallpass({
    app: 'bursts',
    chain: stack.chainId,
    rpc: endpoints.chain,
    bundler: endpoints.bundler,
    account: { kind: 'kernel', version: '3.1' },
    storage: 'memory',
    ...(sponsored && { paymaster: endpoints.paymaster }),
  })
  const { address } = await hallpass.account({ owner: owner.address })
  if (!sponsored) await rpc(stack.chain, 'anvil_setBalance', address, viem.toHex(10n ** 19n))
  const scope = {
    calls: [{ to: stack.board, function: MOVE }],
    limits: { gas: { maxFeePerGas: '50 gwei', total: '2 ether' } },
    ...(sponsored && { paymaster: stack.paymasterAddress }),
  }
  return hallpass.request({ owner: walletOf(owner, stack.chainId), scope, expiresIn: '1h' })
}

/** The owner behind EIP-1193. */
function walletOf(owner, chainId) {
  const answers = {
    eth_accounts: () => [owner.address],
    eth_requestAccounts: () => [owner.address],
    eth_chainId: () => viem.toHex(chainId),
    eth_signTypedData_v4: ([, typedData]) => owner.signTypedData(JSON.parse(typedData)),
  }
  const request = async ({ method, params }) => {
    if (!answers[method]) throw Object.assign(new Error(`no answer to ${method}`), { code: 4200 })
    return answers[method](params)
  }
  return { request }
}

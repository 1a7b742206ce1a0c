// ZeroDev's client as its documentation shows it, with a permission that means the same as our scope.
import { readFileSync } from 'node:fs'
import { signerToEcdsaValidator } from '../../xtask/oracle/node_modules/@zerodev/ecdsa-validator/_esm/index.js'
import { PolicyFlags, toPermissionValidator } from '../../xtask/oracle/node_modules/@zerodev/permissions/_esm/index.js'
import * as policy from '../../xtask/oracle/node_modules/@zerodev/permissions/_esm/policies/index.js'
import { toECDSASigner } from '../../xtask/oracle/node_modules/@zerodev/permissions/_esm/signers/index.js'
import { createKernelAccount, createKernelAccountClient } from '../../xtask/oracle/node_modules/@zerodev/sdk/_esm/index.js'
import { getEntryPoint, KERNEL_V3_1 } from '../../xtask/oracle/node_modules/@zerodev/sdk/_esm/constants.js'
import { createPaymasterClient } from '../../xtask/oracle/node_modules/viem/_esm/account-abstraction/index.js'
import { generatePrivateKey, privateKeyToAccount } from '../../xtask/oracle/node_modules/viem/_esm/accounts/index.js'
import { createPublicClient, defineChain, encodeFunctionData, http, parseAbi } from '../../xtask/oracle/node_modules/viem/_esm/index.js'

const ABI = parseAbi(['function move(uint8 x, uint8 y)', 'function buy(uint256 item, uint256 amount) payable'])
/** What this client takes for the well-known chains. For a chain it does not know it takes a second, and would look slower. */
const POLLING_INTERVAL = 200

const versionOf = (name) => {
  return JSON.parse(readFileSync(new URL(`../../xtask/oracle/node_modules/${name}/package.json`, import.meta.url), 'utf8')).version
}

export function contestant() {
  const version = `${versionOf('@zerodev/permissions')} with @zerodev/sdk ${versionOf('@zerodev/sdk')}, viem ${versionOf('viem')}`
  return { name: 'zerodev permissions', version, open }
}

async function open({ endpoints, chainId, board, grant, paymaster, owner, fund }) {
  const chain = defineChain({
    id: chainId,
    name: 'local',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [endpoints.chain] } },
  })
  const client = createPublicClient({ chain, transport: http(endpoints.chain) })
  const common = { entryPoint: getEntryPoint('0.7'), kernelVersion: KERNEL_V3_1 }
  const sudo = await signerToEcdsaValidator(client, { signer: owner, ...common })
  const regular = await toPermissionValidator(client, {
    signer: await toECDSASigner({ signer: privateKeyToAccount(generatePrivateKey()) }),
    policies: policiesOf(board, grant, paymaster),
    // Ours cannot sign messages in the account's name either.
    flag: PolicyFlags.NOT_FOR_VALIDATE_SIG,
    ...common,
  })
  const account = await createKernelAccount(client, { plugins: { sudo, regular }, ...common })
  if (!paymaster) await fund(account.address)
  // The owner is asked before the first action, not in it. The account keeps the signature.
  await account.kernelPluginManager.getPluginEnableSignature(account.address)
  const kernel = createKernelAccountClient({
    account,
    chain,
    client,
    bundlerTransport: http(endpoints.bundler),
    pollingInterval: POLLING_INTERVAL,
    // By default it asks with a method that only ZeroDev's bundlers have.
    userOperation: { estimateFeesPerGas: ({ bundlerClient }) => standardFees(bundlerClient) },
    ...(paymaster && { paymaster: createPaymasterClient({ transport: http(endpoints.paymaster) }) }),
  })
  return {
    account: account.address,
    async move(x, y, onAccepted) {
      const data = encodeFunctionData({ abi: ABI, functionName: 'move', args: [x, y] })
      const hash = await kernel.sendUserOperation({ calls: [{ to: board, value: 0n, data }] })
      onAccepted(hash)
      const { userOpHash } = await kernel.waitForUserOperationReceipt({ hash })
      return userOpHash
    },
  }
}

/** Expiry, gas budget and calls, in the order that our package gives them. */
function policiesOf(target, { mostItems, mostValue, gas, validUntil }, paymaster) {
  const atMost = (value) => ({ condition: policy.ParamCondition.LESS_THAN_OR_EQUAL, value })
  return [
    policy.toCallPolicy({
      policyVersion: policy.CallPolicyVersion.V0_0_4,
      permissions: [
        { target, abi: ABI, functionName: 'move', args: [null, null] },
        { target, abi: ABI, functionName: 'buy', args: [null, atMost(mostItems)], valueLimit: mostValue },
      ],
    }),
    policy.toTimestampPolicy({ validAfter: 0, validUntil }),
    policy.toGasPolicy({ allowed: gas, ...(paymaster && { enforcePaymaster: true, allowedPaymaster: paymaster }) }),
  ]
}

/** The price that our package takes too. */
async function standardFees(bundler) {
  const { standard } = await bundler.request({ method: 'pimlico_getUserOperationGasPrice', params: [] })
  return { maxFeePerGas: BigInt(standard.maxFeePerGas), maxPriorityFeePerGas: BigInt(standard.maxPriorityFeePerGas) }
}

// A Kernel account past the page: what its owner can send to it by a plain transaction.
import { operationsOf } from './chain.mjs'
import { rpc, stack, viem } from './environment.mjs'

const KERNEL = viem.parseAbi([
  'function uninstallValidation(bytes21 vId, bytes deinitData, bytes hookDeinitData)',
  'function invalidateNonce(uint32 nonce)',
  'function currentNonce() view returns (uint32)',
  'function permissionConfig(bytes4 id) view returns ((bytes2 flag, address signer, bytes22[] policies))',
])

async function view(account, functionName, args = []) {
  const data = viem.encodeFunctionData({ abi: KERNEL, functionName, args })
  const answer = await rpc(stack.chain, 'eth_call', { to: account, data }, 'latest')
  return viem.decodeFunctionResult({ abi: KERNEL, functionName, data: answer })
}

/** Removes the permission that the account's latest operation named in its nonce. */
export async function removal(account, since) {
  const { nonce } = (await operationsOf(account, since)).at(-1)
  const id = `0x${viem.toHex(nonce, { size: 32 }).slice(4, 46)}`
  const { policies } = await view(account, 'permissionConfig', [`0x${id.slice(4, 12)}`])
  // One entry for each policy and one for the signer; what is in them is free.
  const entries = viem.encodeAbiParameters([{ type: 'bytes[]' }], [Array(policies.length + 1).fill('0x')])
  return { to: account, data: viem.encodeFunctionData({ abi: KERNEL, functionName: 'uninstallValidation', args: [id, entries, '0x'] }) }
}

/** Ends every permission that was signed for until now. */
export async function invalidation(account) {
  const next = (await view(account, 'currentNonce')) + 1
  return { to: account, data: viem.encodeFunctionData({ abi: KERNEL, functionName: 'invalidateNonce', args: [next] }) }
}

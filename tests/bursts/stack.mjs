// The local stack as the rounds see it: its endpoints asked past the proxy, its bundler killed and started again.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

// Not a dependency of the package: taken from where the stack has it.
const tools = createRequire(fileURLToPath(new URL('../../xtask/stack/', import.meta.url)))
export const viem = tools('viem')
const { getUserOperationHash } = tools('viem/account-abstraction')
export const { generatePrivateKey, privateKeyToAccount } = tools('viem/accounts')

export const ENTRY_POINT = '0x0000000071727De22E5E9d8BAf0edAc6f37da032'
export const SEND = 'eth_sendUserOperation'
export const MOVE = 'move(uint8 x,uint8 y)'

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A JSON-RPC request that nothing can happen to. */
export async function rpc(url, method, ...params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = await response.json()
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}

/** `kill-bundler` or `start-bundler`; done when it answers. */
export async function control(stack, action) {
  const response = await fetch(`${stack.control}/${action}`, { method: 'POST' })
  const { error } = await response.json()
  if (error) throw new Error(`${action}: ${error}`)
}

/** Hash of an operation in its wire form, as the bundler answers it. */
export function hashOf(operation, { chainId }) {
  const amounts = Object.entries(operation).filter(([name]) => /^nonce$|Gas|PerGas/.test(name))
  const userOperation = { ...operation, ...Object.fromEntries(amounts.map(([name, value]) => [name, viem.hexToBigInt(value)])) }
  return getUserOperationHash({ chainId, entryPointAddress: ENTRY_POINT, entryPointVersion: '0.7', userOperation })
}

/** Whether the bundler has an operation that it may still land. */
export async function isOutstanding(stack, hash) {
  const { status } = await rpc(stack.bundler, 'pimlico_getUserOperationStatus', hash)
  return ['not_submitted', 'submitted', 'queued'].includes(status)
}

// What the scripted chain borrows: hashes, encodings and an owner's key from viem, installed with the local chain's tools in xtask/stack.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const stackTools = createRequire(fileURLToPath(new URL('../../xtask/stack/', import.meta.url)))

export const viem = stackTools('viem')
export const { generatePrivateKey, privateKeyToAccount } = stackTools('viem/accounts')
const { getUserOperationHash } = stackTools('viem/account-abstraction')

export const CHAIN_ID = 31337
export const ENTRY_POINT = '0x0000000071727De22E5E9d8BAf0edAc6f37da032'
export const GAME = '0xb0A2D00000000000000000000000000000000000'
export const PAYMASTER = '0x5A1e5A1e5A1e5A1e5A1e5A1e5A1e5A1e5A1e5A1E'.toLowerCase()
export const MOVE = 'move(uint8 x,uint8 y)'
export const GWEI = 10n ** 9n

export const quantity = (number) => `0x${BigInt(number).toString(16)}`
export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** An error that an endpoint answers (JSON-RPC 2.0). */
export const refusal = (code, message, data) => Object.assign(new Error(message), { code, data })

const NUMBERS = [
  'nonce', 'callGasLimit', 'verificationGasLimit', 'preVerificationGas', 'maxFeePerGas', 'maxPriorityFeePerGas',
  'paymasterVerificationGasLimit', 'paymasterPostOpGasLimit',
]

/** An operation as it comes over the wire, its amounts as numbers. */
export function readOperation(wire) {
  const op = { ...wire }
  for (const name of NUMBERS) if (op[name] !== undefined && op[name] !== null) op[name] = BigInt(op[name])
  return op
}

/** Hash of an operation on a chain, computed by code that is not the package's. */
export const hashOf = (op, chainId) =>
  getUserOperationHash({ chainId, entryPointAddress: ENTRY_POINT, entryPointVersion: '0.7', userOperation: op })

/** Nonce key (192 bits) and sequence number. */
export const laneOf = ({ nonce }) => ({ key: nonce >> 64n, sequence: Number(nonce & 0xffffffffffffffffn) })

/** Wei that an operation takes from the session's gas budget: all gas limits at its highest fee, as the policy on chain counts. */
export const costOf = (op) => (op.callGasLimit + op.verificationGasLimit + op.preVerificationGas) * op.maxFeePerGas

/** Highest fee plus a tenth, both ways: what a bundler wants before it takes one operation in place of another. */
export const outbids = (op, old) =>
  op.maxFeePerGas * 10n >= old.maxFeePerGas * 11n && op.maxPriorityFeePerGas * 10n >= old.maxPriorityFeePerGas * 11n

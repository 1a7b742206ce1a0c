// Hallpass in the peers' benchmark: the testing build, called the way the package calls the module.
import * as glue from './wasm/hallpass.js'
import { WASM_BASE64 } from './testing-wasm.js'
import { wireText } from './wire.js'
import type { UserOperationV07 } from './types.js'

// The benchmark's fixtures, as `fixtures.mjs` of the peers has them.
const PRIVATE_KEY = '4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318'
const DIGEST = '9c22ff5f21f0b81b113e63f7db6da94fedef11b2119b4088b89664fb9a3cb658'
const CHAIN_ID = 11155111n
const PACKED = new Uint8Array(256).map((_, index) => (index * 31 + 7) & 255)
const CALL_DATA =
  '0xe9ae5c5300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
  '0000000000400000000000000000000000000000000000000000000000000000000000000000781c7d4b196cb0c7b01d743fbc6116a902379c7238000000' +
  '0000000000000000000000000000000000000000000000000000000000a9059cbb00000000000000000000000000000000000000000000000000000000' +
  '000000aa000000000000000000000000000000000000000000000000112210f4b16c1cb10000000000000000'

const userOperation: UserOperationV07 = {
  sender: '0x742d35Cc6634C0532925a3b844Bc454e4438f44e',
  nonce: (0x0002c1a2b3c4n << 176n) + 7n,
  callData: CALL_DATA,
  callGasLimit: 180000n,
  verificationGasLimit: 250000n,
  preVerificationGas: 60000n,
  maxFeePerGas: 31000000000n,
  maxPriorityFeePerGas: 1500000000n,
  paymaster: '0x0000000000000039cd5e8aE05257CE51C473ddd1',
  paymasterVerificationGasLimit: 60000n,
  paymasterPostOpGasLimit: 20000n,
  paymasterData: `0x${'5a'.repeat(96)}`,
  signature: '0x',
}

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const toHex = (bytes: Uint8Array) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`

export default async () => {
  const bytes = Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0))
  glue.initSync({ module: await WebAssembly.compile(bytes) })
  const key = new glue.TestingKey(fromHex(PRIVATE_KEY))
  const digest = fromHex(DIGEST)
  const text = (index = 0) => wireText({ ...userOperation, nonce: (userOperation.nonce as bigint) + BigInt(index) })
  return {
    peer: 'hallpass',
    version: glue.packageVersion(),
    ops: {
      sign: () => key.sign(digest),
      keygen: () => glue.testingKeygen(),
      keccak_256B: () => glue.testingKeccak(PACKED),
      userop_hash: (index: number) => glue.userOperationHash(text(index), '0.7', CHAIN_ID),
      hash_sign: (index: number) => key.hashSign(text(index), CHAIN_ID),
    },
    check: {
      sign: async () => toHex(key.sign(digest)),
      keccak_256B: async () => toHex(glue.testingKeccak(PACKED)),
      userop_hash: async () => glue.userOperationHash(text(), '0.7', CHAIN_ID),
      hash_sign: async () => toHex(key.hashSign(text(), CHAIN_ID)),
    },
  }
}

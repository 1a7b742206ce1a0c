// Hallpass in the peers' benchmark: the testing build, called the way the package calls the module. The inputs are those of the
// peers, so that every contestant can be checked to give the same bytes.
import * as glue from './wasm/hallpass.js'
import { WASM_BASE64 } from './testing-wasm.js'
import fixtures from './fixtures.json'
import { quantity, wireText } from './wire.js'
import type { UserOperationV07 } from './types.js'

const NUMBERS = /nonce|Gas/
const userOperation = Object.fromEntries(
  Object.entries(fixtures.userOperation).map(([key, value]) => [key, NUMBERS.test(key) ? BigInt(value) : value]),
) as unknown as UserOperationV07 & { nonce: bigint }
const packed = new Uint8Array(256).map((_, index) => (index * 31 + 7) & 255)

const fromHex = (hex: string) => Uint8Array.from(hex.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16))
const toHex = (bytes: Uint8Array) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`

export default async () => {
  const bytes = Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0))
  glue.initSync({ module: await WebAssembly.compile(bytes) })
  const key = new glue.TestingKey(fromHex(fixtures.privateKey))
  const digest = fromHex(fixtures.digest)
  const chainId = quantity(fixtures.chainId, 'chainId')
  const [few, many] = [new glue.TestingScope(5), new glue.TestingScope(1000)]
  const text = (index = 0) => wireText({ ...userOperation, nonce: userOperation.nonce + BigInt(index) })
  return {
    peer: 'hallpass',
    version: glue.packageVersion(),
    ops: {
      sign: () => key.sign(digest),
      keygen: () => glue.testingKeygen(),
      keccak_256B: () => glue.testingKeccak(packed),
      userop_hash: (index: number) => glue.userOperationHash(text(index), JSON.stringify({ chainId })),
      check_5: () => few.check(),
      check_1000: () => many.check(),
      hash_sign: (index: number) => key.hashSign(text(index), '0.7', chainId),
    },
    check: {
      sign: async () => toHex(key.sign(digest)),
      keccak_256B: async () => toHex(glue.testingKeccak(packed)),
      userop_hash: async () => glue.userOperationHash(text(), JSON.stringify({ chainId })),
      hash_sign: async () => toHex(key.hashSign(text(), '0.7', chainId)),
    },
  }
}

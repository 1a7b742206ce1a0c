// Hallpass in the peers' benchmark: the testing build, called the way the package calls the module.
import * as glue from './wasm/hallpass.js'
import { WASM_BASE64 } from './testing-wasm.js'
import { wireText } from './wire.js'
// Stands beside this file's bundle when the benchmark runs.
import * as fixtures from '../bench-peers/fixtures.mjs'

const toHex = (bytes: Uint8Array) => `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`

export default async () => {
  const bytes = Uint8Array.from(atob(WASM_BASE64), (character) => character.charCodeAt(0))
  glue.initSync({ module: await WebAssembly.compile(bytes) })
  const key = new glue.TestingKey(fixtures.sk)
  const { digest, packed256, userOp } = fixtures
  const chainId = BigInt(fixtures.chainId)
  const text = (index = 0) => wireText({ ...userOp, nonce: userOp.nonce + BigInt(index) })
  return {
    peer: 'hallpass',
    version: glue.packageVersion(),
    ops: {
      sign: () => key.sign(digest),
      keygen: () => glue.testingKeygen(),
      keccak_256B: () => glue.testingKeccak(packed256),
      userop_hash: (index: number) => glue.userOperationHash(text(index), '0.7', chainId),
      hash_sign: (index: number) => key.hashSign(text(index), chainId),
    },
    check: {
      sign: async () => toHex(key.sign(digest)),
      keccak_256B: async () => toHex(glue.testingKeccak(packed256)),
      userop_hash: async () => glue.userOperationHash(text(), '0.7', chainId),
      hash_sign: async () => toHex(key.hashSign(text(), chainId)),
    },
  }
}

/**
 * Session keys for browser dApps. The wasm module is inside this file and starts with the first call; importing does nothing.
 *
 * @packageDocumentation
 */
import { start } from './engine.js'
import { functions } from './functions.js'
import { WASM_GZIP_BASE64 } from './inlined.js'
import type { CounterfactualAccount, Hex, KernelAccountOptions, UserOperationHashOptions } from './types.js'

export { HallpassError, type HallpassErrorDetails } from './error.js'
export type * from './types.js'

const api = /* @__PURE__ */ functions(() => start(inlined))

async function inlined(): Promise<ArrayBuffer> {
  const gzip = Uint8Array.from(atob(WASM_GZIP_BASE64), (character) => character.charCodeAt(0))
  const stream = new Blob([gzip]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}

/**
 * Address and factory call of an owner's Kernel account, whether it is deployed or not. No network.
 *
 * @throws {@link HallpassError} `input.hex` for a faulty owner, `input.number` for a faulty index, `input.version`
 */
export const kernelAccount: (options: KernelAccountOptions) => Promise<CounterfactualAccount> =
  api.kernelAccount

/**
 * Hash of a user operation, as its EntryPoint computes it (ERC-4337; EntryPoint 0.8 by EIP-712). No network.
 *
 * @throws {@link HallpassError} `input.json` with the path of a faulty field, `input.version`, `input.number`
 */
export const userOperationHash: (options: UserOperationHashOptions) => Promise<Hex> = api.userOperationHash

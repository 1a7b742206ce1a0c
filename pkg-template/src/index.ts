/**
 * Session keys for browser dApps. The wasm module is inside this file and starts with the first call; importing does nothing.
 *
 * @packageDocumentation
 */
import { start } from './engine.js'
import { creator } from './create.js'
import { functions } from './functions.js'
import type { Hallpass, HallpassOptions } from './hallpass.js'
import type { Finding, Inspection, ReviewScopeOptions, ScopeReview } from './scope/index.js'
import type { CounterfactualAccount, Hex, KernelAccountOptions, UserOperationHashOptions } from './types.js'

export type * from './custody.js'
export { doctor, type Check, type CheckId, type CheckState, type Diagnosis, type DoctorOptions, type Tiers } from './doctor/index.js'
export { HallpassError, type HallpassErrorDetails } from './error.js'
export type { ErrorCode } from './error-codes.js'
export type * from './hallpass.js'
export {
  any,
  between,
  byInterface,
  defineScope,
  eq,
  erc1155,
  erc20,
  erc721,
  gt,
  gte,
  lt,
  lte,
  members,
  neq,
  oneOf,
  self,
  startsWith,
} from './scope/index.js'
export type * from './scope/index.js'
export type * from './session.js'
export type * from './types.js'
export type { AnnouncedWallet, Eip1193Provider, OwnerInput } from './wallets.js'
// Last, so that a compressor sees all code at once.
import { WASM_GZIP_BASE64 } from './inlined.js'

const engine = () => start(inlined)
const api = /* @__PURE__ */ functions(engine)

async function inlined(): Promise<ArrayBuffer> {
  const gzip = Uint8Array.from(atob(WASM_GZIP_BASE64), (character) => character.charCodeAt(0))
  const stream = new Blob([gzip]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(stream).arrayBuffer()
}

/**
 * Sessions of one app on one chain. Answers at once; the module starts with the first call of a method.
 *
 * @throws {@link HallpassError} at the first call: `input.invalid` with the path of a faulty option, `storage.unavailable`
 */
export const createHallpass: (options: HallpassOptions) => Hallpass = /* @__PURE__ */ creator(engine)

/**
 * Address and factory call of an owner's Kernel account, whether it is deployed or not. No network.
 *
 * @throws {@link HallpassError} `input.invalid` with the option at fault, `input.type` for what is no plain data
 */
export const kernelAccount: (options: KernelAccountOptions) => Promise<CounterfactualAccount> =
  api.kernelAccount

/**
 * Hash of a user operation, as its EntryPoint computes it (ERC-4337; EntryPoint 0.8 by EIP-712). No network.
 *
 * @throws {@link HallpassError} `input.invalid` with the path of a faulty field, `input.type`, `input.number`
 */
export const userOperationHash: (options: UserOperationHashOptions) => Promise<Hex> = api.userOperationHash

/**
 * All there is to say about a scope before it is asked for: what is dangerous in it, what it allows, who enforces which rule, and what a
 * stolen key could cost. No network.
 *
 * @throws {@link HallpassError} `scope.invalid` with the path of the fault, `input.invalid` with another option at fault
 */
export const reviewScope: (options: ReviewScopeOptions) => Promise<ScopeReview> = api.reviewScope

/** The findings of `reviewScope`. */
export const lintScope: (options: ReviewScopeOptions) => Promise<Finding[]> = api.lintScope

/** See `hallpass/inspect`. */
export const inspect: (input: string | object) => Promise<Inspection> = api.inspect

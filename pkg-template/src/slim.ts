/**
 * The same functions without the wasm module: give it to `init` first.
 *
 * @packageDocumentation
 */
import { type Exports, start } from './engine.js'
import { HallpassError } from './error.js'
import { creator } from './create.js'
import { functions } from './functions.js'
import type { Hallpass, HallpassOptions } from './hallpass.js'
import type { Finding, Inspection, ReviewScopeOptions, ScopeReview } from './scope/index.js'
import type { CounterfactualAccount, Hex, KernelAccountOptions, UserOperationHashOptions, WasmSource } from './types.js'

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

let engine: Promise<Exports> | undefined

const current = () => engine ?? Promise.reject(notStarted())
const api = /* @__PURE__ */ functions(current)

function notStarted(): HallpassError {
  return new HallpassError({
    code: 'wasm.not-started',
    shortMessage: 'the wasm module is not started',
  })
}

/**
 * Starts the module from a fetch of `hallpass/hallpass.wasm`, its bytes, or a compiled module. Later calls do nothing.
 *
 * @throws {@link HallpassError} `wasm.fetch` when it was not served, `wasm.start` when it cannot be compiled
 */
export async function init(source: WasmSource): Promise<void> {
  engine ??= start(() => source)
  try {
    await engine
  } catch (fault) {
    engine = undefined
    throw fault
  }
}

/** See `createHallpass` of the main entry. */
export const createHallpass: (options: HallpassOptions) => Hallpass = /* @__PURE__ */ creator(current)

/** See `kernelAccount` of the main entry. */
export const kernelAccount: (options: KernelAccountOptions) => Promise<CounterfactualAccount> =
  api.kernelAccount

/** See `userOperationHash` of the main entry. */
export const userOperationHash: (options: UserOperationHashOptions) => Promise<Hex> = api.userOperationHash

/** See `reviewScope` of the main entry. */
export const reviewScope: (options: ReviewScopeOptions) => Promise<ScopeReview> = api.reviewScope

/** See `lintScope` of the main entry. */
export const lintScope: (options: ReviewScopeOptions) => Promise<Finding[]> = api.lintScope

/** See `hallpass/inspect`. */
export const inspect: (input: string | object) => Promise<Inspection> = api.inspect

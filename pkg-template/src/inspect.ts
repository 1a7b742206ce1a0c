/**
 * What do these bytes allow? For wallets, second pages and anybody who is shown a grant as hex: no key, no network, nothing but the
 * bytes. The wasm module is that of the main entry.
 *
 * @packageDocumentation
 */
import type { Inspection } from './scope/index.js'
import { inspect as inspectBytes } from './index.js'

export { HallpassError, type HallpassErrorDetails } from './index.js'
export type * from './scope/inspection.js'
export type { AssetRisk, Finding, LintId, Sentence } from './scope/review.js'

/**
 * Decodes what an owner is asked to sign (the typed data of a grant), a grant's signature as hex, or a user operation, and tells what it
 * allows: which calls under which conditions, what gas, until when, and what a stolen key could cost. Objects may hold bigints; text is
 * JSON or hex. Nothing is verified against a chain, and a signature is not checked.
 *
 * @throws {@link HallpassError} `input.invalid`, `input.hex` for what is none of the three
 */
export const inspect: (input: string | object) => Promise<Inspection> = inspectBytes

import { type ErrorCode, REMEDIES } from './error-codes.js'
import { sentenceFor } from './for-player.js'
import { type RawReceipt, readReceipt } from './receipt.js'
import { redacted, redactedCause } from './redact.js'
import type { OperationReceipt, RevertReason } from './session.js'
import type { Acceptance, Finding, Violation } from './scope/index.js'
import type { Address, Hex } from './types.js'

/** Where the pages of this package are; the build says so. */
declare const HALLPASS_DOCS: string

/** What a `HallpassError` is made of. */
export interface HallpassErrorDetails {
  code: ErrorCode
  shortMessage: string
  /** Default: what there is to do about the code. */
  remedy?: string | undefined
  retryable?: boolean | undefined
  cause?: unknown
  violations?: Violation[] | undefined
  findings?: Finding[] | undefined
  notAccepted?: Acceptance[] | undefined
  bundlerCode?: number | undefined
  aaCode?: string | undefined
  revert?: RevertReason | undefined
  receipt?: OperationReceipt | undefined
  wei?: bigint | undefined
  address?: Address | undefined
  endpoint?: string | undefined
  method?: string | undefined
  path?: string | undefined
  userOpHash?: Hex | undefined
  mayStillLand?: boolean | undefined
}

/**
 * Every failure of this package. Branch on `code`: codes are stable and dotted, such as `scope.argument`. Its texts are for developers, but
 * for `forPlayer`. Nothing secret is in it, whoever wrote the text: no key, ciphertext or signature of a grant, and of an endpoint's address
 * scheme and host alone.
 */
export class HallpassError extends Error {
  override readonly name = 'HallpassError'
  /** Stable code. */
  readonly code: ErrorCode
  /** What went wrong, in one sentence. */
  readonly shortMessage: string
  /** What to do about it. */
  readonly remedy: string
  /** Address of the page that says more. */
  readonly docs: string
  /** One plain sentence for the person at the screen. */
  readonly forPlayer: string
  /** What was thrown, as a plain object without anything secret. */
  declare readonly cause: unknown
  /** Whether doing the same again later may work. */
  readonly retryable: boolean
  /** With `scope.*`: every violated rule. */
  readonly violations: Violation[] | undefined
  /** With `scope.not-accepted`: what the linter found. */
  readonly findings: Finding[] | undefined
  /** With `scope.not-accepted`: what to add to `accept` of the scope, to the letter. */
  readonly notAccepted: Acceptance[] | undefined
  /** With `bundler.simulation`: the bundler's JSON-RPC code. */
  readonly bundlerCode: number | undefined
  /** With `bundler.simulation`: the EntryPoint's code, such as `AA23`. */
  readonly aaCode: string | undefined
  /** What a contract reverted with, where known. */
  readonly revert: RevertReason | undefined
  /** With `execution.reverted`, and with `wait.timed-out` where only finality is missing: the receipt. */
  readonly receipt: OperationReceipt | undefined
  /** The operation that was signed, where one was. */
  readonly userOpHash: Hex | undefined
  /** Whether that operation may land in spite of this failure: once at most, whatever is sent after it. */
  readonly mayStillLand: boolean
  /** With `funds.needed`: how much is missing. */
  readonly wei: bigint | undefined
  /** With `funds.needed`: where it is missing. */
  readonly address: Address | undefined
  /** With `*.malformed`: who answered, by scheme and host. */
  readonly endpoint: string | undefined
  /** With `*.malformed`: what was asked for. */
  readonly method: string | undefined
  /** Where the fault is: in the options of a call, or with `*.malformed` in the answer. */
  readonly path: string | undefined

  constructor(details: HallpassErrorDetails) {
    const { code, remedy = REMEDIES[code] ?? '' } = details
    const shortMessage = redacted(details.shortMessage)
    super(`${shortMessage}\n\n${remedy} (${code})`, { cause: redactedCause(details.cause) })
    this.code = code
    this.shortMessage = shortMessage
    this.remedy = remedy
    this.docs = `${HALLPASS_DOCS}errors.md#${code.replace('.', '')}`
    this.forPlayer = sentenceFor(code, details.mayStillLand ?? false)
    this.retryable = details.retryable ?? false
    this.violations = details.violations ?? undefined
    this.findings = details.findings ?? undefined
    this.notAccepted = details.notAccepted ?? undefined
    this.bundlerCode = details.bundlerCode ?? undefined
    this.aaCode = details.aaCode ?? undefined
    this.revert = details.revert ? redactedRevert(details.revert) : undefined
    this.receipt = details.receipt ?? undefined
    this.userOpHash = details.userOpHash ?? undefined
    this.mayStillLand = details.mayStillLand ?? false
    this.wei = details.wei ?? undefined
    this.address = details.address ?? undefined
    this.endpoint = details.endpoint ?? undefined
    this.method = details.method ?? undefined
    this.path = details.path ? redacted(details.path) : undefined
  }

  /** All of it but the stack as plain data, for logs: `JSON.stringify` cannot write bigints, which are text here. */
  toJSON(): { [name: string]: unknown } {
    const { name, message, cause } = this
    return JSON.parse(JSON.stringify(Object.assign({ name, message, cause }, this), (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)))
  }

  /** Whatever was thrown, as a `HallpassError`. What the wasm module throws brings code, message and remedy. */
  static from(thrown: unknown): HallpassError {
    if (thrown instanceof HallpassError) return thrown
    if (isDetails(thrown)) return new HallpassError(withAmounts(thrown))
    return new HallpassError({
      code: 'input.type',
      shortMessage: wordsOf(thrown),
      cause: thrown,
    })
  }
}

/** Contracts write these texts; the data itself is the chain's. */
function redactedRevert(revert: RevertReason): RevertReason {
  const { message, text } = revert
  return { ...revert, message: redacted(message), ...(text !== undefined && { text: redacted(text) }) }
}

/** The module writes amounts as text. */
function withAmounts(details: HallpassErrorDetails): HallpassErrorDetails {
  const { wei, receipt } = details
  return {
    ...details,
    ...(wei == null ? {} : { wei: BigInt(wei) }),
    ...(receipt == null ? {} : { receipt: readReceipt(receipt as unknown as RawReceipt) }),
  }
}

function isDetails(thrown: unknown): thrown is HallpassErrorDetails {
  try {
    const { code, shortMessage } = thrown as { code?: unknown; shortMessage?: unknown }
    return typeof code === 'string' && Object.hasOwn(REMEDIES, code) && typeof shortMessage === 'string'
  } catch {
    return false
  }
}

/** What was thrown, in its own words if it has any. */
function wordsOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown)
  } catch {
    return 'something that cannot be read was thrown'
  }
}

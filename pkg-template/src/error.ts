/** What a `HallpassError` is made of. */
export interface HallpassErrorDetails {
  code: string
  shortMessage: string
  remedy: string
  cause?: unknown
}

/** Every failure of this package. Branch on `code`: codes are stable and dotted, such as `input.json`. */
export class HallpassError extends Error {
  override readonly name = 'HallpassError'
  /** Stable code. */
  readonly code: string
  /** What went wrong, in one sentence. */
  readonly shortMessage: string
  /** What to do about it. */
  readonly remedy: string

  constructor(details: HallpassErrorDetails) {
    super(`${details.shortMessage}\n\n${details.remedy} (${details.code})`, { cause: details.cause })
    this.code = details.code
    this.shortMessage = details.shortMessage
    this.remedy = details.remedy
  }

  /** Whatever was thrown, as a `HallpassError`. What the wasm module throws brings code, message and remedy. */
  static from(thrown: unknown): HallpassError {
    if (thrown instanceof HallpassError) return thrown
    if (isDetails(thrown)) return new HallpassError(thrown)
    return new HallpassError({
      code: 'input.type',
      shortMessage: thrown instanceof Error ? thrown.message : String(thrown),
      remedy: 'Pass values of the declared types; TypeScript shows which one is not.',
      cause: thrown,
    })
  }
}

function isDetails(thrown: unknown): thrown is HallpassErrorDetails {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && 'remedy' in thrown
}

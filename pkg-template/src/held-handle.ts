import { type Exports, guardedAsync, onAfresh } from './engine.js'
import { HallpassError } from './error.js'

/** A session inside the module. */
export type Handle = Exports['SessionHandle']['prototype']

/** What becomes of a session whose module was started afresh. */
export interface Reopening {
  /** Takes the session up again from storage; `null` where it is not stored. */
  reopen(): Promise<Handle | null>
  /** The module stopped: nothing of it is there until it is taken up again. */
  left(): void
  /** It was taken up again. */
  found(): void
  /** Nothing was stored of it. */
  lost(): void
}

/** The session's part of the module. After a trap that is another one, taken up again from storage, or nothing. */
export class HeldHandle {
  #handle: Handle | undefined
  #reopening: Promise<void> = Promise.resolve()
  #isLost = false
  readonly #again: () => Promise<void>
  /** To be called when nobody needs the session any more. */
  readonly leave: () => void

  constructor(handle: Handle, reopening: Reopening) {
    this.#handle = handle
    this.#again = () => (this.#reopening = this.#reopen(reopening).catch(() => {}))
    this.leave = onAfresh(() => void this.#again())
  }

  get isHere(): boolean {
    return this.#handle !== undefined
  }

  /**
   * The module's part, now.
   *
   * @throws `HallpassError` `wasm.trap` while it is taken up again, `session.forgotten` where nothing was stored
   */
  get now(): Handle {
    if (this.#handle) return this.#handle
    const code = this.#isLost ? 'session.forgotten' : 'wasm.trap'
    const shortMessage = this.#isLost ? 'the session was in memory only, and the module stopped' : 'the session is being taken up again'
    throw new HallpassError({ code, shortMessage, retryable: !this.#isLost })
  }

  /** Asks the module for what takes time; first the session is taken up again, where it must be. */
  async ask<T>(work: (handle: Handle) => T | PromiseLike<T>): Promise<T> {
    if (!this.#handle) await this.#reopening
    // What did not answer then may do so now.
    if (!this.#handle && !this.#isLost) await this.#again()
    return guardedAsync(() => work(this.now))
  }

  async #reopen({ reopen, left, found, lost }: Reopening): Promise<void> {
    this.#handle = undefined
    left()
    const handle = await reopen().catch(() => undefined)
    // Storage that does not answer says nothing: the next start of the module takes the session up.
    if (handle === undefined) return
    if (handle === null) {
      this.#isLost = true
      return lost()
    }
    this.#handle = handle
    found()
  }
}

import { HallpassError } from './error.js'
import { type RawReceipt, readReceipt } from './receipt.js'
import type { OperationReceipt, OperationStage, Sending, StageEvent, WaitOptions } from './session.js'
import type { Hex } from './types.js'

/** Runs an operation: calls back at each stage, resolves to its receipt as JSON text. */
export type Perform = (stage: (name: OperationStage, hash?: Hex) => void, signal: AbortSignal | undefined) => Promise<string>

/** An operation on its way. It runs from the start, whether anybody waits for it or not. */
export class OperationSending implements Sending {
  readonly id = crypto.randomUUID()
  #hash: Hex | undefined
  readonly #passed: StageEvent[] = []
  readonly #listeners = new Set<(stage: StageEvent) => void>()
  readonly #sent: Promise<Hex>
  readonly #receipt: Promise<OperationReceipt>

  constructor(perform: Perform, signal: AbortSignal | undefined) {
    let sent: (hash: Hex) => void = () => {}
    let failed: (fault: unknown) => void = () => {}
    this.#sent = new Promise((resolve, reject) => ([sent, failed] = [resolve, reject]))
    const onStage = (name: OperationStage, hash?: Hex) => {
      this.#hash = hash ?? this.#hash
      this.#reached(this.#hash === undefined ? { name } : { name, userOpHash: this.#hash })
      if (name === 'sent' && hash !== undefined) sent(hash)
    }
    this.#receipt = perform(onStage, signal)
      .then((text) => readReceipt(JSON.parse(text) as RawReceipt))
      .then(
        (receipt) => this.#included(receipt),
        (thrown: unknown) => {
          const fault = HallpassError.from(thrown)
          if (fault.receipt) this.#included(fault.receipt)
          failed(fault)
          throw fault
        },
      )
    // Nobody has to wait: a failure that nobody asks about is not an unhandled one.
    this.#sent.catch(() => {})
    this.#receipt.catch(() => {})
  }

  get userOpHash(): Hex | undefined {
    return this.#hash
  }

  /** Awaiting a sending waits until it is sent. */
  then<A = Hex, B = never>(
    onSent?: ((hash: Hex) => A | PromiseLike<A>) | null,
    onFault?: ((fault: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#sent.then(onSent, onFault)
  }

  on(_event: 'stage', listener: (stage: StageEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get stages(): AsyncIterable<StageEvent> {
    return { [Symbol.asyncIterator]: () => this.#iterate() }
  }

  async wait({ revert = 'throw', signal }: WaitOptions = {}): Promise<OperationReceipt> {
    try {
      return await unlessAborted(this.#receipt, signal)
    } catch (fault) {
      if (revert === 'return' && fault instanceof HallpassError && fault.receipt) return fault.receipt
      throw fault
    }
  }

  async *#iterate(): AsyncGenerator<StageEvent, void, void> {
    let wake: () => void = () => {}
    const stop = this.on('stage', () => wake())
    let ended = false
    const end = () => {
      ended = true
      wake()
    }
    this.#receipt.then(end, end)
    try {
      for (let next = 0; ; next += 1) {
        while (next >= this.#passed.length) {
          if (ended && this.#passed.at(-1)?.name === 'included') return
          if (ended) return void (await this.#receipt)
          await new Promise<void>((resolve) => (wake = resolve))
        }
        const stage = this.#passed[next]
        if (stage) yield stage
      }
    } finally {
      stop()
    }
  }

  #included(receipt: OperationReceipt): OperationReceipt {
    this.#reached({ name: 'included', userOpHash: receipt.userOpHash, receipt })
    return receipt
  }

  #reached(stage: StageEvent): void {
    this.#passed.push(stage)
    for (const listener of this.#listeners) tell(() => listener(stage))
  }
}

/** What a listener of the app throws is reported as its own, and stops nothing here. */
export function tell(listener: () => void): void {
  try {
    listener()
  } catch (fault) {
    queueMicrotask(() => {
      throw fault
    })
  }
}

/** A promise, given up when the signal aborts. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () =>
      reject(
        new HallpassError({
          code: 'aborted',
          shortMessage: 'the wait was given up',
          remedy: 'Nothing is lost: wait again.',
          retryable: true,
          cause: signal.reason,
        }),
      )
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

import { given } from './boundary/given.js'
import { patience } from './engine.js'
import { HallpassError, type HallpassErrorDetails } from './error.js'
import type { RequestStage } from './hallpass.js'
import { checkListener, tell } from './listeners.js'
import { type RawReceipt, readReceipt } from './receipt.js'
import type { CancelOutcome, OperationReceipt, OperationStage, Sending, StageEvent, WaitOptions } from './session.js'
import type { Hex } from './types.js'

/** News of an operation as the module writes them. */
export interface RawNews {
  id: string
  stage: OperationStage
  userOpHash?: Hex | null
  receipt?: RawReceipt
  /** Why somebody who waits is to be told no. */
  fault?: HallpassErrorDetails
  /** It was never signed. */
  withdrawn?: boolean
  /** It landed after the app was told that nobody goes on with it. */
  late?: boolean
  byDepth?: boolean
  by?: Hex
}

/** What a sending asks of its session. */
export interface SendingHost {
  /** Has an operation replaced by another, which is answered. */
  cancel(id: string): Sending | undefined
  awaitFinal(id: string): void
  /** Withdraws it, unless it is signed already. */
  giveUp(id: string): void
}

/** Somebody who waits, and what for. */
interface Waiter {
  until: 'included' | 'final'
  resolve(receipt: OperationReceipt): void
  reject(fault: HallpassError): void
}

/** An operation on its way. It runs from the start, whether anybody waits for it or not. */
export class OperationSending implements Sending {
  readonly id: string
  readonly #host: SendingHost
  readonly #hashes: Hex[] = []
  readonly #passed: StageEvent[] = []
  readonly #listeners = new Set<(stage: StageEvent) => void>()
  readonly #waiting = new Set<Waiter>()
  readonly #sent: Promise<Hex>
  #isSent: (hash: Hex) => void = () => {}
  #isNotSent: (fault: HallpassError) => void = () => {}
  #leaveSignal: () => void
  #receipt: OperationReceipt | undefined
  #isFinal = false
  /** Why it ended, if it did; a landing after all takes it back. */
  #fault: HallpassError | undefined

  constructor(id: string, host: SendingHost, signal: AbortSignal | undefined) {
    this.id = id
    this.#host = host
    this.#sent = new Promise((resolve, reject) => ([this.#isSent, this.#isNotSent] = [resolve, reject]))
    // Nobody has to wait: a failure that nobody asks about is not an unhandled one.
    this.#sent.catch(() => {})
    const giveUp = () => host.giveUp(id)
    signal?.addEventListener('abort', giveUp, { once: true })
    this.#leaveSignal = () => signal?.removeEventListener('abort', giveUp)
  }

  get userOpHash(): Hex | undefined {
    return this.#receipt?.userOpHash ?? this.#hashes.at(-1)
  }

  get userOpHashes(): readonly Hex[] {
    return [...this.#hashes]
  }

  /** Awaiting a sending waits until it is sent. */
  then<A = Hex, B = never>(
    onSent?: ((hash: Hex) => A | PromiseLike<A>) | null,
    onFault?: ((fault: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#sent.then(onSent, onFault)
  }

  on(event: 'stage', listener: (stage: StageEvent) => void): () => void {
    checkListener(['stage'], event, listener)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get stages(): AsyncIterable<StageEvent> {
    return { [Symbol.asyncIterator]: () => this.#iterate() }
  }

  async wait(options?: WaitOptions): Promise<OperationReceipt> {
    const { text, read } = given(options, { live: ['signal'] })
    const { until = 'included', revert = 'throw', signal } = read
    checkSignal(signal)
    const seconds = patience(text)
    const left = seconds === undefined ? undefined : seconds * 1000
    if (until === 'final') this.#host.awaitFinal(this.id)
    const receipt = await this.#awaited(until, left, signal)
    if (receipt.success || revert === 'return') return receipt
    throw this.#fault ?? undone(receipt)
  }

  async cancel(): Promise<CancelOutcome> {
    if (this.#receipt) return 'included'
    // Never signed, and nobody goes on with it.
    if (this.#fault && this.userOpHash === undefined) return 'cancelled'
    const by = this.#host.cancel(this.id)
    // What was told before is no answer to this.
    const before = this.#fault
    this.#fault = undefined
    const landed = this.#awaited('included', undefined, undefined)
    // Where the other was outrun, this one's own news say by what.
    const tried = by?.wait({ revert: 'return' }).catch((fault) => {
      if (fault.code === 'operation.replaced') return
      this.#fault ??= before
      throw new NotReplaced(fault)
    })
    try {
      await Promise.race([landed, Promise.resolve(tried).then(() => landed)])
      return 'included'
    } catch (fault) {
      if (fault instanceof NotReplaced) throw fault.fault
      if (!(fault instanceof HallpassError) || fault.mayStillLand) throw fault
      return 'cancelled'
    }
  }

  /** Whether these news are those that it took last. */
  isAt({ stage, userOpHash }: RawNews): boolean {
    const last = this.#passed.at(-1)
    return last?.name === stage && last.userOpHash === (userOpHash ?? undefined)
  }

  /** Takes news from the session. */
  take(news: RawNews): void {
    const hash = news.userOpHash ?? undefined
    if (hash !== undefined && !this.#hashes.includes(hash)) this.#hashes.push(hash)
    this.#fault = news.fault && HallpassError.from(news.fault)
    if (news.receipt) {
      this.#receipt = readReceipt(news.receipt)
      this.#isFinal = news.stage === 'final'
      if (news.byDepth) this.#receipt.byDepth = true
    } else if (['sent', 'replaced', 'dropped'].includes(news.stage)) {
      // Its block is gone, if it had one.
      this.#receipt = undefined
    }
    if (hash !== undefined || news.fault) this.#leaveSignal()
    this.#settle()
    if (!news.withdrawn) this.#reached({ name: news.stage, ...(hash && { userOpHash: hash }), ...(this.#receipt && { receipt: this.#receipt }) })
    if (news.stage === 'sent' && hash !== undefined) this.#isSent(hash)
    if (this.#receipt) this.#isSent(this.#receipt.userOpHash)
    else if (this.#fault) this.#isNotSent(this.#fault)
  }

  /** Tells those whose wait is over. */
  #settle(): void {
    for (const waiter of [...this.#waiting]) {
      if (this.#receipt && (waiter.until === 'included' || this.#isFinal)) waiter.resolve(this.#receipt)
      else if (!this.#receipt && this.#fault) waiter.reject(this.#fault)
    }
  }

  #awaited(until: Waiter['until'], timeout: number | undefined, signal: AbortSignal | undefined): Promise<OperationReceipt> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const waiter: Waiter = { until, resolve: () => {}, reject: () => {} }
    const told = new Promise<OperationReceipt>((resolve, reject) => Object.assign(waiter, { resolve, reject }))
    this.#waiting.add(waiter)
    // Timers take no longer time, and ring at once instead.
    if (timeout !== undefined) timer = setTimeout(() => waiter.reject(this.#tooLate()), Math.min(timeout, 2 ** 31 - 1))
    this.#settle()
    return unlessAborted(told, signal).finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(waiter)
    })
  }

  #tooLate(): HallpassError {
    const { userOpHash } = this
    const receipt = this.#receipt
    return new HallpassError({
      code: 'wait.timed-out',
      shortMessage: `operation ${userOpHash ?? this.id} was waited for as long as you allowed${receipt ? '; it is included, and not final yet' : ''}`,
      retryable: true,
      userOpHash,
      receipt,
      mayStillLand: !receipt,
    })
  }

  async *#iterate(): AsyncGenerator<StageEvent, void, void> {
    let wake: () => void = () => {}
    const stop = this.on('stage', () => wake())
    const ended = this.#awaited('included', undefined, undefined).then(
      () => true,
      () => true,
    )
    let isOver = false
    void ended.then(() => ((isOver = true), wake()))
    try {
      for (let next = 0; ; next += 1) {
        while (next >= this.#passed.length) {
          if (isOver && this.#fault && !this.#receipt) throw this.#fault
          if (isOver) return
          await new Promise<void>((resolve) => (wake = resolve))
        }
        const stage = this.#passed[next]
        if (stage) yield stage
      }
    } finally {
      stop()
    }
  }

  #reached(stage: StageEvent): void {
    this.#passed.push(stage)
    for (const listener of this.#listeners) tell(() => listener(stage))
  }
}

/** The operation that was to replace another is not tried any more. */
class NotReplaced {
  constructor(readonly fault: unknown) {}
}

/** Refuses what is not an `AbortSignal`, before anything is begun that it could not end. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  try {
    if (typeof signal.aborted !== 'boolean') throw signal
    // What cannot be listened to, or not left again, is found out before anything begins.
    const nothing = () => {}
    signal.addEventListener('abort', nothing)
    signal.removeEventListener('abort', nothing)
    return
  } catch {
    // Told below, whatever it was.
  }
  throw new HallpassError({
    code: 'input.type',
    shortMessage: 'signal is not an AbortSignal',
    remedy: 'Pass the signal of an AbortController, not the controller.',
  })
}

/** Calls back at stages, where the app wants to be. */
export function stageTeller(onStage: ((stage: RequestStage) => void) | undefined): (stage: RequestStage) => void {
  if (onStage === undefined) return () => {}
  if (typeof onStage !== 'function') {
    throw new HallpassError({ code: 'input.type', shortMessage: 'onStage is not a function', remedy: 'Pass a function, or leave it out.' })
  }
  // What it throws is the app's own affair.
  return (stage) => tell(() => onStage(stage))
}

/** Calls that were undone, where the module's own words are not at hand. */
function undone(receipt: OperationReceipt): HallpassError {
  return new HallpassError({
    code: 'execution.reverted',
    shortMessage: 'the calls were undone on chain',
    receipt,
    revert: receipt.revert,
    userOpHash: receipt.userOpHash,
  })
}

/** What somebody is told whose signal aborted. */
export function aborted(signal: AbortSignal): HallpassError {
  return new HallpassError({
    code: 'aborted',
    shortMessage: 'the wait was given up',
    retryable: true,
    cause: signal.reason,
  })
}

/** A promise, given up when the signal aborts. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted(signal))
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    const leave = () => signal.removeEventListener('abort', abort)
    promise.then(resolve, reject).then(leave, leave)
  })
}

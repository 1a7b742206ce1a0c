import { guarded } from './engine.js'
import { ASKING, given, wireText } from './boundary/given.js'
import type { PlainOptions } from './boundary/plain.js'
import { type Custody, readCustody } from './custody.js'
import { Listeners, tell } from './listeners.js'
import { readOperation } from './operation.js'
import { aborted, checkSignal, OperationSending, type RawNews, type SendingHost, stageTeller } from './sending.js'
import { HallpassError } from './error.js'
import { type Handle, HeldHandle } from './held-handle.js'
import { after, onAccounts, type PageLife } from './page-life.js'
import { readEnforcement, readGas, readRisks } from './scope/read.js'
import type { AssetRisk, Balances, Call, CanonicalScope, EnforcementReport, GasCosts, Scope, Sentence, TokenNames, Violation } from './scope/index.js'
import type { EndOptions, Operation, PrepareCallsOptions, PreparedCalls, Remaining, RenewOptions, SendCallsOptions, Sending, Session, SessionEvents, SessionStatus, StageEvent } from './session.js'
import type { Address, Hex, UserOperationV07 } from './types.js'
import { type Eip1193Provider, providerOf, type OwnerInput } from './wallets.js'

/** What the module tells of a session. */
export interface RawSummary {
  id: string
  account: Address
  owner: Address
  key: Address
  chainId: number
  scope: CanonicalScope
  scopeHash: Hex
  startsAt: number | null
  expiresAt: number
  status: SessionStatus
}

/** Times as dates. */
export function readTimes({ startsAt, expiresAt }: Pick<RawSummary, 'startsAt' | 'expiresAt'>): { startsAt: Date | null; expiresAt: Date } {
  return { startsAt: startsAt === null ? null : new Date(startsAt * 1000), expiresAt: new Date(expiresAt * 1000) }
}

/** Options with calls: what was left out of a call is not there. */
const CALLS: PlainOptions = { live: ['signal'], mayLeaveOut: 3 }

/** What a session lives with. */
export interface Surroundings {
  page: PageLife
  /** Seconds without use after which the key leaves memory; `undefined` for never. */
  idle: number | undefined
  /** The owner's wallet, where it is known. */
  provider: Eip1193Provider | undefined
  /** Errors that the contracts of its scope declare. */
  errors: readonly string[]
  /** Takes a session up again by its id, for a module that was started afresh; `null` where it is not stored. */
  reopen: (id: string) => Promise<Handle | null>
}

/** Stands in where a sending has nobody to ask. */
const NOBODY: SendingHost = { cancel: () => undefined, awaitFinal: () => {}, giveUp: () => {} }

/** A sending that ended before it began. */
function refused(fault: HallpassError, host: SendingHost): Sending {
  const sending = new OperationSending(crypto.randomUUID(), host, undefined)
  // Told a moment later, so that whoever got it can listen first.
  queueMicrotask(() => sending.take({ id: sending.id, stage: 'dropped', withdrawn: true, fault }))
  return sending
}

/** Events after which there is nothing left to watch. */
const LAST: readonly (keyof SessionEvents)[] = ['forgotten', 'renewed', 'revoked', 'expired']

const EVENTS = {
  expiring: true,
  expired: true,
  renewed: true,
  locked: true,
  unlocked: true,
  revoked: true,
  forgotten: true,
  budget: true,
  'owner-changed': true,
  clock: true,
  operation: true,
  'landed-late': true,
} as const

/** The sessions of this page that are not over. */
const opened = new Set<OpenSession>()

/** A session over a handle of the module. */
export class OpenSession implements Session {
  readonly #held: HeldHandle
  #summaryBefore: RawSummary | undefined
  readonly #fixed: RawSummary
  readonly #listeners = new Listeners<SessionEvents>(EVENTS)
  readonly #around: Surroundings
  readonly #leaveWallet: () => void
  readonly #sendings = new Map<string, OperationSending>()
  /** Told to those who listen later, too: it is found before an app has the session. */
  #clock: SessionEvents['clock'] | undefined
  #stopIdling = () => {}
  #stopTime = () => {}

  constructor(handle: Handle, around: Surroundings) {
    this.#held = new HeldHandle(handle, {
      reopen: () => around.reopen(this.id),
      left: () => (this.#stopTime(), this.#stopIdling()),
      found: () => (this.#listen(), this.#settle(this.operations().map(({ id }) => id))),
      lost: () => (this.#settle([]), this.#happened('forgotten', undefined)),
    })
    this.#around = around
    this.#fixed = this.#summary()
    around.page.add(this)
    opened.add(this)
    const lockUnlessOwner = (accounts: readonly string[]) =>
      // Without storage there is nothing to lock; the key is out of memory all the same.
      this.#held.ask((handle) => handle.ownerChanged(JSON.stringify(accounts)) as Promise<void>).catch(() => this.suspend())
    this.#leaveWallet = around.provider ? onAccounts(around.provider, (accounts) => void lockUnlessOwner(accounts)) : () => {}
    this.#listen()
    this.#used()
  }

  #listen(): void {
    this.#declare(this.#around.errors)
    guarded(() => this.#handle.watch((name: keyof SessionEvents, detail: unknown) => this.#happened(name, detail)))
    this.#awaitMark()
  }

  get #handle(): Handle {
    return this.#held.now
  }

  /** Sendings that the module does not know any more were never signed. */
  #settle(known: readonly string[]): void {
    for (const [id, sending] of this.#sendings) {
      if (known.includes(id) || sending.userOpHash !== undefined) continue
      this.#sendings.delete(id)
      const fault = new HallpassError({ code: 'wasm.trap', shortMessage: 'the module stopped before the calls were signed', retryable: true })
      sending.take({ id, stage: 'dropped', withdrawn: true, fault })
    }
  }

  get id() {
    return this.#fixed.id
  }
  get account() {
    return this.#fixed.account
  }
  get owner() {
    return this.#fixed.owner
  }
  get key() {
    return { type: 'secp256k1', address: this.#fixed.key } as const
  }
  get chainId() {
    return this.#fixed.chainId
  }
  get scope() {
    return this.#fixed.scope
  }
  get scopeHash() {
    return this.#fixed.scopeHash
  }
  get startsAt() {
    return readTimes(this.#fixed).startsAt
  }
  get expiresAt() {
    return readTimes(this.#fixed).expiresAt
  }
  get status() {
    return this.#summary().status
  }
  get custody(): Custody {
    return readCustody(JSON.parse(guarded(() => this.#handle.custody())))
  }

  check(calls: readonly Call[]): Violation[] {
    const { text } = given({ calls }, CALLS)
    return JSON.parse(guarded(() => this.#handle.check(text)))
  }

  explain(options?: { tokens?: TokenNames | undefined }): Sentence[] {
    const { text } = given(options)
    return JSON.parse(guarded(() => this.#handle.explain(text)))
  }

  worstCase(options?: { balances?: Balances | undefined }): AssetRisk[] {
    const { text } = given(options)
    return readRisks(JSON.parse(guarded(() => this.#handle.worstCase(text))))
  }

  costs(): GasCosts {
    return readGas(JSON.parse(guarded(() => this.#handle.costs())))
  }

  enforcement(): EnforcementReport {
    return readEnforcement(JSON.parse(guarded(() => this.#handle.enforcement())))
  }

  remaining(): Remaining {
    const { operations, gas, seconds } = JSON.parse(guarded(() => this.#handle.remaining()))
    return { operations: operations === null ? null : BigInt(operations), gas: BigInt(gas), seconds }
  }

  sendCalls(options: SendCallsOptions): Sending {
    const host: SendingHost = {
      cancel: (id: string) => {
        const by = new OperationSending(guarded(() => this.#handle.cancel(id)), host, undefined)
        this.#sendings.set(by.id, by)
        return by
      },
      awaitFinal: (id: string) => guarded(() => this.#handle.awaitFinal(id)),
      giveUp: (id: string) => guarded(() => this.#handle.giveUp(id)),
    }
    try {
      const { text, read, errors } = given(options, CALLS)
      const { signal } = read
      checkSignal(signal)
      if (signal?.aborted) throw aborted(signal)
      this.#declare(errors)
      this.#used()
      const sending = new OperationSending(guarded(() => this.#handle.sendCalls(text)), host, signal)
      this.#sendings.set(sending.id, sending)
      return sending
    } catch (thrown) {
      return refused(HallpassError.from(thrown), host)
    }
  }

  operations(): Operation[] {
    return JSON.parse(guarded(() => this.#handle.operations())).map(readOperation)
  }

  async prepareCalls(options: PrepareCallsOptions): Promise<PreparedCalls> {
    const { text, read } = given(options, CALLS)
    checkSignal(read.signal)
    const prepared = await this.#using((handle) => handle.prepare(text, read.signal) as Promise<string>)
    const { cost, ...rest } = JSON.parse(prepared)
    return { ...rest, cost: BigInt(cost) }
  }

  async signUserOperation(userOperation: UserOperationV07): Promise<Hex> {
    return this.#using((handle) => handle.signOperation(wireText(userOperation)) as Promise<Hex>)
  }

  async revoke(options: { owner: OwnerInput; signal?: AbortSignal | undefined }): Promise<{ transactionHash: Hex }> {
    const { text, read } = given(options, { live: ['owner', 'signal'] })
    checkSignal(read.signal)
    const { provider } = providerOf(read.owner)
    const transactionHash = await this.#held.ask((handle) => handle.revoke(provider, text, read.signal) as Promise<Hex>)
    return { transactionHash }
  }

  async renew(options: RenewOptions): Promise<Session> {
    const { text, read } = given(options, ASKING)
    checkSignal(read.signal)
    const { provider } = providerOf(read.owner)
    const stage = stageTeller(read.onStage)
    stage('choosing')
    const handle = await this.#held.ask((handle) => handle.renew(provider, text, stage, read.signal))
    return new OpenSession(handle as never, { ...this.#around, provider })
  }

  async end(options: EndOptions): Promise<{ transactionHash: Hex | null }> {
    const { text, read } = given(options, { live: ['owner', 'signal'] })
    checkSignal(read.signal)
    const provider = read.owner && providerOf(read.owner).provider
    return { transactionHash: await this.#held.ask((handle) => handle.end(provider, text, read.signal) as Promise<Hex | null>) }
  }

  async narrow(scope: Scope): Promise<void> {
    const { text } = given({ scope })
    await this.#held.ask((handle) => handle.narrow(text) as Promise<void>)
  }

  suspend(): void {
    this.#stopIdling()
    // Without the module there is no key in memory.
    if (this.#held.isHere) guarded(() => this.#handle.suspend())
  }

  async lock(): Promise<void> {
    await this.#held.ask((handle) => handle.lock() as Promise<void>)
  }

  async unlock(): Promise<void> {
    await this.#using((handle) => handle.unlock() as Promise<void>)
  }

  async forget(): Promise<void> {
    await this.#held.ask((handle) => handle.forget() as Promise<void>)
  }

  refresh(): Promise<SessionStatus> {
    return this.#held.ask((handle) => handle.refresh() as Promise<SessionStatus>)
  }

  on<E extends keyof SessionEvents>(event: E, listener: (detail: SessionEvents[E]) => void): () => void {
    const stop = this.#listeners.on(event, listener)
    if (event === 'clock' && this.#clock) tell(() => listener(this.#clock as SessionEvents[E]))
    return stop
  }

  /** Reads what other tabs changed while this page slept, and what time brought. */
  async readAnew(): Promise<void> {
    guarded(() => this.#handle.passTime())
    this.#awaitMark()
    await this.#held.ask((handle) => handle.readAnew() as Promise<void>)
  }

  #summary(): RawSummary {
    // Asked for at any time, also while it is taken up again.
    if (this.#summaryBefore && !this.#held.isHere) return this.#summaryBefore
    return (this.#summaryBefore = JSON.parse(guarded(() => this.#handle.summary())))
  }

  #happened(name: keyof SessionEvents, detail: unknown): void {
    if (LAST.includes(name)) {
      this.#stopIdling()
      this.#stopTime()
      this.#leaveWallet()
      this.#around.page.remove(this)
      opened.delete(this)
      // What is still stored can be forgotten, also after a trap.
      if (name === 'forgotten' || name === 'renewed') this.#held.leave()
    }
    if (name === 'operation') this.#told(JSON.parse(detail as string))
    else if (name === 'expiring') this.#listeners.emit(name, { seconds: detail as number })
    else if (name === 'clock') this.#listeners.emit(name, (this.#clock = { behind: detail as number }))
    else this.#listeners.emit(name, undefined as never)
  }

  #told(news: RawNews): void {
    // The key is in memory from here on, however long the estimate took.
    if (news.stage === 'signed') this.#used()
    // One that a reload cut off has no sending here, but its news are told all the same.
    // After a trap another of a session's objects in this page may be the one that goes on with it.
    for (const other of opened) if (other !== this && other.id === this.id) other.#overheard(news)
    const sending = this.#sendings.get(news.id) ?? new OperationSending(news.id, NOBODY, undefined)
    const { id, stage, userOpHash } = news
    if (news.stage === 'final' || news.stage === 'dropped') this.#sendings.delete(id)
    let receipt: StageEvent['receipt']
    const stop = sending.on('stage', (event) => (receipt = event.receipt))
    sending.take(news)
    stop()
    if (news.late && receipt) this.#listeners.emit('landed-late', { id, receipt })
    if (!news.withdrawn) {
      this.#listeners.emit('operation', { id, name: stage, ...(userOpHash && { userOpHash }), ...(receipt && { receipt }) })
    }
  }

  #overheard(news: RawNews): void {
    const sending = this.#sendings.get(news.id)
    if (sending && !sending.isAt(news)) sending.take(news)
  }

  #declare(errors: readonly string[]): void {
    if (errors.length > 0) guarded(() => this.#handle.declare(JSON.stringify(errors)))
  }

  /** Does what may bring the key into memory: it is idle from its end on. */
  async #using<T>(work: (handle: Handle) => Promise<T>): Promise<T> {
    this.#used()
    try {
      return await this.#held.ask(work)
    } finally {
      this.#used()
    }
  }

  /** Every use puts off the time at which an idle key leaves memory. */
  #used(): void {
    this.#stopIdling()
    const { idle } = this.#around
    if (idle !== undefined) this.#stopIdling = after(idle, () => this.suspend())
  }

  #awaitMark(): void {
    this.#stopTime()
    const seconds = guarded(() => this.#handle.nextMark())
    if (seconds === undefined) return
    this.#stopTime = after(seconds, () => {
      guarded(() => this.#handle.passTime())
      this.#awaitMark()
    })
  }
}

import { type Exports, guarded, guardedAsync } from './engine.js'
import { HallpassError } from './error.js'
import { OperationSending, tell } from './sending.js'
import { readEnforcement, readGas, readRisks } from './scope/read.js'
import type { AssetRisk, Balances, Call, CanonicalScope, EnforcementReport, GasCosts, Scope, Sentence, TokenNames, Violation } from './scope/index.js'
import type { Custody, PreparedCalls, Remaining, Sending, Session, SessionEvents, SessionStatus } from './session.js'
import type { Address, Hex, UserOperationV07 } from './types.js'
import { providerOf, type OwnerInput } from './wallets.js'
import { balancesText, callsText, exactText, scopeText, wireText } from './wire.js'

/** What the module tells of a session. */
export interface RawSummary {
  id: string
  account: Address
  owner: Address
  key: Address
  chainId: number
  scope: CanonicalScope
  scopeHash: Hex
  expiresAt: number
  status: SessionStatus
}

type Handle = Exports['SessionHandle']['prototype']
type Listeners = { [E in keyof SessionEvents]?: Set<(detail: SessionEvents[E]) => void> }

/** Longest delay that timers take. */
const LONGEST_TIMER = 2 ** 31 - 1

/** A session over a handle of the module. */
export class OpenSession implements Session {
  readonly #handle: Handle
  readonly #fixed: RawSummary
  readonly #listeners: Listeners = {}
  readonly #onLeave = () => this.suspend()

  constructor(handle: Handle) {
    this.#handle = handle
    this.#fixed = this.#summary()
    // The key leaves memory with the page; the next use brings it back.
    globalThis.addEventListener?.('pagehide', this.#onLeave)
    globalThis.document?.addEventListener('freeze', this.#onLeave)
    this.#announceExpiry()
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
  get expiresAt() {
    return new Date(this.#fixed.expiresAt * 1000)
  }
  get status() {
    return this.#summary().status
  }
  get custody() {
    return guarded(() => this.#handle.custody()) as Custody
  }

  check(calls: readonly Call[]): Violation[] {
    return JSON.parse(guarded(() => this.#handle.check(callsText(calls))))
  }

  explain({ tokens = {} }: { tokens?: TokenNames | undefined } = {}): Sentence[] {
    return JSON.parse(guarded(() => this.#handle.explain(exactText(tokens))))
  }

  worstCase({ balances }: { balances?: Balances | undefined } = {}): AssetRisk[] {
    return readRisks(JSON.parse(guarded(() => this.#handle.worstCase(balancesText(balances)))))
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

  sendCalls({ calls, signal }: { calls: readonly Call[]; signal?: AbortSignal | undefined }): Sending {
    const sending = new OperationSending(
      (stage, signal) => guardedAsync(() => this.#handle.perform(callsText(calls), stage, signal) as Promise<string>),
      signal,
    )
    sending.wait().catch((fault: unknown) => {
      if (fault instanceof HallpassError && fault.code === 'session.revoked') this.#emit('revoked')
    })
    return sending
  }

  async prepareCalls({ calls, signal }: { calls: readonly Call[]; signal?: AbortSignal | undefined }): Promise<PreparedCalls> {
    const text = await guardedAsync(() => this.#handle.prepare(callsText(calls), signal) as Promise<string>)
    const { cost, ...rest } = JSON.parse(text)
    return { ...rest, cost: BigInt(cost) }
  }

  signUserOperation(userOperation: UserOperationV07): Promise<Hex> {
    return guardedAsync(() => this.#handle.signOperation(wireText(userOperation)) as Promise<Hex>)
  }

  async revoke({ owner, signal }: { owner: OwnerInput; signal?: AbortSignal | undefined }): Promise<{ transactionHash: Hex }> {
    const { provider } = providerOf(owner)
    const transactionHash = await guardedAsync(() => this.#handle.revoke(provider, signal) as Promise<Hex>)
    this.#emit('revoked')
    return { transactionHash }
  }

  async narrow(scope: Scope): Promise<void> {
    await guardedAsync(() => this.#handle.narrow(scopeText(scope)) as Promise<void>)
  }

  suspend(): void {
    guarded(() => this.#handle.suspend())
  }

  async lock(): Promise<void> {
    await guardedAsync(() => this.#handle.lock() as Promise<void>)
    this.#emit('locked')
  }

  async unlock(): Promise<void> {
    await guardedAsync(() => this.#handle.unlock() as Promise<void>)
    this.#emit('unlocked')
  }

  async forget(): Promise<void> {
    await guardedAsync(() => this.#handle.forget() as Promise<void>)
    globalThis.removeEventListener?.('pagehide', this.#onLeave)
    globalThis.document?.removeEventListener('freeze', this.#onLeave)
  }

  async refresh(): Promise<SessionStatus> {
    const status = await guardedAsync(() => this.#handle.refresh() as Promise<SessionStatus>)
    if (status === 'revoked') this.#emit('revoked')
    return status
  }

  on<E extends keyof SessionEvents>(event: E, listener: (detail: SessionEvents[E]) => void): () => void {
    const listeners = (this.#listeners[event] ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  #summary(): RawSummary {
    return JSON.parse(guarded(() => this.#handle.summary()))
  }

  #announceExpiry(): void {
    const left = this.expiresAt.getTime() - Date.now()
    const timer: unknown = setTimeout(
      () => (left > LONGEST_TIMER ? this.#announceExpiry() : this.#emit('expired')),
      Math.min(Math.max(left, 0), LONGEST_TIMER),
    )
    // In Node.js a timer must not keep the process alive.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
  }

  #emit(event: keyof SessionEvents): void {
    for (const listener of this.#listeners[event] ?? []) tell(() => listener(undefined))
  }
}

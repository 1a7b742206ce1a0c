import type { Custody } from './custody.js'
import type { RequestStage, Time } from './hallpass.js'
import type { Amount, AssetRisk, Balances, Call, CanonicalScope, Duration, EnforcementReport, GasCosts, Scope, Sentence, TokenNames, Violation } from './scope/index.js'
import type { Address, Hex, UserOperationV07 } from './types.js'
import type { OwnerInput } from './wallets.js'

/** Where a session is in its life. */
export type SessionStatus = 'pending' | 'granted' | 'enabling' | 'enabled' | 'locked' | 'expired' | 'revoked'

/** What of a session's budgets is left. */
export interface Remaining {
  /** Operations, where the scope counts them. */
  operations: bigint | null
  /** Wei for gas. */
  gas: bigint
  /** Seconds until it expires; 0 afterwards. */
  seconds: number
}

/**
 * Stages of an operation, in the order of its life. `queued`: another one enables the session. `sent`: a bundler took it. `included`: the
 * chain shows it. `final`: no reorganisation takes it back. Or else `replaced` (another used its nonce) and `dropped` (its time is over):
 * it never lands; `unknown`: nobody goes on with it, and it may land all the same, once at most.
 */
export type OperationStage =
  | 'checked'
  | 'queued'
  | 'estimated'
  | 'sponsored'
  | 'signed'
  | 'sent'
  | 'included'
  | 'final'
  | 'replaced'
  | 'dropped'
  | 'unknown'

/** A stage that an operation reached. */
export interface StageEvent {
  name: OperationStage
  /** From `signed` on. */
  userOpHash?: Hex
  /** With `included` and `final`. */
  receipt?: OperationReceipt
}

/** What a contract logged. */
export interface Log {
  address: Address
  /** Up to four words; the first says which event it is. */
  topics: Hex[]
  data: Hex
}

/** What became of an included operation. */
export interface OperationReceipt {
  userOpHash: Hex
  transactionHash: Hex
  blockNumber: bigint
  /** Whether the calls were made. If not they were undone; the gas is paid all the same. */
  success: boolean
  /** Units of gas. */
  gasUsed: bigint
  /** Wei. */
  gasCost: bigint
  /** What the contracts logged in this operation's own calls. */
  logs: Log[]
  /** What the whole transaction logged, other people's operations included. */
  transactionLogs: Log[]
  /** Why the calls were undone. */
  revert?: RevertReason
  /** Its block counts as final by its depth, since the chain does not say which blocks are. */
  byDepth?: boolean
}

/** What is known of an operation, also after a reload. */
export interface Operation {
  /** Id of its sending. */
  id: string
  stage: OperationStage
  /** The latest, or the one that is on chain. */
  userOpHash: Hex
  /** Everything that was signed for it, of which at most one lands. */
  userOpHashes: Hex[]
  /** Its nonce, while its fate is open. */
  nonce: bigint | null
  /** Where it is on chain. */
  included?: { blockNumber: bigint; transactionHash: Hex; success: boolean }
  /** What took its place. */
  replacedBy?: Hex
}

/** How a cancelling ended: the calls were not made and never will be, or they were on chain first. */
export type CancelOutcome = 'cancelled' | 'included'

/** What a contract reverted with. */
export interface RevertReason {
  data: Hex
  /** The error as its contract declares it, where known. */
  declaration?: string
  /** Name and arguments of an error that the ABI in the scope or the call declares; integers as decimal text. */
  name?: string
  args?: readonly unknown[]
  /** The text of an `Error(string)`. */
  text?: string
  /** In words. */
  message: string
}

/** Options of {@link Sending.wait}. */
export interface WaitOptions {
  /** `included` (default): the chain shows it. `final`: no reorganisation takes it back. */
  until?: 'included' | 'final' | undefined
  /** How long to wait, such as `'30s'`; the operation goes on all the same. Default: until its fate is known. */
  timeout?: Duration | undefined
  /** What to do when the calls were undone on chain: reject with `execution.reverted` (default), or resolve. */
  revert?: 'throw' | 'return' | undefined
  signal?: AbortSignal | undefined
}

/** An operation on its way. Awaiting it resolves once the bundler took it. */
export interface Sending extends PromiseLike<Hex> {
  /** Stable id, stored with the operation; see `hallpass.operation`. */
  readonly id: string
  /** Hash of the operation, once it is signed: the latest, or the one that is on chain. */
  readonly userOpHash: Hex | undefined
  /** Everything that was signed for it. All have one nonce, so at most one of them lands. */
  readonly userOpHashes: readonly Hex[]
  /** Every stage as it is reached, those passed already first. Ends with `included`, or throws why there is none. */
  readonly stages: AsyncIterable<StageEvent>
  /** Calls back at every stage from now on; answers how to stop. */
  on(event: 'stage', listener: (stage: StageEvent) => void): () => void
  /**
   * Resolves when the operation is included, which the chain's own events prove.
   *
   * @throws `HallpassError` `scope.*` and others when it was not sent, `execution.reverted` when its calls were undone,
   * `operation.replaced`, `operation.unknown`, `wait.timed-out`. With `mayStillLand` it may land all the same: once at most, whatever is
   * sent after it.
   */
  wait(options?: WaitOptions): Promise<OperationReceipt>
  /**
   * Withdraws the calls if they are not signed yet; else replaces them by a call that does nothing, where the scope allows a plain
   * transfer.
   *
   * @throws `HallpassError` `operation.not-cancellable`
   */
  cancel(): Promise<CancelOutcome>
}

/** Calls in their final form, before they are signed. */
export interface PreparedCalls {
  /** The operation with gas limits and fees, without signature. */
  userOperation: UserOperationV07
  userOpHash: Hex
  /** Wei it can cost at most. */
  cost: bigint
}

/** Events of a session, whichever tab they come from. */
export interface SessionEvents {
  /** It ends soon: five minutes before, and one. */
  expiring: { readonly seconds: number }
  /** It is over, some seconds before its grant is: an operation needs time to be included. */
  expired: undefined
  /** Another session took over from it; see {@link Session.renew}. */
  renewed: undefined
  locked: undefined
  unlocked: undefined
  revoked: undefined
  /** Its key and record were deleted. */
  forgotten: undefined
  /** What is left of its budgets changed; see {@link Session.remaining}. */
  budget: undefined
  /** The wallet or the account has another owner now; it is locked. */
  'owner-changed': undefined
  /**
   * This device's clock is so many seconds behind the newest block, in two answers of the node, so the session may end that much
   * earlier than asked, or the node is wrong. `hallpass.doctor()` tells more.
   */
  clock: { readonly behind: number }
  /** An operation of this page, or one that a reload cut off, reached a stage. */
  operation: { readonly id: string } & StageEvent
  /** An operation landed after the app was told that nobody goes on with it. */
  'landed-late': { readonly id: string; readonly receipt: OperationReceipt }
}

/** Options of {@link Session.renew}. */
export interface RenewOptions {
  owner: OwnerInput
  /** When the new session ends. */
  expiresIn: Time
  /** Called at every stage, before it begins. */
  onStage?: ((stage: RequestStage) => void) | undefined
  signal?: AbortSignal | undefined
}

/** Options of {@link Session.end}. */
export interface EndOptions {
  /**
   * Whether the grant is taken back on chain: `now` (if that fails, nothing ends), `try` (ends here in any case), `no` (the grant stays
   * until it expires, but its key is gone).
   */
  onChain: 'now' | 'try' | 'no'
  /** With `now` and `try`: who takes it back. */
  owner?: OwnerInput | undefined
  signal?: AbortSignal | undefined
}

/** Fees of an operation, in wei per gas: a bigint, or a text such as `'0.05 gwei'`. What is left out is asked for. */
export interface Fees {
  /** Highest fee; above that of the scope it is refused. */
  maxFeePerGas?: Amount | undefined
  /** Highest tip (EIP-1559). */
  maxPriorityFeePerGas?: Amount | undefined
}

/** Options of {@link Session.prepareCalls}. */
export interface PrepareCallsOptions {
  calls: readonly Call[]
  /** Fees that the app gives, in place of those that bundler and node ask for. */
  fees?: Fees | undefined
  signal?: AbortSignal | undefined
}

/** Options of {@link Session.sendCalls}. */
export interface SendCallsOptions {
  calls: readonly Call[]
  /**
   * Fees that the app gives, in place of those that bundler and node ask for. They are never raised: where they are too low, the
   * operation waits for its time, or is refused.
   */
  fees?: Fees | undefined
  /** How long it may be tried to hand the operation over, such as `'20s'`, from the last one before it that landed. Default: two minutes. */
  timeout?: Duration | undefined
  /** Withdraws the calls, unless they are signed already. */
  signal?: AbortSignal | undefined
}

/** An open session: a key that acts for an account within a scope. */
export interface Session {
  readonly id: string
  /** The account that acts. It is not the owner's own address. */
  readonly account: Address
  readonly owner: Address
  /** The session key, by its address. */
  readonly key: { readonly type: 'secp256k1'; readonly address: Address }
  readonly chainId: number
  /** The scope in full: every field, rules in the order in which they were written. */
  readonly scope: CanonicalScope
  readonly scopeHash: Hex
  /** When it begins, where that was to be later than at once. */
  readonly startsAt: Date | null
  readonly expiresAt: Date
  readonly status: SessionStatus
  /** Where its key is kept, and what that means. */
  readonly custody: Custody
  /** What of the calls the scope does not allow; empty when all is well. No network. */
  check(calls: readonly Call[]): Violation[]
  /** What the session may do, in sentences for its owner. */
  explain(options?: { tokens?: TokenNames | undefined }): Sentence[]
  /** The most a stolen key can cost, asset by asset. Without `balances` a bound is told only where a rule sets it. No network. */
  worstCase(options?: { balances?: Balances | undefined }): AssetRisk[]
  /** What the rules of the scope add to its operations, in units of gas. */
  costs(): GasCosts
  /** Who enforces each rule of the scope: the chain, or only this package. */
  enforcement(): EnforcementReport
  /** What is left of its budgets. */
  remaining(): Remaining
  /** Checks, signs and sends calls, all or none of them. Never opens a prompt. */
  sendCalls(options: SendCallsOptions): Sending
  /** Operations whose fate is open, those that a reload cut off included. */
  operations(): Operation[]
  /** The operation that `sendCalls` would send, without signing it. */
  prepareCalls(options: PrepareCallsOptions): Promise<PreparedCalls>
  /** Signs an operation of one's own bundler client, if every part of it is as granted. Answers its signature field. */
  signUserOperation(userOperation: UserOperationV07): Promise<Hex>
  /** Takes the session back on chain, by one plain transaction of the owner. Opens a prompt. */
  revoke(options: { owner: OwnerInput; signal?: AbortSignal | undefined }): Promise<{ transactionHash: Hex }>
  /**
   * Holds the session to a narrower scope from now on, in all tabs and over reloads. Kept by this package only: on chain the grant
   * stays as wide as it was.
   *
   * @throws `HallpassError` `scope.invalid`, `scope.wider`
   */
  narrow(scope: Scope): Promise<void>
  /**
   * Asks the owner for a session with the same scope and a new key. This one serves until the new one is enabled, by its first operation,
   * and is deleted then. When the owner declines, this one stays as it is.
   */
  renew(options: RenewOptions): Promise<Session>
  /** Ends the session here and, if wanted, on chain. Answers the owner's transaction, if there was one. */
  end(options: EndOptions): Promise<{ transactionHash: Hex | null }>
  /**
   * Drops the key from memory until its next use, which brings it back by itself; a passkey asks for a gesture. Happens by itself when
   * the session is idle and when the page is left; see `suspend` of `createHallpass`.
   */
  suspend(): void
  /** Locks the session in all tabs, over reloads, until `unlock`. */
  lock(): Promise<void>
  unlock(): Promise<void>
  /** Deletes the key and the record here. The grant itself ends only by expiry or `revoke`. */
  forget(): Promise<void>
  /** Reads the session's state again from storage and chain. */
  refresh(): Promise<SessionStatus>
  /** Calls back at every event from now on; answers how to stop. */
  on<E extends keyof SessionEvents>(event: E, listener: (detail: SessionEvents[E]) => void): () => void
}

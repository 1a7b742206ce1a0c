import type { Duration, Finding, Scope, ScopeQuestion, ScopeReview, Sentence, TokenNames } from './scope/index.js'
import type { Downgrade, SessionStore, StorageTier, SuspendOptions } from './custody.js'
import type { Diagnosis } from './doctor/index.js'
import type { Operation, Session, SessionStatus } from './session.js'
import type { Address, Hex, KernelVersion, Quantity } from './types.js'
import type { AnnouncedWallet, Eip1193Provider, OwnerInput } from './wallets.js'

/** An endpoint: its URL, or an object that takes requests (a viem transport's client, an EIP-1193 provider). */
export type Endpoint = string | Pick<Eip1193Provider, 'request'>

/** A chain in viem's form. What is beyond the id is for wallets that do not know the chain. */
export interface Chain {
  readonly id: number
  readonly name?: string | undefined
  readonly nativeCurrency?: { readonly name: string; readonly symbol: string; readonly decimals: number } | undefined
  readonly rpcUrls?: { readonly default: { readonly http: readonly string[] } } | undefined
  readonly blockExplorers?: { readonly default: { readonly url: string } } | undefined
}

/** Options of `createHallpass`. */
export interface HallpassOptions {
  /** Name of the app on its origin: part of the names of everything it stores. Lower-case letters, digits, dashes. */
  app: string
  chain: Chain | number
  /** A node of the chain. Default: the chain's own `rpcUrls.default.http[0]`. */
  rpc?: Endpoint | undefined
  /** A bundler (ERC-4337). */
  bundler: Endpoint
  /** A paymaster service (ERC-7677) and the context it wants. */
  paymaster?: string | { url: Endpoint; context?: object | undefined } | undefined
  /** How long one request to an endpoint may take, such as `'5s'`. Default: ten seconds. */
  requestTimeout?: Duration | undefined
  /** Which account of the owner acts. Default: Kernel 3.3, index 0. */
  account?: 'kernel' | { kind: 'kernel'; version?: KernelVersion | undefined; index?: Quantity | undefined } | undefined
  /** Where sealed keys are kept. Default: `tab` in a window, else `memory`. Where the browser refuses, see the event `downgraded`. */
  storage?: StorageTier | SessionStore | undefined
  /** Origins that may have the page in a frame, such as `https://portal.example`. Default: none. In any other frame no key opens. */
  allowFramedBy?: readonly string[] | undefined
  /** When keys leave memory by themselves. */
  suspend?: SuspendOptions | undefined
}

/** Stages of a request, told before each begins. `switching` only where the wallet is on another chain. */
export type RequestStage =
  | 'choosing'
  | 'connecting'
  | 'funding'
  | 'switching'
  | 'awaiting-signature'
  | 'verifying'
  | 'stored'

/** A point in time: a date, Unix seconds as `{ at }`, or a length of time from now such as `'4h'`. A bare number is refused. */
export type Time = Date | { readonly at: number } | Duration

/** Options of {@link Hallpass.request}. */
export interface RequestOptions {
  owner: OwnerInput
  scope: Scope
  /** When it ends: at most seven days ahead, unless the scope accepts more by name. */
  expiresIn: Time
  /** When it begins, on chain too. Default: at once. Before that `restore` answers `not-yet`. */
  startsAt?: Time | undefined
  /** Kind of the session key. Default: the one that the account's contracts check. */
  key?: 'secp256k1' | 'p256' | undefined
  /** Called at every stage, before it begins. */
  onStage?: ((stage: RequestStage) => void) | undefined
  /** Gives up waiting. The request stays pending: `resume` picks a late answer up. */
  signal?: AbortSignal | undefined
}

/** Options of {@link Hallpass.restore}. */
export interface RestoreOptions {
  /** What the app is about to do; the session must allow all of it. */
  scope: Scope
  /** If given, its accounts (asked without a prompt) must hold the session's owner. */
  owner?: OwnerInput | undefined
  /** What must be left. */
  atLeast?: { time?: Duration; operations?: number }
}

/** Why there is no session to restore. */
export type NoSession = 'none' | 'not-yet' | 'expired' | 'revoked' | 'scope-wider' | 'budget-low' | 'other-owner' | 'storage-lost'

/** What `restore` found. */
export type Restored = { session: Session; reason?: undefined } | { session: null; reason: NoSession }

/** An account of an owner. */
export interface AccountInfo {
  address: Address
  deployed: boolean
  /** Native balance in wei. */
  balance: bigint
  /** Wei deposited for gas at the EntryPoint. */
  deposit: bigint
  /** Whether a session can be granted on it. */
  usable: boolean
  /** Why not. */
  reason?: string
  kind: 'kernel'
  version: KernelVersion
  index: bigint
}

/** A stored session, as listed. */
export interface SessionInfo {
  id: string
  account: Address
  owner: Address
  key: Address
  chainId: number
  scopeHash: Hex
  /** When it begins, where that was to be later than at once. */
  startsAt: Date | null
  expiresAt: Date
  status: SessionStatus
}

/** Events of an app's sessions as a whole. */
export interface HallpassEvents {
  /** The browser refused a tier of storage; new sessions are kept in a weaker one. */
  downgraded: Downgrade
}

/** Sessions of one app on one chain. */
export interface Hallpass {
  /** Wallets that announce themselves to this page (EIP-6963). */
  wallets(): Promise<AnnouncedWallet[]>
  /** The account that would act for this owner. Opens no prompt. */
  account(options: { owner: Address }): Promise<AccountInfo>
  /** The owner's accounts that this package can serve. Opens no prompt. */
  accounts(options: { owner: Address }): Promise<AccountInfo[]>
  /** Takes up the newest session that still works and covers the scope. Opens no prompt. */
  restore(options: RestoreOptions): Promise<Restored>
  /** Asks the owner for a session: one signature. Calls at the same time for the same scope share one prompt. */
  request(options: RequestOptions): Promise<Session>
  /**
   * Finishes a request that a reload cut off, no older than ten minutes: with the signature if it reached the app some other way,
   * else by asking the wallet for the same one again. `null` when nothing is pending.
   */
  resume(options: { owner: OwnerInput; signature?: Hex | undefined; onStage?: RequestOptions['onStage']; signal?: AbortSignal | undefined }): Promise<Session | null>
  /**
   * What became of an operation of this app, also after a reload: of those whose fate is open, and of the latest others.
   *
   * @throws `HallpassError` `operation.not-found`
   */
  operation(id: string): Promise<Operation>
  /** Sessions stored here. */
  list(): Promise<SessionInfo[]>
  /**
   * All there is to say about a scope before it is asked for: what is dangerous in it, what it allows, who enforces which rule, and
   * what a stolen key could cost. For this app's kind of account; no network, no prompt.
   *
   * @throws `HallpassError` `scope.invalid` with the path of the fault
   */
  review(question: ScopeQuestion): Promise<ScopeReview>
  /**
   * The findings of `review`, and those that need the chain: targets without code, targets whose code can be replaced. No prompt.
   *
   * @throws `HallpassError` `scope.invalid`, `chain.unreachable`
   */
  lint(question: ScopeQuestion): Promise<Finding[]>
  /** Looks at the place this runs in, and compares its clock with the chain: what keeps sessions from working, and what to do about it. */
  doctor(): Promise<Diagnosis>
  /** Calls back at every event from now on; answers how to stop. */
  on<E extends keyof HallpassEvents>(event: E, listener: (detail: HallpassEvents[E]) => void): () => void
  /** What a scope allows, in sentences for the owner, before anything is asked. */
  explain(options: { scope: Scope; owner: Address; expiresIn: Time; startsAt?: Time | undefined; tokens?: TokenNames | undefined }): Promise<Sentence[]>
}

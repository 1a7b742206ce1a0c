import type { StorageTier } from '../custody.js'
import type { Address, Hex, KernelVersion } from '../types.js'
import type { Time } from '../hallpass.js'
import type { Duration } from './define.js'
import type { Acceptance, Scope, SignatureRule } from './define.js'

/** Ids of what the linter finds, in order of weight: errors, warnings, remarks. */
export type LintId =
  | 'any-call'
  | 'delegatecall'
  | 'no-expiry'
  | 'no-gas-budget'
  | 'open-signatures'
  | 'forbidden-target'
  | 'nested-calls'
  | 'account-execute'
  | 'account-admin'
  | 'session-admin'
  | 'entry-point'
  | 'operator-approval'
  | 'signed-allowance'
  | 'signed-message'
  | 'unbounded-allowance'
  | 'unbounded-transfer'
  | 'third-party-transfer'
  | 'unbounded-swap'
  | 'free-power'
  | 'free-recipient'
  | 'free-asset'
  | 'free-amount'
  | 'gas-budget-large'
  | 'long-expiry'
  | 'uncapped-value'
  | 'not-equal-address'
  | 'signatures-unsupported'
  | 'token-hook'
  | 'governance'
  | 'wrap'
  | 'deposit'
  | 'open-ended'
  | 'per-call-cap-only'
  | 'uncounted-spend'
  | 'free-bytes'
  | 'behind-dynamic'
  | 'any-paymaster'
  | 'gas-budget-small'
  | 'gas-share-small'
  | 'no-fee-cap'
  | 'zero-selector'
  | 'split-view'
  | 'unused-accept'
  | 'large-scope'
  | 'upgradeable-target'
  | 'no-code-target'
  | 'paymaster'
  | 'outlives-tab'
  | 'mergeable-rules'

/** Something about a scope that its author should know. */
export interface Finding {
  id: LintId
  /** Errors stop a request unless `accept` of the scope names them. */
  severity: 'error' | 'warning' | 'info'
  /** Its place in the scope as it was written, such as `calls[1].args[0]`. */
  path: string
  /** What it means for the owner. */
  message: string
  /** How to write it instead. */
  fix: string
  /** What to add to `accept` of the scope to go ahead all the same; `null` where nothing can be added. */
  accept: Acceptance | null
  /** Page in this package that says more. */
  docs: string
}

/** A sentence for the owner. */
export interface Sentence {
  topic: 'actor' | 'money' | 'allowed' | 'caution' | 'never'
  text: string
}

/** A contract that enforces a rule. */
export interface EnforcingContract {
  /** Name and version, such as `CallPolicy 0.0.4`. */
  name: string
  address: Address
  /** Hash of the code it is known by. */
  codeHash: Hex | null
}

/** Who enforces one rule of the scope. */
export interface RuleEnforcement {
  /** The rule's place in the scope as it was written. */
  path: string
  /** The rule in words. */
  rule: string
  /** The account's contracts, or this package only: then a stolen key is not bound by it. */
  enforcedBy: 'chain' | 'local'
  /** With `chain`: which one. */
  contract: EnforcingContract | null
  /** With `local`: why no contract does. */
  reason: string | null
  /** Whether the rule comes with every scope and needs no acceptance. */
  implicit: boolean
}

/** What a scope's rules add to an operation, in units of gas. */
export interface GasCosts {
  /** In the first operation, which brings the rules on chain. */
  first: bigint
  /** In a later one with one call, of the rule that costs most; what the called contract itself takes is not in it. */
  later: bigint
  /** The same, part by part; a later operation pays those with `perCall` only for a call of that rule. */
  parts: { what: string; first: bigint; later: bigint; perCall: boolean }[]
}

/** What becomes of a scope on chain. */
export interface EnforcementReport {
  rules: RuleEnforcement[]
  gas: GasCosts
  /** Whether bundlers that follow ERC-7562 to the letter take its operations, and if not, why. */
  strictBundlers: { accepted: boolean; reason: string | null }
}

/** The most a stolen session key can cost of one asset; only rules that the chain enforces count. */
export interface AssetRisk {
  /**
   * `contract`: whatever a contract does when it is called, or when a token tells it of a transfer. `contracts`: any contract that a token
   * tells. `everything`: the account itself.
   */
  asset: 'gas' | 'native' | 'token' | 'contract' | 'contracts' | 'signatures' | 'everything'
  /** Token or contract, for these two. */
  token: Address | null
  /** Wei or the token's smallest units; `null` where no number is known. */
  most: bigint | null
  /** What sets the bound: a rule, what the account holds, or nothing. */
  boundBy: 'rule' | 'balance' | 'none'
  /** Who gets it first, and may pass it on; `null` where nobody does, as for gas. */
  recipients: Address[] | 'anyone' | null
  /** All of it in one sentence. */
  text: string
}

/** A condition in full: one operator with text or lists of text, or the list of a composite's members. */
export type CanonicalCondition =
  | { readonly any: true }
  | { readonly self: true }
  | { readonly eq: string | boolean }
  | { readonly neq: string | boolean }
  | { readonly lte: `${bigint}` }
  | { readonly gte: `${bigint}` }
  | { readonly between: readonly [`${bigint}`, `${bigint}`] }
  | { readonly oneOf: readonly (string | boolean)[] }
  | { readonly startsWith: string }
  | readonly CanonicalCondition[]

/** A call rule in full. */
export type CanonicalCall =
  | {
      readonly to: Address
      readonly function: string
      readonly args: readonly CanonicalCondition[]
      readonly value: { readonly max: string }
      readonly plainTransfer?: undefined
    }
  | {
      readonly to: Address
      readonly plainTransfer: true
      readonly value: { readonly max: string }
      readonly function?: undefined
      readonly args?: undefined
    }

/** A scope in the form that is hashed: every field, integers as decimal text, lists in order. It can be used as a {@link Scope}. */
export interface CanonicalScope {
  readonly v: 1
  readonly calls: readonly CanonicalCall[]
  readonly spend: readonly { readonly token: Address | 'native'; readonly limit: string; readonly per: Duration | null }[]
  readonly limits: {
    readonly operations: string | null
    readonly rate: { readonly every: Duration } | null
    readonly gas: { readonly maxFeePerGas: string | null; readonly perOperation: string | null; readonly total: string }
  }
  readonly paymaster: Address | 'none' | 'any'
  readonly signatures: readonly SignatureRule[]
  readonly accept: readonly Acceptance[]
}

/** Why a scope cannot be brought on chain. */
export interface CompileError {
  /** Stable code, such as `compile.duplicate-function`. */
  code: string
  message: string
  remedy: string
}

/** All there is to say about a scope. */
export interface ScopeReview {
  /** The scope in full: every field, rules in the order in which they were written. */
  scope: CanonicalScope
  /** Hash of that form. */
  scopeHash: Hex
  /** The account that would act, or one that stands for it where neither it nor an owner was given. */
  account: Address
  /** Whether a request would go through, as far as can be told without the chain. */
  passes: boolean
  findings: Finding[]
  /** What `accept` of the scope must name before a request goes through. */
  notAccepted: Acceptance[]
  /** What the session may do, in sentences for the owner. */
  explain: Sentence[]
  /** Who enforces each rule; `null` with `compileError`. */
  enforcement: EnforcementReport | null
  /** What a stolen key can cost; `null` with `compileError`. */
  worstCase: AssetRisk[] | null
  compileError: CompileError | null
}

/** What an account holds, in wei and the tokens' smallest units: bigints or decimal text. */
export interface Balances {
  readonly native?: bigint | string | undefined
  /** Deposit for gas at the EntryPoint. */
  readonly deposit?: bigint | string | undefined
  readonly [token: Address]: bigint | string | undefined
}

/** How amounts of tokens are to be shown, by contract. */
export interface TokenNames {
  readonly [token: Address]: { readonly symbol?: string | undefined; readonly decimals?: number | undefined }
}

/** What is asked about a scope, where version and storage are known. */
export interface ScopeQuestion {
  scope: Scope
  /** Owner of the account; the sentences name it. */
  owner?: Address | undefined
  /** The account that is to act. Default: the owner's. */
  account?: Address | undefined
  /** When the session is to end. */
  expiresIn?: Time | undefined
  /** When it begins. Default: at once. */
  startsAt?: Time | undefined
  /** What the account holds, as a bound of the worst case. */
  balances?: Balances | undefined
  tokens?: TokenNames | undefined
}

/** Options of `reviewScope` and `lintScope`. */
export interface ReviewScopeOptions extends ScopeQuestion {
  /** Version of the Kernel account. Default `3.3`. */
  version?: KernelVersion | undefined
  /** Where the key is to be kept. */
  storage?: StorageTier | undefined
}

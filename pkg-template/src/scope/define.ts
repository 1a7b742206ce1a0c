import type { Address } from '../types.js'
import type { AbiItem, FitArguments, FunctionNames, IsLoose, Mistake } from './abi-types.js'
import type { Amount, FunctionChoice } from './call.js'
import type { ArgumentRule } from './conditions.js'
import type { LintId } from './review.js'

/** A length of time: a whole number with its unit, such as `'30s'`, `'20m'`, `'4h'`, `'1d'`. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`

/** One function the session may call. Without `args` all arguments are free; without `value` it sends none. */
export type FunctionRule = FunctionChoice & {
  /** Contract. */
  readonly to: Address
  /** A condition for each argument: in order, or by name with the others free. A bare value means `eq`. */
  readonly args?: readonly ArgumentRule[] | { readonly [name: string]: ArgumentRule }
  /** Most native value per call. */
  readonly value?: { readonly max: Amount }
  readonly plainTransfer?: undefined
}

/** Native value sent to one address with empty calldata. */
export interface PlainTransferRule {
  /** Recipient. */
  readonly to: Address
  readonly plainTransfer: true
  /** Most native value per call. */
  readonly value: { readonly max: Amount }
  readonly function?: undefined
  readonly abi?: undefined
  readonly functionName?: undefined
  readonly args?: undefined
}

/** One thing the session may do. */
export type CallRule = FunctionRule | PlainTransferRule

/** A total over all operations. Where the account's contracts keep no sums, it must be accepted by name: `local:spend[0]`. */
export interface SpendRule {
  /** Token contract, or the chain's own coin. */
  readonly token: Address | 'native'
  /** Most in all: wei or the token's smallest units. */
  readonly limit: Amount
  /** The sum starts again after this time; left out or `null`: never. */
  readonly per?: Duration | null
}

/** A kind of typed data (EIP-712) the session may sign. */
export interface SignatureRule {
  readonly verifyingContract: Address
  /** The type as EIP-712 encodes it, such as `Mail(address to,string text)`. */
  readonly type: string
}

/** Limits on operations. */
export interface Limits {
  /** Operations in all, where their number itself is worth money. */
  readonly operations?: bigint | number | string | null
  /** Least time between two operations. */
  readonly rate?: { readonly every: Duration } | null
  readonly gas: {
    /** Highest fee per gas that is paid; enforced by this package. */
    readonly maxFeePerGas?: Amount | null
    /** Wei for gas in all; enforced on chain. */
    readonly total: Amount
    /**
     * Most wei that one operation may cost (all its gas limits at its highest fee), so that no estimate takes the budget at once; a
     * fifth of `total` where it is left out. The operation that enables the session may cost four fifths in any case. Enforced by this
     * package.
     */
    readonly perOperation?: Amount | null
  }
}

/** A danger or a rule enforced by this package only, accepted by name. `notAccepted` of a review has the exact strings. */
export type Acceptance = `danger:${LintId}` | `local:${string}`

/**
 * What a session may do. Everything that is not listed is refused. It is plain data: a function, a class, a promise or `undefined` in
 * it is refused, so that nothing that was meant falls away.
 */
export interface Scope {
  /** For editors, in a JSON file. It is no part of the scope. */
  readonly $schema?: string
  /** Version of this form. */
  readonly v?: 1
  /** What it may call. */
  readonly calls: readonly CallRule[]
  /** Totals of native value and tokens. */
  readonly spend?: readonly SpendRule[]
  readonly limits: Limits
  /** Who may pay for gas: the account (`'none'`, the default), one paymaster, or `'any'`. */
  readonly paymaster?: Address | 'none' | 'any'
  /** Typed data it may sign. Not every account can bound this; then a scope that lists any is refused. */
  readonly signatures?: readonly SignatureRule[]
  /** Dangers and rules enforced by this package only, accepted by name. */
  readonly accept?: readonly Acceptance[]
}

type ScopeField = '$schema' | 'v' | 'calls' | 'spend' | 'limits' | 'paymaster' | 'signatures' | 'accept'
type RuleField = 'to' | 'function' | 'abi' | 'functionName' | 'args' | 'value' | 'plainTransfer'

/** `Given` with a mistake in the place of each field that is not known, which a type parameter would let through. */
type Known<Given, Fields extends PropertyKey> = Given & {
  readonly [K in Exclude<keyof Given, Fields>]: Mistake<`there is no field ${K & string}`>
}

type CheckedRule<R> = Known<R, RuleField> &
  (R extends { readonly abi: infer A extends readonly AbiItem[]; readonly functionName: infer F extends string }
    ? IsLoose<A, F> extends true
      ? unknown
      : F extends FunctionNames<A>
        ? R extends { readonly args: infer G extends object }
          ? { readonly args: FitArguments<A, F, G> }
          : unknown
        : { readonly functionName: Mistake<`the ABI has no function ${F}`> }
    : unknown)

type CheckedCalls<Calls extends readonly unknown[]> = { readonly [K in keyof Calls]: CheckedRule<Calls[K]> }

/** What a scope must fit beyond its own type: the ABIs in it, and no unknown field. */
export type CheckedScope<S extends Scope> = Known<S, ScopeField> & {
  readonly calls: CheckedCalls<S['calls']>
  readonly limits: Known<S['limits'], 'operations' | 'rate' | 'gas'> & {
    readonly gas: Known<S['limits']['gas'], 'maxFeePerGas' | 'total' | 'perOperation'>
  }
}

/**
 * Gives the scope back with its literal types: a place to write one with the compiler's help. Where a rule has a JSON ABI written
 * `as const`, the function's name, the number and names of its arguments and the conditions on them are checked against it; a
 * function given as text is not looked into. Nothing is checked before the scope is used; `lint` tells what would be refused then.
 */
export function defineScope<const S extends Scope>(scope: S & CheckedScope<S>): S {
  return scope
}

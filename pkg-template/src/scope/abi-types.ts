// From the types of a JSON ABI (written `as const`) to what a condition on each argument may be.
//
// A condition is offered where a contract can be asked to enforce it: on types of one word, on the members of tuples and fixed arrays
// that are such words all the way down, and on `bytes` and `string` as a whole. Any other dynamic type can only be left free.
import type { Address, Hex } from '../types.js'
import type {
  AnyCondition,
  ArgumentRule,
  ArgumentValue,
  Between,
  Eq,
  Gt,
  Gte,
  Integer,
  Lt,
  Lte,
  Neq,
  OneOf,
  Operator,
  SelfCondition,
  StartsWith,
} from './conditions.js'

/** An ABI: JSON entries, or texts such as `'function f(uint256 a)'`; or the artefact of a compiler, which has such a list as `abi`. */
export type Abi = readonly (AbiItem | string)[] | { readonly abi: readonly (AbiItem | string)[] }

/** An item of a JSON ABI. Only functions and errors are looked at. One without `type` is a function, as older compilers write it. */
export interface AbiItem {
  readonly type?: string | undefined
  readonly name?: string | undefined
  readonly inputs?: readonly AbiParameter[] | undefined
}

/** A parameter in a JSON ABI. */
export interface AbiParameter {
  readonly type: string
  readonly name?: string | undefined
  readonly components?: readonly AbiParameter[] | undefined
}

declare const mistake: unique symbol
/** What nothing can be assigned to; the compiler shows the text. */
export type Mistake<Text extends string> = { readonly [mistake]: Text }

type Parameters = readonly AbiParameter[]

/** Functions of an ABI with this name: several where it is overloaded. */
type Named<A extends readonly AbiItem[], F extends string> = Extract<A[number], { readonly type: 'function'; readonly name: F }>

/** Names of an ABI's functions. */
export type FunctionNames<A extends readonly AbiItem[]> =
  Extract<A[number], { readonly type: 'function' }> extends infer Item
    ? Item extends { readonly name: infer Name extends string }
      ? Name
      : never
    : never

/** Whether types say nothing of what is in the ABI, as for a JSON file that is imported. */
export type IsLoose<A extends readonly AbiItem[], F extends string> = string extends A[number]['type'] | F ? true : false

/** What the arguments `G` given for a function must fit: any of its overloads. */
export type FitArguments<A extends readonly AbiItem[], F extends string, G> =
  FitOverload<Named<A, F>, F, G> extends infer Fitting
    ? [Fitting] extends [never]
      ? Mistake<`${F} has another number of arguments`>
      : Fitting
    : never

type FitOverload<Item, F extends string, G> = Item extends AbiItem
  ? G extends readonly unknown[]
    ? G['length'] extends Inputs<Item>['length']
      ? FitList<Inputs<Item>, G>
      : never
    : FitNames<Inputs<Item>, G, F>
  : never

type Inputs<Item extends AbiItem> = Item extends { readonly inputs: infer P extends Parameters } ? P : readonly []

/** A rule for each parameter, in order. */
type FitList<P extends Parameters, G> = {
  readonly [K in keyof P]: P[K] extends AbiParameter ? Fit<P[K], K extends keyof G ? G[K] : unknown> : never
}

/** A rule for each parameter that is named. */
type FitNames<P extends Parameters, G, Of extends string> = {
  readonly [N in keyof G]: Extract<P[number], { readonly name: N }> extends infer Found
    ? [Found] extends [never]
      ? Mistake<`${Of} has no parameter ${N & string}`>
      : Found extends AbiParameter
        ? Fit<Found, G[N]>
        : never
    : never
}

/** What the rule `G` given for one parameter must fit. */
type Fit<P extends AbiParameter, G> = string extends P['type']
  ? ArgumentRule
  : IsStatic<P> extends true
    ? MembersOf<P> extends infer M extends Parameters
      ? FitComposite<M, G, P['type']>
      : AnyCondition | OnWord<P['type']>
    : AnyCondition | OnDynamic<P['type']>

type FitComposite<M extends Parameters, G, Type extends string> = G extends readonly unknown[]
  ? FitList<M, G>
  : G extends { readonly members: infer Given }
    ? { readonly members: Given extends readonly unknown[] ? FitList<M, Given> : FitNames<M, Given, Type> }
    : G extends AnyCondition
      ? AnyCondition
      : G extends object
        ? [Extract<M[number]['name'], Operator>] extends [never]
          ? FitNames<M, G, Type>
          : Mistake<'a member has the name of a condition: write members({ … })'>
        : Mistake<`${Type} takes any(), members(…), or a rule for each member`>

/** Conditions on a type of one word, or a bare value. */
type OnWord<T extends string> = T extends `uint${string}` | `int${string}`
  ? Integer | Eq<Integer> | Neq<Integer> | Lt | Lte | Gt | Gte | Between | OneOf<Integer>
  : T extends 'address'
    ? Address | SelfCondition | Eq<Address> | Neq<Address> | OneOf<Address>
    : T extends 'bool'
      ? Equality<boolean>
      : T extends `bytes${string}`
        ? Equality<Hex>
        : ArgumentRule

type Equality<V extends ArgumentValue> = V | Eq<V> | Neq<V> | OneOf<V>

/** Conditions on `bytes` and `string`, or a bare value. */
type OnDynamic<T extends string> = T extends 'bytes'
  ? Hex | Eq<Hex> | OneOf<Hex> | StartsWith<Hex>
  : T extends 'string'
    ? string | Eq<string> | OneOf<string> | StartsWith
    : never

/** Whether a type is encoded in place: words all the way down. */
type IsStatic<P extends AbiParameter> = P['type'] extends 'bytes' | 'string' | `${string}[]`
  ? false
  : MembersOf<P> extends infer M extends Parameters
    ? false extends { [K in keyof M]: IsStatic<M[K]> }[number]
      ? false
      : true
    : true

/** Members of a tuple or a fixed array; `null` for other types. */
type MembersOf<P extends AbiParameter> = P['type'] extends `${string}]`
  ? LastLength<P['type']> extends { item: infer Item extends string; length: infer Length extends string }
    ? Repeated<WithType<P, Item>, Length>
    : null
  : P['type'] extends 'tuple'
    ? P['components'] extends infer C extends Parameters
      ? C
      : readonly []
    : null

type WithType<P extends AbiParameter, Type extends string> = P extends { readonly components: infer C extends Parameters }
  ? { readonly type: Type; readonly components: C }
  : { readonly type: Type }

/** `uint8[2][3]` is three of `uint8[2]`. */
type LastLength<T extends string, Before extends string = ''> = T extends `${infer Head}[${infer Rest}`
  ? Rest extends `${string}[${string}`
    ? LastLength<Rest, `${Before}${Head}[`>
    : Rest extends `${infer Length}]`
      ? { item: `${Before}${Head}`; length: Length }
      : never
  : never

/** A list of `Length` parameters; of no certain length beyond 64, which keeps the compiler quick. */
type Repeated<P extends AbiParameter, Length extends string, Done extends Parameters = readonly []> = `${Done['length']}` extends Length
  ? Done
  : Done['length'] extends 64
    ? readonly P[]
    : Repeated<P, Length, readonly [...Done, P]>

/** A whole number: a bigint, a safe integer, or its text, decimal or hex. */
export type Integer = bigint | number | `${bigint}`

/** A value given for an argument. Tuples and arrays are lists; `uint` and `int` are bigints, safe integers or text. */
export type ArgumentValue = bigint | number | boolean | string | readonly ArgumentValue[] | { readonly [name: string]: ArgumentValue }

/** Any value of the argument's type. */
export type AnyCondition = { readonly any: true }
/** The account that acts. */
export type SelfCondition = { readonly self: true }
/** Exactly this value. */
export type Eq<V extends ArgumentValue = ArgumentValue> = { readonly eq: V }
/** Every value but this one. */
export type Neq<V extends ArgumentValue = ArgumentValue> = { readonly neq: V }
/** Less than this number. */
export type Lt<N extends Integer = Integer> = { readonly lt: N }
/** This number or less. */
export type Lte<N extends Integer = Integer> = { readonly lte: N }
/** More than this number. */
export type Gt<N extends Integer = Integer> = { readonly gt: N }
/** This number or more. */
export type Gte<N extends Integer = Integer> = { readonly gte: N }
/** From the first number to the second, both included. */
export type Between<L extends Integer = Integer, H extends Integer = Integer> = { readonly between: readonly [L, H] }
/** One of these values. */
export type OneOf<V extends ArgumentValue = ArgumentValue> = { readonly oneOf: readonly V[] }
/** Bytes or a text that begin with these. */
export type StartsWith<V extends string = string> = { readonly startsWith: V }
/** A condition for each member of a tuple or a fixed array. */
export type Members<M extends MemberRules = MemberRules> = { readonly members: M }

/** What the members of a tuple or a fixed array may be: in order, or by name with the others free. */
export type MemberRules = readonly ArgumentRule[] | { readonly [name: string]: ArgumentRule }

/** What one argument may be. */
export type Condition =
  | AnyCondition
  | SelfCondition
  | Eq
  | Neq
  | Lt
  | Lte
  | Gt
  | Gte
  | Between
  | OneOf
  | StartsWith
  | Members

/** A condition, or in short: a bare value means `eq`, a list or an object by member name means `members`. */
export type ArgumentRule =
  | Condition
  | bigint
  | number
  | boolean
  | string
  | readonly ArgumentRule[]
  | { readonly [name: string]: ArgumentRule }

/** Names of the conditions. An object with one of them as its key is that condition, not a tuple by member name. */
export type Operator =
  | 'any'
  | 'self'
  | 'eq'
  | 'neq'
  | 'lt'
  | 'lte'
  | 'gt'
  | 'gte'
  | 'between'
  | 'oneOf'
  | 'startsWith'
  | 'members'

/** Any value of the argument's type. */
export const any = (): AnyCondition => ({ any: true })

/** The account that acts, for an `address`; it is known when the session is asked for. */
export const self = (): SelfCondition => ({ self: true })

/** Exactly this value. */
export const eq = <const V extends ArgumentValue>(value: V): Eq<V> => ({ eq: value })

/** Every value but this one. For an `address` it keeps hardly anything out: there it is refused unless the danger is accepted. */
export const neq = <const V extends ArgumentValue>(value: V): Neq<V> => ({ neq: value })

/** Less than this number, for `uint` and `int`. In full it is `lte`. */
export const lt = <const N extends Integer>(bound: N): Lt<N> => ({ lt: bound })

/** This number or less, for `uint` and `int`. */
export const lte = <const N extends Integer>(most: N): Lte<N> => ({ lte: most })

/** More than this number, for `uint` and `int`. In full it is `gte`. */
export const gt = <const N extends Integer>(bound: N): Gt<N> => ({ gt: bound })

/** This number or more, for `uint` and `int`. */
export const gte = <const N extends Integer>(least: N): Gte<N> => ({ gte: least })

/** From `least` to `most`, both included, for `uint` and `int`. */
export const between = <const L extends Integer, const H extends Integer>(least: L, most: H): Between<L, H> => ({
  between: [least, most],
})

/** One of these values. An empty list is refused: it would allow nothing. */
export const oneOf = <const L extends readonly ArgumentValue[]>(values: L): OneOf<L[number]> => ({ oneOf: values })

/** Bytes (as hex) or a text that begin with these, for `bytes` and `string`. */
export const startsWith = <const V extends string>(prefix: V): StartsWith<V> => ({ startsWith: prefix })

/** A condition for each member of a tuple or a fixed array: in order, or for a tuple by name, with the others free. */
export const members = <const M extends MemberRules>(rules: M): Members<M> => ({ members: rules })

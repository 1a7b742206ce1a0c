import type { Address, Hex } from './types.js'

/** An amount in wei: a bigint, or text such as `'0.02 ether'`, `'50 gwei'`, `'12'` (wei). */
export type Amount = bigint | string

/** A value given for an argument. Tuples and arrays are lists; `uint` and `int` are bigints, safe integers or text. */
export type ArgumentValue = bigint | number | boolean | string | readonly ArgumentValue[] | { readonly [name: string]: ArgumentValue }

/** What one argument may be. */
export type Condition =
  | { readonly any: true }
  | { readonly self: true }
  | { readonly eq: ArgumentValue }
  | { readonly lte: bigint | number | string }
  | { readonly gte: bigint | number | string }
  | { readonly oneOf: readonly ArgumentValue[] }

/** Any value of the argument's type. */
export const any = (): Condition => ({ any: true })
/** The account that acts; its address is known when the session is asked for. */
export const self = (): Condition => ({ self: true })
/** Exactly this value. */
export const eq = (value: ArgumentValue): Condition => ({ eq: value })
/** This unsigned number or less. */
export const lte = (most: bigint | number): Condition => ({ lte: most })
/** This unsigned number or more. */
export const gte = (least: bigint | number): Condition => ({ gte: least })
/** One of these values. */
export const oneOf = (values: readonly ArgumentValue[]): Condition => ({ oneOf: values })

/** An item of a JSON ABI. Only functions are looked at. */
export interface AbiItem {
  readonly type: string
  readonly name?: string | undefined
  readonly inputs?: readonly AbiParameter[] | undefined
}

/** A parameter in a JSON ABI. */
export interface AbiParameter {
  readonly type: string
  readonly name?: string | undefined
  readonly components?: readonly AbiParameter[] | undefined
}

/** Which function: as Solidity text, or by name out of a JSON ABI. */
export type FunctionChoice =
  | { readonly function: string; readonly abi?: undefined; readonly functionName?: undefined }
  | { readonly abi: readonly AbiItem[]; readonly functionName: string; readonly function?: undefined }

/** One function the session may call. Without `args` all arguments are free; without `value` it sends none. */
export type CallRule = FunctionChoice & {
  /** Contract. */
  readonly to: Address
  /** A condition for each argument: in order, or by name with the others free. A bare value means `eq`. */
  readonly args?: readonly (Condition | ArgumentValue)[] | { readonly [name: string]: Condition | ArgumentValue } | undefined
  /** Most native value per call. */
  readonly value?: { readonly max: Amount } | undefined
}

/** What a session may do. Everything that is not listed is refused. */
export interface Scope {
  /** Functions it may call. */
  readonly calls: readonly CallRule[]
  readonly limits: {
    /** Operations in all, where their number itself is worth money. */
    readonly operations?: bigint | number | undefined
    readonly gas: {
      /** Highest fee per gas that is paid; enforced by this package. */
      readonly maxFeePerGas?: Amount | undefined
      /** Wei for gas in all; enforced on chain. */
      readonly total: Amount
    }
  }
  /** Who may pay for gas: the account (`'none'`, the default), one paymaster, or `'any'`. */
  readonly paymaster?: Address | 'none' | 'any' | undefined
  /** Dangers and rules enforced by this package only, accepted by name. */
  readonly accept?: readonly string[] | undefined
}

/** Gives the scope back with its literal types: a place to write one with the editor's help. Nothing is checked before it is used. */
export function defineScope<const S extends Scope>(scope: S): S {
  return scope
}

/** One call the account makes. */
export type Call =
  | {
      readonly to: Address
      /** Calldata, encoded already; nothing for a plain transfer. */
      readonly data?: Hex | undefined
      readonly value?: Amount | undefined
      readonly function?: undefined
      readonly abi?: undefined
      readonly functionName?: undefined
      readonly args?: undefined
    }
  | (FunctionChoice & {
      readonly to: Address
      readonly args?: readonly ArgumentValue[] | { readonly [name: string]: ArgumentValue } | undefined
      readonly value?: Amount | undefined
      readonly data?: undefined
    })

/** A rule of the scope that calls or an operation break. */
export interface Violation {
  /** Stable code, such as `scope.argument`. */
  code: string
  /** Which call, for rules on calls. */
  call?: number
  /** The rule's place in the canonical scope, such as `calls[1].args[0]`. */
  path: string
  /** What the scope allows. */
  wanted: string
  /** What was asked. */
  got: string
  /** All of it in one sentence. */
  message: string
}

/** A sentence for the owner. */
export interface Sentence {
  topic: 'actor' | 'money' | 'allowed' | 'caution' | 'never'
  text: string
}

import type { Address, Hex } from '../types.js'
import type { Abi } from './abi-types.js'
import type { ArgumentValue } from './conditions.js'

/** An amount in wei: a bigint, or text such as `'0.02 ether'`, `'50 gwei'`, `'12'` (wei), or hex as wallets write it (EIP-5792). */
export type Amount = bigint | string

/**
 * Which function: as Solidity text, or by name out of an ABI, of which overloads are named with their types, such as `'f(uint256)'`. An
 * ABI is a list of JSON entries or of texts such as `'function f(uint256 a)'`, or the artefact of a compiler around one.
 */
export type FunctionChoice =
  | { readonly function: string; readonly abi?: undefined; readonly functionName?: undefined }
  | { readonly abi: Abi; readonly functionName: string; readonly function?: undefined }

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

/** What a violated rule is about. */
export type ViolationCode =
  | 'scope.target'
  | 'scope.function'
  | 'scope.calldata'
  | 'scope.argument'
  | 'scope.value'
  | 'scope.spend'
  | 'scope.operations'
  | 'scope.rate'
  | 'scope.gas'
  | 'scope.gas-share'
  | 'scope.fee'
  | 'scope.paymaster'
  | 'scope.self-call'
  | 'scope.empty'

/** A rule of the scope that calls or an operation break. */
export interface Violation {
  /** Stable code. */
  code: ViolationCode
  /** Which call, for rules on calls. */
  call?: number
  /** The rule's place in the scope as it was written, such as `calls[1].args[0]`. */
  path: string
  /** What the scope allows. */
  wanted: string
  /** What was asked. */
  got: string
  /** All of it in one sentence. */
  message: string
}

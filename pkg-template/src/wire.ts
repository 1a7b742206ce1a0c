import { HallpassError } from './error.js'
import type { AbiItem, AbiParameter, Call, CallRule, FunctionChoice, Scope } from './scope.js'
import type { Expiry } from './hallpass.js'
import type { Hex, Quantity, UserOperation } from './types.js'

/** A number as JSON-RPC writes it. */
export function quantity(value: Quantity, name: string): Hex {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' ? value < 0n : !Number.isSafeInteger(value) || value < 0) {
    throw notWhole(name, 'a whole number that is zero or more')
  }
  return `0x${value.toString(16)}`
}

function notWhole(name: string, wanted: string): HallpassError {
  return new HallpassError({
    code: 'input.number',
    shortMessage: `${name} is not ${wanted}`,
    remedy: 'Pass a bigint, a safe integer, or hex.',
  })
}

/** JSON text of a user operation in its wire form (ERC-7769). Which fields are right is for Rust to say. */
export function wireText(userOperation: UserOperation): string {
  return JSON.stringify(userOperation, (key, value: unknown) => {
    if (typeof value === 'bigint' || typeof value === 'number') return quantity(value, key)
    return value
  })
}

/** JSON text in which every number is exact. */
export function exactText(value: unknown): string {
  return JSON.stringify(value, (key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString()
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw notWhole(key, 'a whole number that JavaScript holds exactly')
    return value
  })
}

/** JSON text of a scope, as Rust reads it. */
export function scopeText(scope: Scope): string {
  const { calls, ...rest } = scope
  // What is not known here goes along: Rust refuses it, where leaving it out would widen the scope.
  const rule = ({ abi, functionName, ...given }: CallRule) => ({
    ...given,
    args: given.args === undefined ? undefined : explicit(given.args),
    function: functionText({ abi, functionName, ...given } as FunctionChoice, given.args),
  })
  return exactText({ ...rest, calls: calls.map(rule) })
}

/** `undefined` as `null`, which Rust refuses: JSON would leave it out, and the argument would be free. */
function explicit(args: NonNullable<CallRule['args']>): unknown {
  if (Array.isArray(args)) return args.map((condition: unknown) => condition ?? null)
  return Object.fromEntries(Object.entries(args).map(([name, condition]) => [name, condition ?? null]))
}

/** JSON text of calls, as Rust reads them. */
export function callsText(calls: readonly Call[]): string {
  return exactText(
    calls.map(({ to, value, data, args, ...choice }) =>
      choice.function === undefined && choice.abi === undefined
        ? { to, value, data }
        : { to, value, args, function: functionText(choice as FunctionChoice, args) },
    ),
  )
}

/** Unix seconds or a duration, as text. */
export function expiryText(expiry: Expiry): string {
  if (typeof expiry === 'string') return expiry
  const seconds = expiry instanceof Date ? Math.floor(expiry.getTime() / 1000) : expiry
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw notWhole('expiresIn', 'a date, Unix seconds, or a duration')
  return seconds.toString()
}

/** The function as Solidity text, looked up in the ABI where it is chosen by name. */
function functionText(choice: FunctionChoice, args: readonly unknown[] | object | undefined): string {
  if (choice.function !== undefined) return choice.function
  const { abi, functionName } = choice
  const named = abi.filter((item) => item.type === 'function' && item.name === functionName)
  const count = Array.isArray(args) ? args.length : undefined
  const fitting = named.length > 1 && count !== undefined ? named.filter((item) => (item.inputs ?? []).length === count) : named
  const [item, ...others] = fitting
  if (item !== undefined && others.length === 0) return signature(item)
  throw new HallpassError({
    code: 'abi.function',
    shortMessage:
      item === undefined ? `the ABI has no function ${functionName}` : `the ABI has several functions ${functionName}`,
    remedy: 'Give the function as text, such as function: "move(uint8 x,uint8 y)".',
  })
}

function signature(item: AbiItem): string {
  return `${item.name}(${(item.inputs ?? []).map(parameter).join(',')})`
}

function parameter({ type, name, components }: AbiParameter): string {
  const ofType = type.startsWith('tuple') ? `(${(components ?? []).map(parameter).join(',')})${type.slice(5)}` : type
  return name ? `${ofType} ${name}` : ofType
}

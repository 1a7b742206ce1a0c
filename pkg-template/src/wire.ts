import { HallpassError } from './error.js'
import type { AbiItem, AbiParameter, Balances, Call, CallRule, FunctionChoice, ReviewScopeOptions, Scope } from './scope/index.js'
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

/** What is to be inspected, as text: JSON and hex go along as they are. The fields of operations are quantities, others exact. */
export function inspectText(input: string | object): string {
  if (typeof input === 'string') return input
  return 'callData' in input ? wireText(input as UserOperation) : exactText(input)
}

/** JSON text of a scope, as Rust reads it. */
export function scopeText(scope: Scope): string {
  return exactText(plainScope(scope))
}

/** JSON text of what is asked about a scope, as Rust reads it. */
export function reviewText(options: ReviewScopeOptions): string {
  const { scope, version, account, owner, expiresIn, storage, balances, tokens } = options
  const ends = expiresIn === undefined ? undefined : durationText(expiresIn)
  const now = Math.floor(Date.now() / 1000)
  return exactText({ scope: plainScope(scope), version, account, owner, now, expiresIn: ends, storage, balances, tokens })
}

/** JSON text of what an account holds. */
export function balancesText(balances: Balances | undefined): string {
  return exactText(balances ?? {})
}

/** A scope with its functions as text. Any other value goes along as it is: Rust says what is wrong with it. */
function plainScope(scope: Scope): object {
  const { calls, $schema: _, ...rest } = scope
  return { ...rest, calls: Array.isArray(calls) ? calls.map(plainRule) : calls }
}

function plainRule(rule: CallRule): unknown {
  // What is not known here goes along: Rust refuses it, where leaving it out would widen the scope.
  const { abi, functionName, ...given } = rule
  const choice = { abi, functionName, ...given } as FunctionChoice
  const isChosen = choice.function !== undefined || choice.abi !== undefined
  return {
    ...given,
    ...('args' in given && { args: explicit(given.args) }),
    function: isChosen ? functionText(choice, given.args) : undefined,
  }
}

/** `undefined` as `null`, at every depth: Rust refuses it, where JSON would leave it out and what it stood for would be free. */
function explicit(value: unknown): unknown {
  if (value === undefined) return null
  if (Array.isArray(value)) return value.map(explicit)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, explicit(member)]))
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

/** The custom errors in the ABIs of calls or rules, as Solidity text. */
export function errorTexts(choices: readonly object[]): string[] {
  const abis = choices.flatMap((choice) => ('abi' in choice && Array.isArray(choice.abi) ? (choice.abi as AbiItem[]) : []))
  return [...new Set(abis.filter((item) => item?.type === 'error' && item.name).map(signature))]
}

/** Unix seconds or a duration, as text. */
export function expiryText(expiry: Expiry): string {
  if (typeof expiry === 'string') return expiry
  const seconds = expiry instanceof Date ? Math.floor(expiry.getTime() / 1000) : expiry
  if (!Number.isSafeInteger(seconds) || seconds < 0) throw notWhole('expiresIn', 'a date, Unix seconds, or a duration')
  return seconds.toString()
}

/** The end of a session as a length of time from now, which is how a review asks for it. */
function durationText(expiry: Expiry): string {
  const text = expiryText(expiry)
  return /^\d+$/.test(text) ? `${Math.max(Number(text) - Math.floor(Date.now() / 1000), 0)}s` : text
}

/** The function as Solidity text, looked up in the ABI where it is chosen by name. */
function functionText(choice: FunctionChoice, args: readonly unknown[] | object | undefined): string {
  if (choice.function !== undefined) return choice.function
  const { abi, functionName } = choice
  const named = abi.filter((item) => item.type === 'function' && item.name === functionName)
  const [item, ...others] = named.length > 1 ? named.filter((item) => isCalledWith(item, args)) : named
  if (item !== undefined && others.length === 0) return signature(item)
  throw new HallpassError({
    code: 'abi.function',
    shortMessage:
      item === undefined ? `the ABI has no function ${functionName}` : `the ABI has several functions ${functionName}`,
    remedy: 'Give the function as text, such as function: "move(uint8 x,uint8 y)".',
  })
}

/** Overloads are told apart by the number of arguments, or by their names. */
function isCalledWith({ inputs = [] }: AbiItem, args: readonly unknown[] | object | undefined): boolean {
  if (args === undefined) return true
  if (Array.isArray(args)) return args.length === inputs.length
  return Object.keys(args).every((name) => inputs.some((input) => input.name === name))
}

function signature(item: AbiItem): string {
  return `${item.name}(${(item.inputs ?? []).map(parameter).join(',')})`
}

function parameter({ type, name, components }: AbiParameter): string {
  const ofType = type.startsWith('tuple') ? `(${(components ?? []).map(parameter).join(',')})${type.slice(5)}` : type
  return name ? `${ofType} ${name}` : ofType
}

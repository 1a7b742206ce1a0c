import { errorTexts, withFunction } from './abi.js'
import { notWhole, plain, plainOptions, type PlainOptions } from './plain.js'
import type { Hex, Quantity, UserOperation } from '../types.js'

/** What lives among the options of calls that ask an owner. */
export const ASKING: PlainOptions = { live: ['owner', 'onStage', 'signal'] }

/** The options of a call, apart: what is plain as text for Rust, what lives as it is. */
export interface Given<T> {
  /** JSON text. Which names and values are right is for Rust to say. */
  readonly text: string
  /** Everything, read once. */
  readonly read: T
  /** Custom errors that the ABIs in it declare. */
  readonly errors: string[]
}

/**
 * Takes the options of a call in.
 *
 * @throws `HallpassError` `input.type`, `input.number`, `abi.function`
 */
export function given<T extends object>(options: T | undefined, settings: PlainOptions = {}): Given<T> {
  const read = plainOptions(options ?? ({} as T), '', settings)
  const { ...rest } = read as { [name: string]: unknown }
  for (const name of settings.live ?? []) delete rest[name]
  const errors = errorTexts(rest['calls']).concat(errorTexts((rest['scope'] as { calls?: unknown } | null)?.calls))
  const scope = withFunctions(rest['scope'], 'scope.')
  return { text: exactText({ ...withFunctions(rest, ''), ...('scope' in rest && { scope }) }), read, errors }
}

/** Something with calls, whose functions are texts from here on. Anything else goes along: Rust refuses it. */
function withFunctions<T>(holder: T, prefix: string): T {
  const { calls, $schema: _, ...rest } = (holder ?? {}) as { [name: string]: unknown }
  if (!Array.isArray(calls)) return holder
  return { ...rest, calls: calls.map((call, index) => withFunction(call, `${prefix}calls[${index}]`)) } as T
}

/** JSON text in which every number is exact. */
export const exactText = (value: unknown): string => jsonText(value, (number) => (typeof number === 'bigint' ? `"${number}"` : `${number}`), '')

/** JSON text of plain data. `JSON.stringify` would ask for `toJSON`, which pages like to give to bigints. */
function jsonText(value: unknown, number: (number: bigint | number, name: string) => string, name: string): string {
  if (typeof value === 'bigint' || typeof value === 'number') return number(value, name)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const texts: string[] = []
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) texts[at] = jsonText(value[at], number, name)
    return `[${texts.join(',')}]`
  }
  for (const [name, member] of Object.entries(value)) if (member !== undefined) texts.push(`${JSON.stringify(name)}:${jsonText(member, number, name)}`)
  return `{${texts.join(',')}}`
}

/** A number as JSON-RPC writes it. */
function quantity(value: Quantity, name: string): Hex {
  if (typeof value === 'string') return value
  if (value < 0) throw notWhole(name, 'a whole number that is zero or more')
  return `0x${value.toString(16)}`
}

/** JSON text of a user operation in its wire form (ERC-7769). Which fields are right is for Rust to say. */
export function wireText(userOperation: UserOperation): string {
  return inHex(plain(userOperation, 'userOperation', { mayLeaveOut: 2 }))
}

const inHex = (value: unknown): string => jsonText(value, (number, name) => `"${quantity(number, name)}"`, '')

/** What is to be inspected, as text: JSON and hex go along as they are. The fields of operations are quantities, others exact. */
export function inspectText(input: string | object): string {
  if (typeof input === 'string') return input
  const read = plain(input, 'input', { mayLeaveOut: Infinity })
  return typeof read === 'object' && read !== null && 'callData' in read ? inHex(read) : exactText(read)
}

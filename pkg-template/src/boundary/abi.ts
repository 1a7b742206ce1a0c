import { plain } from './plain.js'
import { HallpassError } from '../error.js'
import type { AbiItem, AbiParameter } from '../scope/index.js'

/** A rule or a call, as it was given: plain data but for its ABI. */
type Given = { readonly [name: string]: unknown }

/** What it says of its function, looked up in the ABI where it is chosen by name. Everything else goes along: Rust refuses what is unknown. */
export function withFunction(given: unknown, path: string): unknown {
  if (typeof given !== 'object' || given === null || !('abi' in given || 'functionName' in given)) return given
  const { abi, functionName, ...rest } = given as Given
  if ('function' in rest) throw faulty(path, 'either function, or abi and functionName, not both')
  if (typeof functionName !== 'string') throw faulty(path, 'abi needs functionName, the name of the function as text')
  if ('data' in rest) throw faulty(path, 'either data, or abi and functionName, not both')
  return { ...rest, function: functionText(items(abi, path), functionName, rest['args'], path) }
}

/** The custom errors in the ABIs of calls or rules, as Solidity text. */
export function errorTexts(calls: unknown): string[] {
  const texts = new Set<string>()
  for (const call of Array.isArray(calls) ? calls : []) for (const text of errorsOf(call?.abi)) texts.add(text)
  return [...texts]
}

/** Errors of ABIs that were looked through: many calls bring the same one. They give names to reverts and decide nothing. */
const known = new WeakMap<object, readonly string[]>()

function errorsOf(abi: unknown): readonly string[] {
  if (typeof abi !== 'object' || abi === null) return []
  const before = known.get(abi)
  if (before) return before
  const texts: string[] = []
  for (const item of listed(abi) ?? []) {
    try {
      const text = typeof item === 'string' ? /^\s*error\s+(.+)$/s.exec(item)?.[1] : item?.type === 'error' ? signature(item) : undefined
      if (text !== undefined) texts.push(text)
    } catch {
      // It stays unknown by its name.
    }
  }
  known.set(abi, texts)
  return texts
}

/** The entries of an ABI: a list, or the artefact of a compiler around it. A copy, so that each is read once; nothing where it throws. */
function listed(abi: unknown): readonly (AbiItem | string)[] | undefined {
  try {
    return copied(abi)
  } catch {
    return undefined
  }
}

function copied(abi: unknown): readonly (AbiItem | string)[] | undefined {
  const list = Array.isArray(abi) || typeof abi !== 'object' || abi === null ? abi : (abi as { abi?: unknown }).abi
  if (!Array.isArray(list)) return undefined
  const copy: (AbiItem | string)[] = []
  for (let at = 0; at < list.length; at += 1) copy[at] = list[at]
  return copy
}

function items(abi: unknown, path: string): readonly (AbiItem | string)[] {
  const found = listed(abi)
  if (found) return found
  throw faulty(path, `abi is ${typeof abi === 'string' ? 'a text' : 'not a list of entries'}; pass the list, of JSON entries or of texts such as 'function f(uint256 a)'`)
}

/** The function as Solidity text. */
function functionText(abi: readonly (AbiItem | string)[], wanted: string, args: unknown, path: string): string {
  const [name = ''] = wanted.split('(')
  const texts = abi.flatMap((item) => readable(() => text(item, name.trim()) ?? [], path))
  const typed = wanted.includes('(') ? texts.filter((text) => typesOf(text) === typesOf(wanted)) : texts
  const [found, ...others] = typed.length > 1 ? typed.filter((text) => isCalledWith(text, args)) : typed
  if (found !== undefined && others.length === 0) return found
  if (found !== undefined) throw faulty(path, `the ABI has several functions ${wanted}; name it with its types, such as ${typesOf(found)}`)
  throw faulty(path, `the ABI has no function ${wanted}${UNNAMED.includes(wanted) ? ': coins are sent by a call without function and data' : ''}`)
}

/** Entries come from anywhere; one that is none is told as such. */
function readable<T>(read: () => T, path: string): T {
  try {
    return read()
  } catch {
    throw faulty(path, 'the ABI has an entry that cannot be read')
  }
}

/** What a contract has without a name. */
const UNNAMED: readonly string[] = ['receive', 'fallback', 'constructor']

/** An entry as Solidity text, if it is a function of this name. Old compilers leave out what kind an entry is. */
function text(item: AbiItem | string, name: string): string | undefined {
  if (typeof item === 'string') return /^\s*function\s+([\w$]+)/.exec(item)?.[1] === name ? item : undefined
  const { type = 'function', name: own, inputs } = item
  return type === 'function' && own === name ? signature({ name, inputs }) : undefined
}

/** Overloads are told apart by the number of arguments, or by their names. */
function isCalledWith(text: string, args: unknown): boolean {
  if (args === undefined) return true
  const { length, names } = parameters(text)
  if (Array.isArray(args)) return args.length === length
  return Object.keys(args as object).every((name) => names.includes(name))
}

/** `f(uint256 a, (bool b)[2] c) payable` as `f(uint256,(bool)[2])`. */
function typesOf(text: string): string {
  return parameters(text).types
}

/** Types, number and names of the parameters of a function's text. */
function parameters(text: string): { types: string; length: number; names: string[] } {
  // Where the text goes on after its parameters, that is no part of them.
  const tokens = text.replace(/^\s*function\s+/, '').replace(/\btuple\s*\(/g, '(').replace(/\s+payable\b/g, '').match(/[()[\],]|[^\s()[\],]+/g) ?? []
  const names: string[] = []
  let [types, depth, length, isType, ended] = ['', 0, 0, true, false]
  for (const token of tokens) {
    if (ended) break
    if (token === '(') depth += 1
    if (isType || depth === 0 || /^([()[\],]|\d+)$/.test(token)) types += token
    else if (depth === 1) names.push(token)
    if (token === ')') depth -= 1
    if (depth === 0 && token === ')') ended = true
    if (depth === 1 && token === ',') length += 1
    if (token === '(' || token === ',') isType = true
    else if (!/[[\]]/.test(token) && !/^\d+$/.test(token)) isType = false
  }
  return { types: types.replace(/\b(u?int)(?!\d)/g, '$1256'), length: types.endsWith('()') ? 0 : length + 1, names }
}

/** Name and parameters of an entry, which are copied first: what was looked at is what is sent. */
function signature({ name, inputs }: Pick<AbiItem, 'name' | 'inputs'>): string {
  const copy = plain(inputs ?? [], 'inputs', { mayLeaveOut: Infinity }) as unknown as readonly AbiParameter[]
  return `${word(name)}(${copy.map(parameter).join(',')})`
}

function parameter({ type, name, components }: AbiParameter): string {
  const ofType = type.startsWith('tuple') ? `(${(components ?? []).map(parameter).join(',')})${brackets(type.slice(5))}` : word(brackets(type, /^[\w$.]*/))
  return name ? `${ofType} ${word(name)}` : ofType
}

/** A name, or the word of a type: nothing in it can be read as another parameter. */
function word(text: unknown): string {
  if (typeof text === 'string' && /^[\w$.[\]]*$/.test(text)) return text
  throw new TypeError('not a name')
}

function brackets(text: string, before = /^/): string {
  if (/^(\[\d*\])*$/.test(text.replace(before, ''))) return text
  throw new TypeError('not a type')
}

function faulty(path: string, what: string): HallpassError {
  return new HallpassError({
    code: 'abi.function',
    shortMessage: `${path}: ${what}`,
    path,
  })
}

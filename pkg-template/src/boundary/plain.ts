import { HallpassError } from '../error.js'
import type { Hex } from '../types.js'

/** What of a value is no plain data, and how far it may be left out. */
export interface PlainOptions {
  /** Options that live (wallets, endpoints, listeners, signals): handed on as they are. */
  live?: readonly string[]
  /** Levels of objects in which `undefined` counts as left out. Below, and in a scope, it would drop what somebody meant to set. */
  mayLeaveOut?: number
}

/** Plain data: what its JSON says, and nothing else. Objects have no prototype. */
export type Plain = null | boolean | number | bigint | string | Plain[] | { [name: string]: Plain }

/** Levels to which a value may be nested. The module reads no deeper either. */
const DEEPEST = 60
/** Values that one may hold in all: more than any scope or batch that a chain takes. */
const MOST = 200_000
/** Letters, or bytes, that count as much as a value. */
const LETTERS = 64

/**
 * A copy of what an app gave, which is plain data all through: own enumerable names of plain objects and lists, texts, booleans, bigints,
 * safe integers, bytes (as hex), and dates where options stand (as `{ at }`). Every value is read once, so nothing changes afterwards.
 *
 * @throws {@link HallpassError} `input.type`, in a scope `scope.invalid`, with the place of whatever is none of these, `input.number` for another number
 */
export function plain(value: unknown, root: string, { live = [], mayLeaveOut = 0 }: PlainOptions = {}): Plain {
  const path: (string | number)[] = []
  let count = 0

  const refuse = (what: string, remedy?: string): never => {
    throw notPlain(place(root, path), what, remedy)
  }
  const read = (given: unknown): Plain => {
    if (++count > MOST) refuse('more values than can be meant')
    switch (typeof given) {
      case 'string':
        count += given.length / LETTERS
        return given
      case 'boolean':
      case 'bigint':
        return given
      case 'number':
        if (!Number.isSafeInteger(given)) throw notWhole(place(root, path), 'a whole number that JavaScript holds exactly')
        return given
      case 'object':
        if (given === null) return null
        if (path.length > DEEPEST) refuse('nested too deep, or in itself')
        return Array.isArray(given) ? list(given) : object(given)
      default:
        if (given === undefined) refuse('undefined', LEAVE_OUT)
        return refuse(`a ${typeof given}${path.length === 1 && live.length > 0 ? `; what lives is given as ${live.join(', ')}` : ''}`)
    }
  }
  const member = (name: string | number, given: unknown): Plain => {
    path.push(name)
    const copied = read(given)
    path.pop()
    return copied
  }
  const list = (given: unknown[]): Plain => {
    if (!Array.isArray(Object.getPrototypeOf(given))) refuse('an instance of a class')
    const { length } = given
    if (count + length > MOST) refuse('more values than can be meant')
    const names = Reflect.ownKeys(given)
    // `length` itself is one of them.
    if (names.length - 1 !== length) refuse('a list with holes or names')
    return Array.from({ length }, (_, index) => member(index, own(given, index)))
  }
  const object = (given: object): Plain => {
    if (given instanceof Uint8Array) {
      count += given.length / LETTERS
      if (count > MOST) refuse('more bytes than can be meant')
      return hex(given)
    }
    if (given instanceof Date && path.length === 1) return { at: read(Math.floor(Date.prototype.getTime.call(given) / 1000)) }
    if (!isPlain(given)) refuse(`${kind(given)}, not a plain object`)
    const copy: { [name: string]: Plain } = Object.create(null)
    for (const name of Reflect.ownKeys(given)) {
      if (typeof name === 'symbol') {
        if (Object.prototype.propertyIsEnumerable.call(given, name)) refuse('a symbol for a name')
        continue
      }
      const value = own(given, name)
      if (value === undefined && path.length < (path[0] === 'scope' ? 1 : mayLeaveOut)) continue
      if (path.length === 0 && live.includes(name)) copy[name] = value as Plain
      // An ABI is large, and read where the function is looked up.
      else if (name === 'abi' && path.at(-2) === 'calls') copy[name] = value as Plain
      else copy[name] = member(name, value)
    }
    return copy
  }
  /** An own, enumerable value. What a getter says may change. */
  const own = (given: object, name: string | number): unknown => {
    const property = Object.getOwnPropertyDescriptor(given, name)
    if (property && 'value' in property && property.enumerable) return property.value
    path.push(name)
    return refuse(property && !('value' in property) ? 'a getter' : property ? 'a name that cannot be enumerated' : 'nothing')
  }

  try {
    return read(value)
  } catch (thrown) {
    if (thrown instanceof HallpassError) throw thrown
    // A proxy, or what stands in for something that the engine knows: what it throws is nobody's business.
    throw notPlain(place(root, path), 'cannot be read')
  }
}

/** The options of a call, or of a part of it. */
export function plainOptions<T extends object>(value: T | undefined, root: string, settings: PlainOptions = {}): T {
  const read = plain(value, root, { mayLeaveOut: 1, ...settings })
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read as T
  throw notPlain(root || 'options', 'not an object with names')
}

const LEAVE_OUT = 'Leave the name out if nothing is meant; a variable that was never set must not drop a limit.'

/**
 * The options of a helper that makes rules, of which none may be `undefined` or unknown: what was to bound a rule would fall away.
 *
 * @throws `HallpassError` `input.type`
 */
export function helperOptions<T extends object>(options: T, helper: string, known: readonly (keyof T & string)[]): T {
  const read = plainOptions(options, helper, { mayLeaveOut: 0 })
  const unknown = Object.keys(read).find((name) => !(known as readonly string[]).includes(name))
  if (unknown === undefined) return read
  throw notPlain(`${helper}.${unknown}`, `unknown field; known are ${known.join(', ')}`)
}

function notPlain(path: string, what: string, remedy?: string) {
  return new HallpassError({ code: /^scope\b/.test(path) ? 'scope.invalid' : 'input.type', shortMessage: `${path}: ${what}`, remedy, path })
}

/** A number that is none that is meant. */
export function notWhole(path: string, wanted: string): HallpassError {
  return new HallpassError({ code: 'input.number', shortMessage: `${path} is not ${wanted}`, path })
}

const place = (root: string, path: readonly (string | number)[]) =>
  path.reduce<string>((text, name) => (typeof name === 'number' ? `${text}[${name}]` : text ? `${text}.${name}` : name), root) || 'options'

/** Whether an object has no prototype, or that of objects, of this page or another realm. */
function isPlain(given: object): boolean {
  const prototype = Object.getPrototypeOf(given)
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
}

const kind = (given: object) => Object.prototype.toString.call(given).slice(8, -1).replace('Object', 'an instance of a class')

function hex(bytes: Uint8Array): Hex {
  let digits = ''
  for (let at = 0; at < bytes.length; at += 1) digits += (bytes[at] ?? 0).toString(16).padStart(2, '0')
  return `0x${digits}`
}

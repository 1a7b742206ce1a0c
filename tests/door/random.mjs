// Random values as apps give them: plain data, and what only looks like it. The same seed gives the same values.

/** Numbers from 0 to below 1 (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const pick = (random, list) => list[Math.floor(random() * list.length)]
const up = (random, most) => Math.floor(random() * (most + 1))

const TEXTS = [
  '', '0', '1', '5', '-1', '0x', '0x1', '0xff', '1e3', '0.5 ether', '1 gwei', '4h', '90s', '14400', 'soon', 'native', 'any', 'none', 'to', 'self', 'true', 'null', '\u0000', '\ud800', '€',
  '0x00000000000000000000000000000000000b0a2d', '0xb0A2D00000000000000000000000000000000000', 'f(uint256 n)', 'receive()', 'constructor(address a)', 'danger:wildcard', 'local:spend[0]', '__proto__', '$serde_json::private::Number',
]
const NAMES = ['to', 'function', 'args', 'value', 'max', 'any', 'self', 'eq', 'lte', 'oneOf', 'between', 'members', 'amount', 'limits', 'gas', 'at', 'constructor', '__proto__', 'toJSON', 'length', 'x', '']

/** Plain data: what its JSON says, bigints as decimal text and bytes as hex. */
export function plainValue(random, depth = 3) {
  const leaf = [
    () => pick(random, TEXTS), () => pick(random, TEXTS), () => up(random, 300), () => -up(random, 5), () => BigInt(up(random, 1000)), () => 2n ** BigInt(up(random, 260)) - 1n,
    () => random() < 0.5, () => null, () => Uint8Array.from({ length: up(random, 40) }, () => up(random, 255)), () => Number.MAX_SAFE_INTEGER,
  ]
  const nested = [
    () => Array.from({ length: up(random, 3) }, () => plainValue(random, depth - 1)),
    () => named(random, () => plainValue(random, depth - 1)),
    () => Object.freeze(named(random, () => plainValue(random, depth - 1))),
    () => Object.assign(Object.create(null), named(random, () => plainValue(random, depth - 1))),
  ]
  return pick(random, depth > 0 ? [...leaf, ...nested] : leaf)()
}

function named(random, value) {
  const object = {}
  for (let count = up(random, 3); count > 0; count -= 1) Object.defineProperty(object, pick(random, NAMES), { value: value(), enumerable: true, configurable: true, writable: true })
  return object
}

/** What is no plain data, each around what could have been meant. */
export function oddValue(random) {
  const meant = plainValue(random, 2)
  const inner = typeof meant === 'object' && meant !== null && !(meant instanceof Uint8Array) ? meant : { eq: meant }
  return pick(random, [
    () => undefined, () => () => meant, () => Symbol('it'), () => new Map(Object.entries(inner)), () => new Set([meant]), () => Promise.resolve(meant), () => NaN, () => Infinity, () => 1.5, () => 2 ** 53,
    () => new (class Rule { constructor() { for (const name of Object.keys(inner)) Object.defineProperty(this, name, { value: inner[name], enumerable: true }) } })(), () => new (class { get eq() { return meant } })(), () => ({ get eq() { return meant } }), () => ({ ...inner, [Symbol('it')]: 1 }),
    () => Object.create(inner), () => Object.defineProperty({ ...inner }, 'hidden', { value: meant }), () => new Number(5), () => new String('5'), () => [meant, , meant], () => Object.assign([meant], { also: 1 }),
    () => new (class List extends Array {})(), () => Array, () => /it/, () => new Error('it'), () => new WeakMap(), () => new Float64Array(2), () => new ArrayBuffer(8), () => Object(5n), () => Object(Symbol('it')),
    () => { const cycle = { ...inner }; cycle.cycle = cycle; return cycle }, () => { const list = []; list.push(list); return list }, () => deep(5000), () => async () => meant, () => function* () {}, () => globalThis,
  ])()
}

function deep(levels) {
  let value = 1
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value }
  return value
}

/** All places in a value, as paths; the value itself is the empty one. */
export function places(value, path = []) {
  if (typeof value !== 'object' || value === null || value instanceof Date) return [path]
  return [path, ...Object.keys(value).flatMap((name) => places(value[name], [...path, name]))]
}

/** A copy with something else at a place. */
export function withAt(value, [name, ...rest], given) {
  if (name === undefined) return given
  const copy = Array.isArray(value) ? [...value] : { ...value }
  Object.defineProperty(copy, name, { value: withAt(value[name], rest, given), enumerable: true, configurable: true, writable: true })
  return copy
}

/** What the JSON of plain data says. */
export function said(value) {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return { at: Math.floor(value.getTime() / 1000) }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(said)
  const copy = {}
  for (const name of Object.keys(value)) Object.defineProperty(copy, name, { value: said(value[name]), enumerable: true })
  return copy
}

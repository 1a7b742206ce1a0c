// Numbers, addresses and times as people read them.

/** `0x1234…abcd`. */
export const short = (hex: string, head = 6, tail = 4): string =>
  hex.length <= head + tail + 1 ? hex : `${hex.slice(0, head)}…${hex.slice(-tail)}`

/** Wei or token units of so many decimals, with at most `places` of them and none empty. */
export function units(amount: bigint, places = 6, decimals = 18): string {
  const digits = amount.toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const fraction = digits.slice(point).slice(0, places).replace(/0+$/, '')
  const whole = BigInt(digits.slice(0, point)).toLocaleString('en')
  if (amount > 0n && whole === '0' && fraction === '') return `< 0.${'0'.repeat(places - 1)}1`
  return fraction === '' ? whole : `${whole}.${fraction}`
}

export const ether = (wei: bigint): string => `${units(wei)} ETH`

/** A text with its long amounts of wei in ether, exact, and without runs of hex that nobody reads. */
export const readable = (text: string): string =>
  text
    .replace(/\b(\d{13,}) wei\b/g, (_, wei: string) => `${units(BigInt(wei), 18)} ETH`)
    .replace(/0x[0-9a-fA-F]{67,}/g, (hex) => short(hex, 10, 4))

export const count = (number: number | bigint, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${BigInt(number) === 1n ? one : many}`

/** `3:59:07`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
}

/** `0.4 s`. */
export const elapsed = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

/** A time as the visitor's own clock has it. */
export const localTime = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })

const STEPS = [
  ['year', 31_556_952],
  ['month', 2_629_746],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** `in 4 hours`, `3 days ago`: from now, in the largest unit of which there are two. */
export function fromNow(seconds: number): string {
  const away = seconds - Date.now() / 1000
  const words = new Intl.RelativeTimeFormat('en')
  const [unit, size] = STEPS.find(([, size]) => Math.abs(away) >= 2 * size) ?? (['second', 1] as const)
  return words.format(Math.trunc(away / size), unit)
}

/** `Board, Feed and Gold`. */
export const listed = (names: readonly string[]): string => new Intl.ListFormat('en').format(names)

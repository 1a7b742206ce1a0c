// The package's sentences in the words of this page: contracts by their names, units of tokens as amounts.
import type { Address, TokenNames } from 'hallpass'
import { short, units } from './format'
import { h } from './ui/dom'

export interface Words {
  /** Names by address in lower case. */
  readonly names: ReadonlyMap<string, string>
  readonly tokens: TokenNames
}

/** A page that knows no contract. */
export const NO_WORDS: Words = { names: new Map(), tokens: {} }

/** A number so long that it is no count of anything: units of a token, or an address read as a number. */
const LONG = /(?<![\w.])\d{16,}(?!\w|\.\d)/g
const ADDRESS = /(0x[0-9a-fA-F]{40}\b)/
/** Ether to the wei, as balances are. */
const EXACT = /\b(\d+\.\d{6})\d+(?= ETH)/g

/**
 * A sentence with addresses by name, or shortened with the whole of them at hand. `about` is the token that its numbers count, where the
 * sentence does not name it.
 */
export function inWords(text: string, words: Words, about?: Address | null): (Node | string)[] {
  return withAmounts(text.replace(EXACT, shortened), words, about)
    .split(ADDRESS)
    .map((part, index) => (index % 2 === 0 ? part : named(part, words)))
}

/** An address by its name, or shortened. */
export function named(address: string, { names }: Words): HTMLElement {
  const name = names.get(address.toLowerCase())
  return h('abbr', { title: address, class: name ? 'named' : 'address' }, name ?? short(address))
}

/** Units of a token as an amount, where this page knows its decimals. */
export function tokenAmount(amount: bigint, token: Address, { tokens }: Words): string {
  const found = find(tokens, token)
  return found === undefined ? `${amount.toLocaleString('en')} units` : shown(amount, found)
}

type Token = TokenNames[Address]

const shown = (amount: bigint, { symbol = 'units', decimals = 0 }: Token): string => `${units(amount, 6, decimals)} ${symbol}`

const find = (tokens: TokenNames, address: string): Token | undefined =>
  Object.entries(tokens).find(([token]) => token.toLowerCase() === address.toLowerCase())?.[1]

function withAmounts(text: string, { tokens }: Words, about: Address | null | undefined): string {
  const address = about ?? Object.keys(tokens).find((token) => text.toLowerCase().includes(token.toLowerCase()))
  const token = address === undefined ? undefined : find(tokens, address)
  if (token === undefined) return text.replace(LONG, addressOf)
  const amount = (digits: string) => shown(BigInt(digits), token)
  return text
    .replace(/\b(\d+) units of token 0x[0-9a-fA-F]{40}/g, (_, digits: string) => amount(digits))
    .replace(/\bat most (\d+) with each\b/g, (_, digits: string) => `at most ${amount(digits)} with each`)
    .replace(LONG, amount)
}

/** Very small amounts stay whole: their first digits are none. */
const shortened = (whole: string, start: string): string => (Number(start) === 0 ? whole : `${start}…`)

/** Bytes alone do not tell a number from an address. One of this length is hardly a number. */
function addressOf(digits: string): string {
  const number = BigInt(digits)
  return number >> 128n !== 0n && number >> 160n === 0n ? `0x${number.toString(16).padStart(40, '0')}` : digits
}

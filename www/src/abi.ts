// The little of the contract ABI that the page's own reads need. Calls of a session are encoded by hallpass.
import type { Hex } from 'hallpass'

/** A whole number or an address. */
type Word = bigint | number | Hex

const word = (value: Word): string =>
  (typeof value === 'string' ? value.slice(2).toLowerCase() : BigInt(value).toString(16)).padStart(64, '0')

/** Calldata of a function whose arguments are all of one word. */
export const callData = (selector: Hex, ...args: Word[]): Hex => `${selector}${args.map(word).join('')}` as Hex

/** Calldata of a function with one `string`. */
export function textCallData(selector: Hex, text: string): Hex {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const padded = bytes.padEnd(Math.ceil(bytes.length / 64) * 64, '0')
  return `${selector}${word(32)}${word(bytes.length / 2)}${padded}` as Hex
}

/** Reads what a contract answered. */
export class Answer {
  private readonly digits: string

  constructor(data: unknown) {
    this.digits = typeof data === 'string' ? data.slice(2) : ''
    if (this.digits.length < 64) throw new Error('There is no such contract on this chain.')
  }

  number(index: number): bigint {
    return BigInt(`0x${this.digits.slice(index * 64, index * 64 + 64)}`)
  }

  flag(index: number): boolean {
    return this.number(index) !== 0n
  }

  address(index: number): Hex {
    return `0x${this.digits.slice(index * 64 + 24, index * 64 + 64)}`
  }

  text(index: number): string {
    const start = Number(this.number(index)) * 2
    const length = Number(BigInt(`0x${this.digits.slice(start, start + 64)}`)) * 2
    const pairs = this.digits.slice(start + 64, start + 64 + length).match(/../g) ?? []
    return new TextDecoder().decode(Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16)))
  }
}

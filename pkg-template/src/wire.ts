import { HallpassError } from './error.js'
import type { Hex, Quantity, UserOperation } from './types.js'

/** A number as JSON-RPC writes it. */
export function quantity(value: Quantity, name: string): Hex {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' ? value < 0n : !Number.isSafeInteger(value) || value < 0) {
    throw new HallpassError({
      code: 'input.number',
      shortMessage: `${name} is not a whole number that is zero or more`,
      remedy: 'Pass a bigint, a safe integer, or hex.',
    })
  }
  return `0x${value.toString(16)}`
}

/** JSON text of a user operation in its wire form (ERC-7769). Which fields are right is for Rust to say. */
export function wireText(userOperation: UserOperation): string {
  return JSON.stringify(userOperation, (key, value: unknown) => {
    if (typeof value === 'bigint' || typeof value === 'number') return quantity(value, key)
    return value
  })
}

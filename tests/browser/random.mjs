// Random numbers that can be had again: a test that fails prints its seed, and HALLPASS_SEED repeats it.
import { randomInt } from 'node:crypto'

/** The seed of this run: HALLPASS_SEED, or a new one. */
export const seed = Number(process.env.HALLPASS_SEED ?? randomInt(2 ** 31))

/** A source of whole numbers from 0 to below `most` (a linear congruential generator; nothing secret hangs on it). */
export function numbersFrom(start) {
  let state = BigInt(start)
  return (most) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return Number((state >> 33n) % BigInt(most))
  }
}

/** Runs a test's work; where it fails, the message says the seed. */
export async function seeded(work) {
  try {
    return await work(numbersFrom(seed))
  } catch (fault) {
    fault.message += ` (HALLPASS_SEED=${seed})`
    throw fault
  }
}

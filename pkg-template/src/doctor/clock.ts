import type { Endpoint } from '../hallpass.js'
import { type Ask, askNode, type Block } from './node.js'
import type { Probe, Verdict } from './probe.js'

/** Seconds that a clock may be behind the newest block: the node's own clock and the way of its answer are in there. */
const BEHIND = 30
/** Seconds of age of the newest block that say nothing yet: chains pause, and nodes lag. */
const OLD = 300
/** How many blocks tell whether a chain makes them regularly. */
const STRETCH = 32
/** A block that is later than so many of its chain's usual intervals is missing. */
const INTERVALS = 20

const SYNCHRONISE = 'Have the device set its time automatically.'

/**
 * This device's clock against the newest block. A block is never made before its time, so a clock behind it is wrong, or the chain's is.
 * A clock ahead of it may be right: no block may have been made since, as on a local chain, or the node may lag. That is said only of
 * chains whose blocks come regularly.
 */
export function clock(endpoint: Endpoint | undefined): Probe {
  return {
    id: 'clock',
    async look() {
      if (endpoint === undefined) return { state: 'unknown', sentence: 'No node was given, so the clock was compared with nothing.' }
      const answer = await askNode(endpoint)
      if (answer.kind === 'forbidden') return forbidden(answer.origin)
      if (answer.kind === 'silent') return { ...SILENT, detail: answer.detail }
      const { latest, now, ask } = answer
      const age = Math.round(now) - latest.time
      const detail = `newest block: ${age < 0 ? `${span(-age)} ahead` : `${span(age)} old`}`
      if (age < -BEHIND) return { ...behind(-age), detail }
      if (age <= OLD) return { state: 'ok', sentence: 'The clock of this device fits the newest block.', detail }
      const pace = await paceOf(latest, ask).catch(() => undefined)
      if (pace === undefined || age <= INTERVALS * pace) return { ...untold(age), detail }
      return { ...ahead(age), detail: `${detail}, one every ${span(Math.round(pace))}` }
    },
    failed: () => ({ state: 'unknown', sentence: 'The node answers too slowly for the clock to be compared.' }),
  }
}

/** Seconds between blocks: the longest of two stretches, so that a burst after a pause is not taken for a chain's pace. */
async function paceOf(latest: Block, ask: Ask): Promise<number | undefined> {
  const first = latest.number - 2 * STRETCH
  if (first < 0) return undefined
  const [early, middle] = await Promise.all([ask(first), ask(first + STRETCH)])
  return Math.max(latest.time - middle.time, middle.time - early.time) / STRETCH
}

const SO = 'no session can be asked for, taken up or used'

const SILENT: Verdict = {
  state: 'fault',
  sentence: `The node does not answer: ${SO}.`,
  remedy: 'Look at its address, whether it is https, and whether the node allows requests from the origin of this page (CORS).',
}

const forbidden = (origin: string): Verdict => ({
  state: 'fault',
  sentence: `The Content-Security-Policy of this page keeps it from its node: ${SO}.`,
  remedy: `Add ${origin} to connect-src of the policy, and the bundler and the paymaster with it.`,
})

const behind = (seconds: number): Verdict => ({
  state: 'warning',
  sentence: `The clock of this device is ${span(seconds)} behind the chain: sessions may end that much earlier than asked.`,
  remedy: `${SYNCHRONISE} On a local chain whose time was moved ahead this is no fault.`,
})

const ahead = (seconds: number): Verdict => ({
  state: 'warning',
  sentence:
    `The newest block is ${span(seconds)} older than the clock of this device says: either the clock is ahead, and a session asked for now ` +
    'lasts that much longer on chain than asked, or the node lags behind its chain.',
  remedy: `${SYNCHRONISE} If it is right, ask another node.`,
})

const untold = (seconds: number): Verdict => ({
  state: 'unknown',
  sentence: `The newest block is ${span(seconds)} old: no block may have been made since, or the clock of this device is ahead. It cannot be told.`,
})

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** `45 seconds`, `2 hours`: in the largest unit of which there are two. */
function span(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? (['second', 1] as const)
  const number = Math.round(seconds / size)
  return `${number} ${unit}${number === 1 ? '' : 's'}`
}

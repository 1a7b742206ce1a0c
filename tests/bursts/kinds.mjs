// What can go wrong on the way, kind by kind: for each request of a round a plan, or none. A kind strikes every fourth operation, each
// once, so that a client that tries again gets through in the end.
import { SEND, control, hashOf, sleep } from './stack.mjs'

/** One operation of so many is struck. */
const EVERY = 4

/** `strike(operation)` for every fourth operation, told apart by their nonces: the first of them in round 1, the second in round 2, … */
function everyFourth(round, strike) {
  const seen = new Set()
  return ({ method, params }) => {
    if (method !== SEND || seen.has(params[0].nonce)) return undefined
    seen.add(params[0].nonce)
    return (seen.size - 1) % EVERY === (round - 1) % EVERY ? strike(params[0]) : undefined
  }
}

/** Makes of `{ round, random, stack }` what a round asks: `planOf(request)` and, where something has to be put right, `end()`. */
export const KINDS = {
  /** Nothing goes wrong: says whether the rest can be trusted. */
  none: () => ({ planOf: () => undefined }),

  /** The bundler has it, and its answer gets lost. */
  lose: ({ round }) => ({ planOf: everyFourth(round, () => ({ lost: true })) }),

  /** It gets lost before the bundler has it. */
  'lose-before': ({ round }) => ({ planOf: everyFourth(round, () => ({ times: 0, lost: true })) }),

  /** Every request takes its time; some operations long enough to be overtaken, on their way there or back. */
  delay: ({ round, random }) => {
    const slow = everyFourth(round, () => (random(2) ? { before: 1000 + random(1000) } : { after: 1000 + random(1000) }))
    return { planOf: (request) => slow(request) ?? { before: random(100), after: random(100) } }
  },

  /** The answer says that it was taken; nobody has it. */
  drop: ({ round, stack }) => ({
    planOf: everyFourth(round, (operation) => ({ times: 0, result: hashOf(operation, stack) })),
  }),

  /** The bundler gets it twice; the client hears the first answer, or the second, which may be a refusal. */
  double: ({ round, random }) => ({ planOf: everyFourth(round, () => ({ times: 2, last: random(2) === 1 })) }),

  /** The bundler dies as soon as it has taken one from the middle, with all that it had not yet passed on, and comes back a moment later. */
  'restart-bundler': ({ random, stack, count }) => {
    const after = Math.max(1, Math.floor(count / 4) + random(Math.ceil(count / 2)))
    const seen = new Set()
    let back
    const begin = (answer) => {
      if (back || !answer || !JSON.parse(answer).result) return false
      back = restartBundler(stack, random(1000))
      // Told where the round ends.
      back.catch(() => {})
      return true
    }
    const planOf = ({ method, params }) => {
      if (method !== SEND || back) return undefined
      seen.add(params[0].nonce)
      return seen.size >= after ? { then: begin } : undefined
    }
    return { planOf, end: () => back }
  },
}

let restarting
/** Of rounds that run together only one does it at a time, and the others meet it too. */
function restartBundler(stack, pause) {
  const restart = async () => {
    await control(stack, 'kill-bundler')
    await sleep(pause)
    await control(stack, 'start-bundler')
  }
  restarting ??= restart().finally(() => (restarting = undefined))
  return restarting
}

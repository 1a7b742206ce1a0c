// Bursts of operations on the local stack while something goes wrong on the way: none may be lost, none doubled, all in order.
//
// node tests/bursts/run.mjs --pkg <folder of the built package> --stack <line of xtask/stack/boot.mjs> [options]
//
// HALLPASS_PACKAGE and HALLPASS_STACK may say the first two. The others:
//   --rounds N       rounds of each kind, 1 if not given     --kinds a,b     only these of kinds.mjs
//   --count N        moves of a round, 16 if not given       --gap MS        between two of them
//   --sponsored      a paymaster pays                        --together N    rounds at the same time
//   --patience S     longest wait for a move, in seconds     --seed N        repeats what was drawn at random
//   --most N         requests a move at most                 --verbose       requests by method, and every message
//
// A line per round, a line per kind, and at last `N passed, N failed`. In odd rounds all moves are sent before the session is enabled;
// in even ones the first is included before the others go.
import { parseArgs } from 'node:util'
import { randomInt } from 'node:crypto'
import { KINDS } from './kinds.mjs'
import { runRound } from './rounds.mjs'
import { load } from './session.mjs'
import { numbersFrom } from '../browser/random.mjs'

const text = (usual) => ({ type: 'string', default: usual === undefined ? undefined : String(usual) })
const { values: options } = parseArgs({
  options: {
    pkg: text(process.env.HALLPASS_PACKAGE),
    stack: text(process.env.HALLPASS_STACK),
    rounds: text(1),
    kinds: text(Object.keys(KINDS).join(',')),
    count: text(16),
    gap: text(0),
    together: text(1),
    patience: text(),
    most: text('Infinity'),
    seed: text(randomInt(2 ** 31)),
    sponsored: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
})
const kinds = options.kinds.split(',')
const unknown = kinds.filter((kind) => !Object.hasOwn(KINDS, kind))
if (!options.pkg || !options.stack || unknown.length > 0) {
  console.error(unknown.length > 0 ? `no such kind: ${unknown}; there are ${Object.keys(KINDS)}` : 'give --pkg and --stack: see the head of run.mjs')
  process.exit(2)
}
const stack = JSON.parse(options.stack)
const [rounds, count, gap, together, seed, most] = ['rounds', 'count', 'gap', 'together', 'seed', 'most'].map((name) => Number(options[name]))
if (count > 256) throw new Error('the board has 256 places, and every move of a round goes to its own')
const hallpass = await load(options.pkg)
/** Where blocks are slow the bundler takes about one operation of an account into each, and not always that. */
const patience = 1000 * Number(options.patience ?? 40 + (count * gap) / 1000 + stack.blockTime * (4 + 2.5 * count))

async function one(kind, round) {
  // Each of its own, so that a round can be had again without those before it.
  const random = numbersFrom(seed + 1000 * Object.keys(KINDS).indexOf(kind) + round)
  const enabled = round % 2 === 0
  try {
    return await runRound({ kind, round, random, hallpass, stack, count, gap, sponsored: options.sponsored, enabled, patience })
  } catch (fault) {
    return { right: 0, wrong: [`stopped: ${fault.message}`], undone: [], requests: 0, byMethod: {}, messages: [], seconds: 0, faults: 0 }
  }
}

function print(kind, round, { right, wrong, undone, requests, byMethod, messages, seconds, faults }) {
  const tooMany = requests > most * count ? [`more than ${most} requests a move`] : []
  const ok = right === count && wrong.length === 0 && tooMany.length === 0
  const faulty = [...wrong, ...undone, ...tooMany].join('; ')
  const figures = `${right} of ${count}, ${requests} requests, ${seconds.toFixed(1)} s, ${faults} faults`
  console.log(`${ok ? 'ok' : 'not ok'} ${kind} round ${round}: ${figures}${faulty && ` (${faulty})`}`)
  if (!options.verbose) return ok
  console.log(`  ${Object.entries(byMethod).map(([method, times]) => `${times} ${method}`).join(', ')}`)
  for (const message of messages) console.log(`  ${message.replaceAll('\n', ' ')}`)
  return ok
}

const results = []
/** Runs every round of these kinds, `together` of them at a time. */
async function runAll(kinds) {
  const jobs = kinds.flatMap((kind) => Array.from({ length: rounds }, (_, at) => [kind, at + 1]))
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const result = await one(...job)
      results.push({ kind: job[0], ...result, ok: print(...job, result) })
    }
  }
  await Promise.all(Array.from({ length: together }, worker))
}

function summary(kind) {
  const all = results.filter((result) => result.kind === kind)
  const good = all.filter(({ ok }) => ok)
  const wrong = all.filter(({ wrong }) => wrong.length > 0)
  const mean = (of) => (good.reduce((sum, result) => sum + of(result), 0) / (good.length * count)).toFixed(2)
  const bad = `, ${all.length - good.length - wrong.length} with moves undone or untold, ${wrong.length} with worse`
  const figures = `, ${mean(({ requests }) => requests)} requests and ${mean(({ seconds }) => seconds)} s a move`
  return `${kind}: ${good.length} of ${all.length} rounds${good.length < all.length ? bad : ''}${good.length > 0 ? figures : ''}`
}

// While the bundler is killed no round of another kind can run.
const RESTART = 'restart-bundler'
await runAll(kinds.filter((kind) => kind !== RESTART))
await runAll(kinds.filter((kind) => kind === RESTART))
const passed = results.filter(({ ok }) => ok).length
const failed = results.length - passed
for (const kind of kinds) console.log(summary(kind))
if (failed > 0) console.log(`--seed ${seed} repeats what was drawn`)
console.log(`${passed} passed, ${failed} failed`)
// A client that still waits for something would keep Node alive.
process.exit(failed > 0 ? 1 : 0)

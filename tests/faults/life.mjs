// A life with one fault in it: a session is asked for, moves (1, 2) and (3, 4), and, once the fault is over, the next move. Answers the
// record that the checker judges.
import { SECRET } from './endpoints.mjs'
import { sleep } from './tools.mjs'
import { World } from './world.mjs'

/** Milliseconds that an app has patience for a session, a move, and a move after the fault. */
const PATIENCE = { request: 4500, move: 5500, next: 5000 }
const PRICE = 'pimlico_getUserOperationGasPrice'
/** Milliseconds after which fees are asked for again. */
const QUOTE_LASTS = 2100
/** Pause before the next move is tried again: what was signed for one nonce may still take the place of what follows it. */
const PAUSE = 500

const describe = (hallpass, error) => ({
  isOurs: error instanceof hallpass.HallpassError,
  code: error?.code,
  shortMessage: error?.shortMessage,
  remedy: error?.remedy,
  mayStillLand: error?.mayStillLand,
  userOpHash: error?.userOpHash,
  text: [error?.message, error?.cause?.message, error?.stack].join(' '),
})

/** What comes of a promise in time. */
function inTime(promise, milliseconds) {
  let timer
  const late = new Promise((resolve) => (timer = setTimeout(() => resolve({ late: true }), milliseconds)))
  const settled = promise.then((value) => ({ value }), (error) => ({ error }))
  return Promise.race([settled, late]).finally(() => clearTimeout(timer))
}

async function ask(world, milliseconds) {
  const { value: session, error, late } = await inTime(world.request(), milliseconds)
  if (late) return { told: 'nothing' }
  return error ? { told: 'error', error: describe(world.hallpass, error) } : { told: 'session', session }
}

async function move(world, session, part, place, { timeout, until, patience }) {
  const outcome = { move: place.join(), part }
  const sending = async () => world.move(session, place, timeout).wait({ timeout: `${Math.ceil(patience / 1000 - 1)}s`, ...(until ? { until } : {}) })
  const { value: receipt, error, late } = await inTime(sending(), patience)
  if (late) return { ...outcome, told: 'nothing' }
  const undone = receipt?.success === false ? receipt : error?.code === 'execution.reverted' ? (error.receipt ?? error) : undefined
  if (undone) return { ...outcome, told: 'reverted', hash: undone.userOpHash }
  if (error) return { ...outcome, told: 'error', error: describe(world.hallpass, error) }
  return { ...outcome, told: 'success', hash: receipt.userOpHash }
}

/** Everything that waits is included, as it would be in time. */
async function settle({ chain }) {
  for (let turn = 0; turn < 75 && chain.pool.size > 0; turn += 1) await sleep(40)
  await sleep(80)
}

/** Lives it, and answers `{ request, asked, ledger, gas, secret }`. */
export async function live(hallpass, { parts, world: options, timeout = '4s', until, patience = PATIENCE.move }) {
  const world = await new World(hallpass, parts, options).open()
  try {
    const asked = []
    // A fault of the price is met only by whoever asks for it.
    const untilQuoted = (part) => sleep(parts.some(({ method, when }) => method === PRICE && when === part) ? QUOTE_LASTS : 0)
    const request = await ask(world, PATIENCE.request)
    let { session } = request
    let before = session?.remaining().gas
    const how = { timeout, until, patience }
    if (session) {
      await untilQuoted('first')
      world.enter('first')
      asked.push(await move(world, session, 'first', [1, 2], how))
      await untilQuoted('second')
      world.enter('second')
      asked.push(await move(world, session, 'second', [3, 4], how))
    }
    await world.recover()
    if (!session) {
      ;({ session } = await ask(world, PATIENCE.request))
      before = session?.remaining().gas
    }
    const end = Date.now() + PATIENCE.next
    for (let turn = 0; session && Date.now() < end; turn += 1) {
      const patience = Math.max(1500, end - Date.now())
      const outcome = await move(world, session, 'next', [5 + 2 * turn, 6 + 2 * turn], { timeout: '4s', patience })
      asked.push(outcome)
      if (outcome.told === 'success' || outcome.told === 'nothing') break
      await sleep(PAUSE)
    }
    await settle(world)
    const gas = session ? { before, after: session.remaining().gas } : undefined
    const { session: _, ...told } = request
    return { request: told, asked, ledger: world.ledger(), gas, secret: SECRET }
  } finally {
    world.close()
  }
}

// A round: a new session behind a proxy of its own, a burst of moves, and what became of each.
import { cellOf, judge, operationsOf } from './check.mjs'
import { KINDS } from './kinds.mjs'
import { startProxy } from './proxy.mjs'
import { open } from './session.mjs'
import { MOVE, SEND, hashOf, isOutstanding, sleep } from './stack.mjs'

/** Longest wait for what the bundler still has: blocks, and milliseconds on top. Behind a gap in the nonces it may have some for ever. */
const LATE = [6, 3000]

/**
 * Runs it. `count` moves, `gap` milliseconds apart; with `enabled` the first one enables the session before the others are sent,
 * otherwise all are sent at once. Nobody waits longer than `patience` milliseconds for any of them.
 */
export async function runRound({ kind, round, random, hallpass, stack, count, gap, sponsored, enabled, patience }) {
  const { planOf, end } = KINDS[kind]({ round, random, stack, count })
  const { chain, bundler, paymaster } = stack
  // Faults begin with the burst.
  let burst = false
  const handedOver = new Set()
  const plan = (request) => {
    if (request.method === SEND) handedOver.add(hashOf(request.params[0], stack))
    return burst ? planOf(request) : undefined
  }
  const proxy = await startProxy({ chain, bundler, paymaster }, plan, () => random(2) === 1)
  try {
    const session = await open(hallpass, stack, proxy.endpoints, sponsored)
    const opening = proxy.asked.length
    burst = true
    const started = performance.now()
    const told = await send(session, stack, { count, gap, enabled, patience })
    const seconds = (performance.now() - started) / 1000
    const asked = proxy.asked.slice(opening)
    await end?.()
    await settle(stack, handedOver)
    const faults = asked.filter(({ fault }) => fault).length
    const judgement = judge(told, await operationsOf(stack, session.account))
    if (kind !== 'none' && faults === 0) judgement.wrong.push('nothing went wrong on the way')
    const messages = [...new Set(told.flatMap((what) => what?.message ?? []))]
    return { ...judgement, requests: asked.length, byMethod: byMethod(asked), messages, seconds, faults }
  } finally {
    await end?.()?.catch(() => {})
    proxy.close()
  }
}

/** Sends the moves and waits for all: what was told of each. */
async function send(session, stack, { count, gap, enabled, patience }) {
  const told = Array(count).fill(undefined)
  const deadline = sleep(patience)
  const waits = []
  for (let index = 0; index < count; index += 1) {
    const sending = session.sendCalls({ calls: [{ to: stack.board, function: MOVE, args: cellOf(index) }] })
    const outcome = sending.wait().then(
      (receipt) => ({ success: true, hash: receipt.userOpHash }),
      (fault) => ({ error: fault.code ?? `untyped ${fault}`, message: fault.message, mayStillLand: fault.mayStillLand === true }),
    )
    waits.push(Promise.race([outcome, deadline]).then((what) => (told[index] = what)))
    if (enabled && index === 0) await waits[0]
    if (gap > 0) await sleep(gap)
  }
  await Promise.all(waits)
  return told
}

/** Until nothing more is to be expected on chain: a killed bundler's last transaction, and what the bundler still has. */
async function settle(stack, hashes) {
  const block = 1000 * stack.blockTime
  const end = Date.now() + LATE[0] * block + LATE[1]
  await sleep(block + 500)
  for (const hash of hashes) {
    while (Date.now() < end && (await isOutstanding(stack, hash))) await sleep(100)
  }
}

function byMethod(asked) {
  const counts = {}
  for (const method of asked.flatMap(({ methods }) => methods)) counts[method] = (counts[method] ?? 0) + 1
  return counts
}

// The browser is killed at random moments while it asks, enables, sends, locks and forgets. What it finds on its disk afterwards is a
// session as it was, or a reason why there is none: never an error without a code, never a mix.
//
// HALLPASS_KILLS  how often, by default ten times
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationsOf } from './chain.mjs'
import { sleep } from './environment.mjs'
import { join } from './player.mjs'
import { Profile } from './profile.mjs'
import { seed, seeded } from './random.mjs'

const KILLS = Number(process.env.HALLPASS_KILLS ?? 10)
const MOST = 2000
/** How long the browser lives at most after it began, in milliseconds. */
const LONGEST = 900
const REASONS = ['none', 'expired', 'revoked', 'scope-wider', 'budget-low', 'other-owner', 'storage-lost']

/** Runs in the page: one thing after another, and every fact is told as soon as it is one. */
async function act(actions) {
  const open = () => driver.session
  const told = (fact) => window.tellTest({ id: open()?.id, ...fact })
  const done = async (name, work) => {
    await told({ name, when: 'before' })
    const { error } = await driver.outcome(work())
    await told({ name, when: 'after', error })
  }
  for (const action of actions) {
    if (action === 'request') {
      await told({ name: 'request', when: 'before' })
      const { session, error } = await driver.request()
      const { scopeHash, expiresAt } = open() ?? {}
      await told({ name: 'request', when: 'after', error, session: session && { ...session, scopeHash, expiresAt: +expiresAt } })
    } else if (action === 'send') {
      const moves = [1, 2, 3].map((at) => driver.session.sendCalls({ calls: [driver.move(at, at)] }))
      await Promise.all(
        moves.map(async (sending) => {
          const { value, error } = await driver.outcome(sending.wait())
          await told({ name: 'send', when: 'after', error, hash: value?.userOpHash })
        }),
      )
    } else {
      await done(action, () => open()[action]())
    }
  }
}

/** What is known of every session from the outside: `true`, `false`, or `undefined` where the browser died over it. */
class Knowledge {
  sessions = new Map()
  landed = []
  errors = []
  asking = 0

  hear({ name, when, id, session, error, hash }) {
    if (error) this.errors.push({ name, code: error.code, isOurs: error.isOurs, message: error.message })
    if (name === 'request') {
      this.asking += when === 'before' ? 1 : -1
      if (session) this.sessions.set(session.id, { ...session, locked: false, forgotten: false })
      return
    }
    const known = this.sessions.get(id)
    if (name === 'send') {
      if (hash) this.landed.push(hash)
      return
    }
    const [fact, value] = { lock: ['locked', true], unlock: ['locked', false], forget: ['forgotten', true] }[name]
    known[fact] = when === 'before' || error ? undefined : value
  }
}

/** A plausible row of actions for a page that has a session open, or none. */
function plan(random, hasSession) {
  const actions = hasSession ? [] : ['request']
  for (let left = 12; left > 0; left -= 1) {
    switch (random(8)) {
      case 0:
      case 1:
        actions.push('lock', 'unlock')
        break
      case 2:
        actions.push('forget', 'request')
        break
      case 3:
        actions.push('request')
        break
      default:
        actions.push('send')
    }
  }
  return actions
}

/** All that is stored is as it was: whole sessions, each with its own key, scope and end. */
function assertAsKnown(listed, knowledge, wasAsking) {
  const ids = listed.map(({ id }) => id)
  for (const info of listed) {
    const known = knowledge.sessions.get(info.id)
    if (!known) {
      assert.ok(wasAsking > 0, 'a session that nobody asked for')
      knowledge.sessions.set(info.id, { ...info, locked: false, forgotten: false })
      continue
    }
    const { key, scopeHash, expiresAt, account } = info
    const before = { key: known.key, scopeHash: known.scopeHash, expiresAt: known.expiresAt, account: known.account }
    assert.deepEqual({ key, scopeHash, expiresAt, account }, before)
    assert.notEqual(known.forgotten, true, 'a session that was forgotten is back')
    if (known.locked !== undefined) assert.equal(info.status === 'locked', known.locked)
    known.locked = info.status === 'locked'
    known.forgotten = false
  }
  for (const [id, known] of knowledge.sessions) {
    if (ids.includes(id)) continue
    assert.notEqual(known.forgotten, false, `session ${id} is lost`)
    known.forgotten = true
  }
}

const list = (page) =>
  page.evaluate(async () =>
    (await driver.hallpass.list()).map(({ id, key, scopeHash, expiresAt, account, status }) => ({
      id, key, scopeHash, expiresAt: +expiresAt, account, status,
    })),
  )

/** A restored session acts, and its count is not below that of the chain. Answers how it went on. */
async function goesOn(player, knowledge, id) {
  const { page } = player
  const state = await page.evaluate(() => ({ status: driver.session.status, left: driver.session.remaining().operations }))
  if (state.status === 'locked') {
    const { error } = await page.evaluate(() => driver.send(driver.move(0, 0)))
    assert.equal(error.code, 'session.locked')
    await page.evaluate(() => driver.session.unlock())
    knowledge.sessions.get(id).locked = false
  }
  const { value, error } = await page.evaluate(() => driver.send(driver.move(4, 4)))
  assert.equal(error, undefined, error?.message)
  const operations = await operationsOf(player.account, player.since)
  const permission = (nonce) => (nonce >> 80n) & ((1n << 160n) - 1n)
  const { nonce } = operations.find(({ userOpHash }) => userOpHash === value.userOpHash)
  const used = operations.filter((one) => permission(one.nonce) === permission(nonce)).length
  assert.ok(state.left <= BigInt(MOST - (used - 1)), `${state.left} left before, ${used} on chain after`)
  return used
}

test(`a browser that is killed ${KILLS} times`, { timeout: 60_000 + KILLS * 15_000 }, (t) =>
  seeded(async (random) => {
    const profile = new Profile()
    const counts = { 'went on': 0, 'of those in use before': 0, resumed: 0 }
    try {
      const gas = { maxFeePerGas: '50 gwei', total: '100 ether' }
      const limits = { operations: `${MOST}`, gas }
      const player = await join(t, { storage: 'device', limits, funds: 10n ** 21n, context: await profile.start() })
      const knowledge = new Knowledge()
      const listen = () => player.context.exposeBinding('tellTest', (_, fact) => knowledge.hear(fact))
      await listen()
      let hasSession = false
      for (let round = 0; round < KILLS; round += 1) {
        knowledge.asking = 0
        const acting = player.page.evaluate(act, plan(random, hasSession)).catch(() => {})
        await sleep(random(LONGEST))
        await profile.kill()
        await acting
        assert.deepEqual(knowledge.errors.filter(({ isOurs, code }) => !isOurs || !code), [])

        await player.enter(await profile.start())
        await listen()
        player.page = await player.open()
        assertAsKnown(await list(player.page), knowledge, knowledge.asking)
        if ((await list(player.page)).some(({ status }) => status === 'pending')) {
          const { session, error } = await player.page.evaluate(() => driver.resume())
          assert.ok(session ?? error?.code, error?.message)
          if (session) {
            counts.resumed += 1
            assert.equal(session.key, knowledge.sessions.get(session.id).key)
          }
        }
        const { value, error } = await player.page.evaluate(() => driver.outcome(driver.restore()))
        assert.equal(error, undefined, error?.message)
        hasSession = value.session !== null
        if (hasSession) {
          const { id, key, account } = value.session
          const known = knowledge.sessions.get(id)
          assert.deepEqual([key, account], [known.key, player.account])
          const used = await goesOn(player, knowledge, id)
          counts['went on'] += 1
          if (used > 1) counts['of those in use before'] += 1
        } else {
          assert.ok(REASONS.includes(value.reason))
          counts[value.reason] = (counts[value.reason] ?? 0) + 1
          assert.ok([...knowledge.sessions.values()].every(({ forgotten }) => forgotten), `there is a session, yet: ${value.reason}`)
        }
      }
      const onChain = (await operationsOf(player.account, player.since)).map(({ userOpHash }) => userOpHash)
      assert.equal(new Set(onChain).size, onChain.length)
      for (const hash of knowledge.landed) assert.ok(onChain.includes(hash), 'what landed is on chain')
      const said = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
      t.diagnostic(`seed ${seed}: ${KILLS} kills, ${said.join(', ')}; ${knowledge.sessions.size} sessions, ${onChain.length} operations`)
      player.context = undefined
    } finally {
      await profile.remove()
    }
  }),
)

// Several tabs of one game act at the same time: nothing is lost, and the session is enabled once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movesOf, operationsOf } from './chain.mjs'
import { join } from './player.mjs'
import { stored } from './storage.mjs'
import { SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }

/** Moves of one tab: its own column, downwards. */
const columns = (x, from, length) => Array.from({ length }, (_, index) => [x, from + index])
const play = (page, moves) =>
  page.evaluate((moves) => driver.sendEach(moves.map(([x, y]) => driver.move(x, y))), moves)

/** Moves of `column` in the order of the chain. */
const inColumn = (moves, column) => moves.filter(([x]) => x === column)

/** Both tabs play at once, in rounds of so many moves each. The first round meets a session that is not enabled yet. */
async function playTogether(player, other, rounds) {
  let each = 0
  for (const [round, length] of rounds.entries()) {
    const outcomes = await Promise.all([
      play(player.page, columns(1, each, length)),
      play(other, columns(2, each, length)),
    ])
    const failed = outcomes.map((tab) => tab.map(({ error }) => error?.message ?? 'landed'))
    assert.deepEqual(failed, [1, 2].map(() => Array(length).fill('landed')), `round ${round}`)
    each += length
  }
  const moves = await movesOf(player.account, player.since)
  assert.equal(moves.length, 2 * each)
  assert.deepEqual(inColumn(moves, 1), columns(1, 0, each), 'one tab’s moves keep their order')
  assert.deepEqual(inColumn(moves, 2), columns(2, 0, each), 'and so do the other’s')
  const operations = await operationsOf(player.account, player.since)
  assert.ok(operations.every(({ success }) => success))
  assert.deepEqual(operations.map(({ enabling }) => enabling), [true, ...Array(2 * each - 1).fill(false)])
  assert.equal(player.wallet.count(SIGN), 1)
}

/** Takes the session up in a tab. */
async function restoreIn(page, id) {
  const { session, reason } = await page.evaluate(() => driver.restore())
  assert.equal(reason, undefined)
  assert.equal(session.id, id)
}

/** The player's tab, duplicated: the browser copies its storage. */
async function duplicated(t) {
  const player = await join(t)
  const { id } = await player.session()
  const opened = player.context.waitForEvent('page')
  await player.page.evaluate(() => void window.open('/'))
  const copy = await opened
  await player.start(copy)
  const [own, copied] = [(await stored(player.page)).session, (await stored(copy)).session]
  assert.equal(Object.keys(own).length, 1)
  assert.deepEqual(copied, own, 'the browser copied the tab’s storage')
  await restoreIn(copy, id)
  return { player, copy }
}

test('a duplicated tab and its original take turns', limits, async (t) => {
  const { player, copy } = await duplicated(t)
  const wanted = []
  for (const [turn, page] of [player.page, copy, player.page, copy, copy, player.page].entries()) {
    const [{ error }] = await play(page, [[turn, turn]])
    assert.equal(error, undefined, `turn ${turn}: ${error?.message}`)
    wanted.push([turn, turn])
  }
  assert.deepEqual(await movesOf(player.account, player.since), wanted)
  const operations = await operationsOf(player.account, player.since)
  assert.deepEqual(operations.map(({ enabling }) => enabling), [true, false, false, false, false, false])
})

test('a duplicated tab plays along, move by move', limits, async (t) => {
  const { player, copy } = await duplicated(t)
  await playTogether(player, copy, [1, 1, 1])
})

test('a duplicated tab plays along, many moves at once', limits, async (t) => {
  const { player, copy } = await duplicated(t)
  await playTogether(player, copy, [4, 4])
})

test('a second tab with device storage plays along', limits, async (t) => {
  const player = await join(t, { storage: 'device' })
  const { id } = await player.session()
  const second = await player.open()
  await restoreIn(second, id)
  await playTogether(player, second, [4, 4])
})

test('with tab storage a new tab has the session as long as another one lives', limits, async (t) => {
  const player = await join(t)
  const { id } = await player.session()
  const second = await player.open()
  await restoreIn(second, id)
  await playTogether(player, second, [2, 2])
  await player.page.close()
  const third = await player.open()
  await restoreIn(third, id)
  await Promise.all([second.close(), third.close()])
  const late = await player.open()
  const { session, reason } = await late.evaluate(() => driver.restore())
  assert.deepEqual({ session, reason }, { session: null, reason: 'none' })
})

test('a lock holds in every tab, until it is undone', limits, async (t) => {
  const player = await join(t, { storage: 'device' })
  const { id } = await player.session()
  const second = await player.open()
  await restoreIn(second, id)
  await play(second, columns(2, 0, 1))

  await player.page.evaluate(() => driver.session.lock())
  const { outcomes, requests } = await player.watch(async () => ({ outcomes: await play(second, columns(2, 1, 1)) }))
  assert.equal(outcomes[0].error.code, 'session.locked')
  assert.deepEqual(requests, [])
  await player.page.evaluate(() => driver.session.unlock())
  const [{ error }] = await play(second, columns(2, 2, 1))
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(await movesOf(player.account, player.since), [[2, 0], [2, 2]])
  assert.equal(player.wallet.count(SIGN), 1)
})

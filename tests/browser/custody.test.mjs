// Where a session is kept is told, also when the browser refuses; and what belongs to one app is none of another's business.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pieceOf } from './chain.mjs'
import { join } from './player.mjs'
import { refusals } from './refusals.mjs'
import { heard, listed, moves, refuses, restore, told } from './steps.mjs'
import { stored } from './storage.mjs'
import { SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }
const custody = (page) => page.evaluate(() => driver.session.custody)

function assertInWords({ script, copiedProfile, closedTab }) {
  for (const sentence of [script, copiedProfile, closedTab]) assert.match(sentence, /^[A-Z].{20,}\.$/)
}

for (const [tier, after] of [
  ['memory', 'none'],
  ['tab', undefined],
  ['device', undefined],
]) {
  test(`${tier}: a session says where it is kept, and ${after ? 'is gone' : 'is there'} after a reload`, limits, async (t) => {
    const player = await join(t, { storage: tier })
    const { id } = await player.session()
    const { tier: used, asked, because, ...words } = await custody(player.page)
    assert.deepEqual({ used, asked, because }, { used: tier, asked: tier, because: null })
    assertInWords(words)
    const { session, records, states, keys } = await stored(player.page)
    const places = [session, records, states, keys].map((place) => Object.keys(place).length)
    assert.deepEqual(places, { memory: [0, 0, 0, 0], tab: [1, 0, 1, 1], device: [0, 1, 1, 1] }[tier])
    await moves(player.page, 1, 1)

    await player.reload()
    const found = await restore(player.page)
    assert.equal(found.reason, after)
    if (!after) {
      assert.equal(found.session.id, id)
      assert.deepEqual(await custody(player.page), { tier, asked: tier, because: null, ...words })
    }
    assert.deepEqual(await player.page.evaluate(() => driver.downgrades), [])
  })
}

test('the tier that is usual in a window is that of a tab', limits, async (t) => {
  const player = await join(t)
  await player.session()
  const { tier, asked, because } = await custody(player.page)
  assert.deepEqual({ tier, asked, because }, { tier: 'tab', asked: 'tab', because: null })
})

test('a store of the app’s own gets ciphertext, and gives the session back', limits, async (t) => {
  const player = await join(t, { storage: 'shelf' })
  const { id, key } = await player.session()
  const { tier, asked, because, ...words } = await custody(player.page)
  assert.deepEqual({ tier, asked, because }, { tier: 'custom', asked: 'custom', because: null })
  assertInWords(words)
  await moves(player.page, 1, 1)
  const shelf = await player.page.evaluate(() => [...driver.shelf])
  assert.deepEqual(shelf.map(([name]) => name.startsWith('state/')).toSorted(), [false, true])
  assert.match(shelf.find(([name]) => name.startsWith('state/'))[1], /^[0-9a-f]{200,}$/)
  const { session, records, keys } = await stored(player.page)
  assert.deepEqual({ session, records }, { session: {}, records: {} }, 'nothing is kept beside it')
  assert.deepEqual(Object.values(keys).map(({ extractable }) => extractable), [false])

  await player.page.reload()
  await player.page.waitForFunction(() => window.driver !== undefined)
  await player.page.evaluate((shelf) => (driver.shelf = new Map(shelf)), shelf)
  await player.start(player.page)
  const found = await restore(player.page)
  assert.deepEqual([found.session?.id, found.session?.key], [id, key], found.reason)
  await moves(player.page, 2, 2)

  await player.page.evaluate(() => driver.session.forget())
  assert.equal(await player.page.evaluate(() => driver.shelf.size), 0)
  assert.deepEqual((await stored(player.page)).keys, {})
})

test('a store of the app’s own that answers nonsense, or nothing, is a typed error', limits, async (t) => {
  const player = await join(t, { storage: 'shelf' })
  const { page } = player
  await page.evaluate(() => (driver.shelf.get = () => 7))
  await page.evaluate(() => (driver.shelf.set = () => {
    throw new Error('the shelf is full')
  }))
  const { error } = await page.evaluate(() => driver.request())
  assert.equal(error.isOurs, true)
  assert.equal(error.code, 'storage.failed', error.message)
  assert.match(error.message, /the shelf is full/)
  assert.equal(player.wallet.count(SIGN), 0)
  assert.deepEqual(await page.evaluate(() => driver.downgrades), [], 'the app’s own choice is not overruled')
})

describe('where the browser refuses, a session is kept in memory, and that is told:', { concurrency: 3 }, () => {
  for (const [fault, { script, ways }] of Object.entries(refusals)) {
    for (const [storage, code] of Object.entries(ways)) {
      test(`${storage} storage where ${fault}`, limits, async (t) => {
        const player = await join(t, { storage, scripts: [script] })
        const { id } = await player.session()
        const { tier, asked, because, ...words } = await custody(player.page)
        assert.deepEqual({ tier, asked, code: because?.code }, { tier: 'memory', asked: storage, code })
        assert.ok(because.message)
        assertInWords(words)
        const downgrades = await player.page.evaluate(() => driver.downgrades)
        assert.deepEqual([downgrades[0].from, downgrades.at(-1).to], [storage, 'memory'])
        for (const { code: said, message } of downgrades) assert.deepEqual([said, message], [code, because.message])
        // Each step begins where the one before ended.
        for (const [index, { from }] of downgrades.slice(1).entries()) assert.equal(from, downgrades[index].to)
        await moves(player.page, 1, 1)
        assert.equal((await pieceOf(player.account)).moves, 1)
        assert.deepEqual(await listed(player.page), [id])

        await player.reload()
        const found = await restore(player.page)
        assert.deepEqual([found.session, found.reason], [null, 'none'])
      })
    }
  }
})

/** The same player in another app of this origin, in a tab of its own. */
async function neighbour(player, app) {
  const page = await player.context.newPage()
  await page.goto(player.origin)
  await player.start(page, { app })
  return page
}

test('two apps of one origin have nothing to do with each other', limits, async (t) => {
  const player = await join(t, { app: 'a', storage: 'device' })
  const mine = await player.session()
  // A name that starts as the other does.
  const page = await neighbour(player, 'a-b')
  const found = await restore(page)
  assert.deepEqual([found.session, found.reason], [null, 'none'])
  assert.deepEqual(await listed(page), [])
  assert.equal(await page.evaluate(() => driver.resume().then(({ session }) => session)), null)

  const { session: theirs, error } = await page.evaluate(() => driver.request())
  assert.equal(error, undefined, error?.message)
  assert.notEqual(theirs.key, mine.key)
  assert.deepEqual([await listed(player.page), await listed(page)], [[mine.id], [theirs.id]])

  await page.evaluate(() => driver.session.lock())
  await moves(player.page, 1, 1)
  await page.evaluate(() => driver.session.forget())
  await moves(player.page, 2, 2)
  assert.deepEqual([await listed(player.page), await listed(page)], [[mine.id], []])
  assert.deepEqual(await heard(player.page), [])
  assert.deepEqual(Object.keys((await stored(page)).keys).map((name) => name.split('/').at(-1)), [mine.id])
})

test('keys that no tab can use are swept at a later visit, each app its own', limits, async (t) => {
  const player = await join(t, { app: 'a' })
  await player.session()
  const before = await stored(player.page)
  await player.page.close()
  const left = async (page) => {
    const { keys, states } = await stored(page)
    return { keys: Object.keys(keys), states: Object.keys(states) }
  }
  const names = Object.keys(before.keys)
  assert.equal(names.length, 1)

  /** A visit so many minutes later. */
  const visit = async (app, minutes) => {
    const page = await player.context.newPage()
    await page.addInitScript((ahead) => {
      const { now } = Date
      Date.now = () => now() + ahead
    }, minutes * 60_000)
    await page.goto(player.origin)
    await player.start(page, { app })
    assert.equal((await restore(page)).reason, 'none')
    const found = await left(page)
    await page.close()
    return found
  }
  for (const minutes of [0, 15]) {
    assert.deepEqual(await visit('a-b', minutes), { keys: names, states: names }, 'the other app leaves them alone')
  }
  assert.deepEqual(await visit('a', 0), { keys: names, states: names }, 'a tab that is loaded anew may come back')
  assert.deepEqual(await visit('a', 5), { keys: names, states: names })
  assert.deepEqual(await visit('a', 11), { keys: [], states: [] })
})

for (const storage of ['tab', 'device']) {
  test(`${storage}: what one tab forgets is gone in all, and told`, limits, async (t) => {
    const player = await join(t, { storage })
    const { id } = await player.session()
    const second = await player.open()
    assert.equal((await restore(second)).session?.id, id)
    await moves(second, 1, 1)

    await player.page.evaluate(() => driver.session.forget())
    await told(second, 'forgotten')
    await refuses(player, second, 'session.forgotten')
    for (const page of [player.page, second]) {
      const { session, records, states, keys } = await stored(page)
      assert.deepEqual({ session, records, states, keys }, { session: {}, records: {}, states: {}, keys: {} })
      assert.equal((await restore(page)).reason, 'none')
    }
    assert.deepEqual([await heard(player.page), await heard(second)], [['forgotten'], ['forgotten']])
    assert.equal((await pieceOf(player.account)).moves, 1)
  })
}


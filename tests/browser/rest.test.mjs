// A session at rest and in a page that was left: no copy of the key is in memory, and what others did meanwhile is seen before anything is
// signed.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { movesOf } from './chain.mjs'
import { sleep, until } from './environment.mjs'
import { copiesOfKeys, spy } from './memory.mjs'
import { join } from './player.mjs'
import { heard, moves, refuses, restore, status, told } from './steps.mjs'
import { SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }
const gone = (page) =>
  until('a memory without the key', async () => ((await copiesOfKeys(page)) === 0 ? true : undefined))

describe('at rest no copy of the key is in the module’s memory, and the next use needs nobody:', { concurrency: 2 }, () => {
  /** A session that has just been used. */
  async function used(t, options) {
    const player = await join(t, { scripts: [spy], ...options })
    await player.session()
    assert.equal(await player.page.evaluate(() => spy.keys.length), 1, 'one key was sealed')
    assert.equal(await copiesOfKeys(player.page), 0, 'what was sealed need not be in memory')
    // It may be at rest again before the move has landed.
    const { copies, error } = await player.page.evaluate(async () => {
      const sending = driver.session.sendCalls({ calls: [driver.move(1, 1)] })
      let copies = 0
      sending.on('stage', ({ name }) => name === 'signed' && (copies = spy.copies()))
      return { ...(await driver.outcome(sending.wait())), copies }
    })
    assert.equal(error, undefined, error?.message)
    assert.ok(copies > 0, 'in use it is there')
    return player
  }

  async function assertComesBack(player) {
    const prompts = player.wallet.prompts.length
    await moves(player.page, 2, 2)
    assert.equal(player.wallet.prompts.length, prompts)
    assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2]])
  }

  for (const storage of ['memory', 'tab', 'device']) {
    test(`after two seconds without use (${storage})`, limits, async (t) => {
      const player = await used(t, { storage, suspend: { idle: '2s' } })
      await gone(player.page)
      assert.equal(await status(player.page), 'enabled')
      await assertComesBack(player)
    })
  }

  for (const [event, target] of [
    ['pagehide', 'window'],
    ['freeze', 'document'],
  ]) {
    test(`after ${event}`, limits, async (t) => {
      const player = await used(t)
      assert.ok((await copiesOfKeys(player.page)) > 0)
      await player.page.evaluate(([event, target]) => globalThis[target].dispatchEvent(new Event(event)), [event, target])
      assert.equal(await copiesOfKeys(player.page), 0)
      await assertComesBack(player)
    })
  }

  test('after lock, until unlock', limits, async (t) => {
    const player = await used(t)
    await player.page.evaluate(() => driver.session.lock())
    assert.equal(await copiesOfKeys(player.page), 0)
    await refuses(player, player.page, 'session.locked')
    assert.equal(await copiesOfKeys(player.page), 0)
    await player.page.evaluate(() => driver.session.unlock())
    await assertComesBack(player)
    await player.page.evaluate(() => driver.session.forget())
    assert.equal(await copiesOfKeys(player.page), 0)
  })

  test('unless the app wants it otherwise', limits, async (t) => {
    const player = await used(t, { suspend: { idle: false, pagehide: false, freeze: false } })
    const before = await copiesOfKeys(player.page)
    assert.ok(before > 0)
    await player.page.evaluate(() => {
      window.dispatchEvent(new Event('pagehide'))
      document.dispatchEvent(new Event('freeze'))
    })
    assert.equal(await copiesOfKeys(player.page), before)
  })
})

describe('a page that is left and comes back', { concurrency: 2 }, () => {
  /** Goes elsewhere and back; meanwhile something happens. Answers whether the browser had kept the page as it was. */
  async function awayAndBack(player, meanwhile = async () => {}) {
    const { page } = player
    await page.evaluate(() => {
      window.sameAsBefore = true
      window.addEventListener('pageshow', ({ persisted }) => (window.persisted = persisted))
    })
    await page.goto(`${player.origin}/frame.html?about:blank`)
    await meanwhile()
    await page.goBack({ waitUntil: 'commit' }).catch(() => {})
    await until('the page of before', () => page.evaluate(() => window.driver && true).catch(() => undefined))
    const kept = await page.evaluate(() => window.sameAsBefore === true && window.persisted === true)
    if (!kept) await player.start(page)
    return kept
  }

  for (const storage of ['tab', 'device']) {
    test(`has its session, usable or restored (${storage})`, limits, async (t) => {
      const player = await join(t, { storage })
      const { id } = await player.session()
      await moves(player.page, 1, 1)
      const kept = await awayAndBack(player)
      t.diagnostic(`the browser ${kept ? 'had kept the page' : 'loaded the page anew'}`)
      if (!kept) assert.equal((await restore(player.page)).session?.id, id)
      await moves(player.page, 2, 2)
      assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2]])
      assert.equal(player.wallet.count(SIGN), 1)
    })
  }

  test('signs nothing for a session that was locked meanwhile', limits, async (t) => {
    const player = await join(t, { storage: 'device' })
    await player.session()
    await moves(player.page, 1, 1)
    const second = await player.open()
    await restore(second)
    const kept = await awayAndBack(player, () => second.evaluate(() => driver.session.lock()))
    t.diagnostic(`the browser ${kept ? 'had kept the page' : 'loaded the page anew'}`)
    if (!kept) await restore(player.page)
    await refuses(player, player.page, 'session.locked')
    assert.equal(await status(player.page), 'locked')
    await second.evaluate(() => driver.session.unlock())
    await moves(player.page, 2, 2)
  })

  // What the back-forward cache does, without the browser's say: the page hears nothing while it is away.
  for (const [what, event, code] of [
    ['locked', 'locked', 'session.locked'],
    ['forgotten', 'forgotten', 'session.forgotten'],
  ]) {
    test(`sees that its session was ${what}, although nobody told it`, limits, async (t) => {
      const deaf = () => {
        const { addEventListener } = EventTarget.prototype
        const hear = (listener) => function (event) {
          if (!window.isAway) return listener.call(this, event)
        }
        BroadcastChannel.prototype.addEventListener = function (name, listener, ...rest) {
          return addEventListener.call(this, name, hear(listener), ...rest)
        }
        const { set } = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, 'onmessage')
        Object.defineProperty(BroadcastChannel.prototype, 'onmessage', {
          set(listener) {
            set.call(this, listener && hear(listener))
          },
        })
      }
      const player = await join(t, { storage: 'device', scripts: [deaf] })
      await player.session()
      await moves(player.page, 1, 1)
      const second = await player.open()
      await restore(second)
      await player.page.evaluate(() => {
        window.isAway = true
        window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
      })
      await second.evaluate((what) => (what === 'locked' ? driver.session.lock() : driver.session.forget()), what)
      await sleep(100)
      assert.deepEqual(await heard(player.page), [], 'nobody told it')
      await player.page.evaluate(() => {
        window.isAway = false
        window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
      })
      // At once, before the news can have been read.
      await refuses(player, player.page, code)
      await told(player.page, event)
      assert.deepEqual(await movesOf(player.account, player.since), [[1, 1]])
    })
  }
})

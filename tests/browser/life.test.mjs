// Time, wallet and owner end a session or replace it, in ways that every tab hears of.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { handOver, movesOf, operationsOf } from './chain.mjs'
import { until } from './environment.mjs'
import { join } from './player.mjs'
import { heard, listed, moves, refuses, restore, status, told } from './steps.mjs'
import { stored } from './storage.mjs'
import { OwnerWallet, SIGN, TRANSACT } from './wallet.mjs'

const limits = { timeout: 60_000 }
const say = (page, event, detail) => page.evaluate(([event, detail]) => wallet.say(event, detail), [event, detail])

describe('time, wallet and owner:', { concurrency: 2 }, () => {
  test('the end is announced, and is the end', limits, async (t) => {
    const player = await join(t)
    const { page } = player
    const { id: long } = await player.session({ expiresIn: '62s' })
    // It counts as over ten seconds before its end.
    const { id: short } = await player.session({ expiresIn: '13s' })
    await told(page, 'expiring')
    await told(page, 'expired')
    const events = await page.evaluate(() => driver.news)
    assert.deepEqual(events.toSorted((a, b) => (a.name > b.name ? 1 : -1)), [
      { id: short, name: 'expired', detail: undefined },
      { id: long, name: 'expiring', detail: { seconds: 60 } },
    ])
    assert.equal(await status(page), 'expired')
    await refuses(player, page, 'session.expired')
    assert.equal((await restore(page)).session.id, long)
  })

  test('a wallet that shows another account locks the session in all tabs, over reloads, until it is unlocked', limits, async (t) => {
    const player = await join(t, { storage: 'device' })
    await player.session()
    await moves(player.page, 1, 1)
    const second = await player.open()
    await restore(second)
    const stranger = new OwnerWallet().address
    await say(player.page, 'accountsChanged', [stranger, player.wallet.address])
    await moves(player.page, 2, 2)

    await say(player.page, 'accountsChanged', [stranger])
    await told(player.page, 'owner-changed')
    await told(second, 'locked')
    assert.deepEqual([await heard(player.page), await heard(second)], [['locked', 'owner-changed'], ['locked']])
    for (const page of [player.page, second]) {
      assert.equal(await status(page), 'locked')
      await refuses(player, page, 'session.locked')
    }
    await player.reload()
    assert.equal((await restore(player.page)).session.status, 'locked', 'it is stored')
    await refuses(player, player.page, 'session.locked')

    await second.evaluate(() => driver.session.unlock())
    await told(player.page, 'unlocked')
    await moves(player.page, 3, 3)
    await moves(second, 4, 4)
    assert.equal(player.wallet.count(SIGN), 1)
  })

  test('a wallet that is gone locks too; one that has only lost its network does not', limits, async (t) => {
    const player = await join(t)
    await player.session()
    const { page } = player
    await say(page, 'disconnect', { code: 4901, message: 'no chain' })
    await moves(page, 1, 1)
    assert.deepEqual(await heard(page), [])
    player.wallet.disconnect()
    await say(page, 'disconnect', { code: 4900, message: 'gone' })
    await told(page, 'owner-changed')
    await refuses(player, page, 'session.locked')
    await page.evaluate(() => driver.session.unlock())
    await moves(page, 2, 2)
    await say(page, 'accountsChanged', [])
    await told(page, 'locked')
    await refuses(player, page, 'session.locked')
  })

  test('a renewal takes over with its first operation; the old session serves until then', limits, async (t) => {
    const player = await join(t, { storage: 'device' })
    const old = await player.session()
    const { page } = player
    await moves(page, 1, 1)
    const second = await player.open()
    await restore(second)

    player.wallet.decisions[SIGN] = 4001
    const { error } = await page.evaluate(() => driver.renew())
    assert.equal(error.code, 'wallet.rejected')
    await moves(page, 2, 2)
    assert.deepEqual(await listed(page), [old.id])

    player.wallet.decisions[SIGN] = 'approve'
    const { session: renewed, error: fault } = await page.evaluate(() => driver.renew())
    assert.equal(fault, undefined, fault?.message)
    assert.notEqual(renewed.key, old.key)
    assert.deepEqual(
      await page.evaluate(() => {
        const { session, renewed } = driver
        return [renewed.scopeHash === session.scopeHash, renewed.expiresAt > session.expiresAt]
      }),
      [true, true],
    )
    await moves(page, 3, 3)
    await moves(second, 4, 4)
    assert.deepEqual(await heard(page), [])

    const { error: unsent } = await page.evaluate(() => driver.outcome(driver.renewed.sendCalls({ calls: [driver.move(5, 5)] }).wait()))
    assert.equal(unsent, undefined, unsent?.message)
    for (const tab of [page, second]) {
      await told(tab, 'renewed')
      assert.deepEqual(await tab.evaluate(() => driver.news.map(({ id, name }) => [id, name])), [[old.id, 'renewed']])
    }
    await refuses(player, page, 'session.forgotten')
    assert.deepEqual(Object.keys((await stored(page)).keys).map((name) => name.split('/').at(-1)), [renewed.id])
    await page.reload()
    await player.start(page)
    assert.equal((await restore(page)).session.id, renewed.id)
    await moves(page, 6, 6)
    assert.deepEqual(await movesOf(player.account, player.since), [1, 2, 3, 4, 5, 6].map((at) => [at, at]))
    const enabling = (await operationsOf(player.account, player.since)).map(({ enabling }) => enabling)
    assert.deepEqual(enabling, [true, false, false, false, true, false])
    assert.equal(player.wallet.count(SIGN), 3)
  })
})

describe('the end of a session', { concurrency: 2 }, () => {
  const end = (player, onChain, withOwner = true) =>
    player.watch(() =>
      player.page.evaluate(
        ([onChain, withOwner]) => driver.outcome(driver.session.end({ onChain, ...(withOwner ? { owner: driver.provider } : {}) })),
        [onChain, withOwner],
      ),
    )

  /** A session in use, and an operation of its key that nobody has handed over yet. */
  async function inUse(t) {
    const player = await join(t, { storage: 'device' })
    await player.session()
    await moves(player.page, 1, 1)
    const operation = await player.page.evaluate(async () => {
      const { userOperation } = await driver.session.prepareCalls({ calls: [driver.move(7, 7)] })
      return { ...userOperation, signature: await driver.session.signUserOperation(userOperation) }
    })
    return { player, operation }
  }

  async function assertGone(player) {
    const { records, states, keys } = await stored(player.page)
    assert.deepEqual({ records, states, keys }, { records: {}, states: {}, keys: {} })
    assert.ok((await heard(player.page)).includes('forgotten'))
    const { error } = await player.page.evaluate(() => driver.send(driver.move(9, 9)))
    assert.match(error.code, /^session\.(forgotten|locked|revoked)$/, error.message)
  }

  test('now: on chain first, and if that fails nothing ends', limits, async (t) => {
    const { player, operation } = await inUse(t)
    player.wallet.decisions[TRANSACT] = 4001
    const refused = await end(player, 'now')
    assert.equal(refused.error.code, 'wallet.rejected')
    assert.equal((await end(player, 'now', false)).error.isOurs, true)
    assert.equal(await status(player.page), 'enabled')

    player.wallet.decisions[TRANSACT] = 'approve'
    const { value, error, prompts } = await end(player, 'now')
    assert.equal(error, undefined, error?.message)
    assert.match(value.transactionHash, /^0x[0-9a-f]{64}$/)
    assert.deepEqual(prompts.map(({ method }) => method), [TRANSACT])
    await assertGone(player)
    await assert.rejects(handOver(operation), /AA2[34]/, 'the chain refuses what the key signed before')
  })

  test('try: here in any case', limits, async (t) => {
    const { player, operation } = await inUse(t)
    player.wallet.decisions[TRANSACT] = 4001
    const { value, error } = await end(player, 'try')
    assert.equal(error, undefined, error?.message)
    assert.equal(value.transactionHash, null)
    await assertGone(player)
    await handOver(operation)
    const landed = async () => ((await movesOf(player.account, player.since)).length === 2 ? true : undefined)
    assert.ok(await until('the operation that was signed before', landed), 'the grant itself goes on')
  })

  test('try, with an owner who agrees: on chain too', limits, async (t) => {
    const { player, operation } = await inUse(t)
    const { value } = await end(player, 'try')
    assert.match(value.transactionHash, /^0x[0-9a-f]{64}$/)
    await assertGone(player)
    await assert.rejects(handOver(operation), /AA2[34]/)
  })

  test('no: here alone, and nobody is asked', limits, async (t) => {
    const { player } = await inUse(t)
    const { value, prompts, requests } = await end(player, 'no', false)
    assert.deepEqual({ value, prompts, requests }, { value: { transactionHash: null }, prompts: [], requests: [] })
    await assertGone(player)
  })
})

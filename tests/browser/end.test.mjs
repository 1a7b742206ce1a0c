// Sessions end: by the owner's transaction, whether the page knows of it or not, and by their time. The chain refuses the key then.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { chainTime, handOver, movesOf, pieceOf } from './chain.mjs'
import { sleep, until } from './environment.mjs'
import { invalidation, removal } from './kernel.mjs'
import { join } from './player.mjs'
import { onlyRecord } from './storage.mjs'
import { SIGN, TRANSACT } from './wallet.mjs'

const limits = { timeout: 60_000 }
const move = (page, x, y) => page.evaluate(([x, y]) => driver.send(driver.move(x, y)), [x, y])

/** A session that has moved once, so that the account knows it. */
async function enabled(t, options) {
  const player = await join(t)
  await player.session(options)
  const { error } = await move(player.page, 1, 1)
  assert.equal(error, undefined, error?.message)
  return player
}

/** An operation with the session's signature, in the form that bundlers take. */
const signed = (page, x, y) =>
  page.evaluate(
    async ([x, y]) => {
      const { userOperation } = await driver.session.prepareCalls({ calls: [driver.move(x, y)] })
      return { ...userOperation, signature: await driver.session.signUserOperation(userOperation) }
    },
    [x, y],
  )

/** Waits for an operation that was handed over past the page. */
const landed = ({ account }, moves) =>
  until(`move ${moves}`, async () => ((await pieceOf(account)).moves === moves ? true : undefined))

/** What the page does with a session that is over: nothing that anybody could see. */
async function assertRefusedHere(player, code) {
  const { error, requests, prompts } = await player.watch(() => move(player.page, 9, 9))
  assert.equal(error.isOurs, true)
  assert.equal(error.code, code, error.message)
  assert.deepEqual({ requests, prompts }, { requests: [], prompts: [] })
}

// What waits for its time does so beside the others.
describe('a session ends', { concurrency: 2 }, () => {
  test('with its time, and the chain refuses the key', limits, async (t) => {
    // It counts as over ten seconds before its end.
    const player = await enabled(t, { expiresIn: '18s' })
    const { page } = player
    const [early, late] = [await signed(page, 2, 2), await signed(page, 3, 3)]
    await handOver(early)
    await landed(player, 2)
    const end = await page.evaluate(() => {
      driver.events = []
      driver.session.on('expired', () => driver.events.push(Date.now() / 1000))
      return driver.session.expiresAt.getTime() / 1000
    })
    assert.equal(Number((await onlyRecord(page)).validUntil), end)

    await sleep((end - 9) * 1000 - Date.now())
    assert.equal(await page.evaluate(() => driver.session.status), 'expired')
    await assertRefusedHere(player, 'session.expired')
    assert.equal((await page.evaluate(() => driver.restore())).reason, 'expired')

    await sleep((end + 2) * 1000 - Date.now())
    assert.ok((await chainTime({ mine: true })) > end)
    await assert.rejects(handOver(late), /AA22/, 'the chain refuses what the key signed before')
    await assertRefusedHere(player, 'session.expired')
    const [told, ...more] = await page.evaluate(() => driver.events)
    assert.deepEqual(more, [])
    assert.ok(told > end - 10.1 && told < end - 8, 'told once, when it counts as over')
    assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2]])
    assert.equal(player.wallet.count(SIGN), 1)
  })

  test('when the owner takes it back: the page and the chain refuse the key', limits, async (t) => {
    const player = await enabled(t)
    const [early, late] = [await signed(player.page, 2, 2), await signed(player.page, 3, 3)]
    await handOver(early)
    await landed(player, 2)

    const { value, error, prompts } = await player.watch(() =>
      player.page.evaluate(() => driver.outcome(driver.session.revoke({ owner: driver.provider }))),
    )
    assert.equal(error, undefined, error?.message)
    assert.match(value.transactionHash, /^0x[0-9a-f]{64}$/)
    assert.deepEqual(prompts.map(({ method }) => method), [TRANSACT])
    assert.equal(prompts[0].params[0].to.toLowerCase(), player.account.toLowerCase())
    assert.equal(await player.page.evaluate(() => driver.session.status), 'revoked')

    await assertRefusedHere(player, 'session.revoked')
    await assert.rejects(handOver(late), /AA2[34]/, 'the chain refuses what the key signed before')
    assert.equal((await pieceOf(player.account)).moves, 2)
    await player.reload()
    assert.equal((await player.page.evaluate(() => driver.restore())).reason, 'revoked')
    // The owner can play on with a new session.
    await player.session()
    const after = await move(player.page, 4, 4)
    assert.equal(after.error, undefined, after.error?.message)
    assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2], [4, 4]])
  })

  for (const [what, call] of [
    ['removes it', (player) => removal(player.account, player.since)],
    ['ends all of the account', (player) => invalidation(player.account)],
  ]) {
    test(`when the owner ${what} elsewhere: the page finds out when it moves`, limits, async (t) => {
      const player = await enabled(t)
      const late = await signed(player.page, 3, 3)
      const { page } = player
      await page.evaluate(() => {
        driver.events = []
        driver.session.on('revoked', () => driver.events.push('revoked'))
      })
      await player.wallet.transact(await call(player))
      await assert.rejects(handOver(late), /AA2[34]/, 'the chain refuses what the key signed before')

      assert.equal(await page.evaluate(() => driver.session.status), 'enabled', 'nobody told the page')
      const { error, prompts } = await player.watch(() => move(page, 2, 2))
      assert.equal(error.code, 'session.revoked', error.message)
      assert.deepEqual(prompts, [])
      assert.deepEqual(await page.evaluate(() => driver.events), ['revoked'])
      assert.equal(await page.evaluate(() => driver.session.status), 'revoked')
      await assertRefusedHere(player, 'session.revoked')
      assert.deepEqual(await movesOf(player.account, player.since), [[1, 1]])
      assert.equal((await page.evaluate(() => driver.restore())).reason, 'revoked')
    })
  }

  test('when the owner takes it back while the game is closed: it is not restored', limits, async (t) => {
    const player = await enabled(t)
    await player.wallet.transact(await removal(player.account, player.since))
    await player.reload()
    const { session, reason, prompts } = await player.watch(() => player.page.evaluate(() => driver.restore()))
    assert.deepEqual({ session, reason, prompts }, { session: null, reason: 'revoked', prompts: [] })
  })
})

// A page may go at any moment: what was granted is taken up again, and so is what the owner has not answered yet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movesOf, operationsOf, pieceOf } from './chain.mjs'
import { join } from './player.mjs'
import { onlyRecord, statuses, stored } from './storage.mjs'
import { CONNECT, SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }
const move = (page, x, y) => page.evaluate(([x, y]) => driver.send(driver.move(x, y)), [x, y])

/** Asks for a session that the owner does not answer before the page goes. */
async function askInVain(player) {
  player.wallet.decisions[SIGN] = 'never'
  // Nobody waits for the answer: the page goes first.
  await player.page.evaluate(() => void driver.request())
  const shown = await player.wallet.shown(1)
  assert.deepEqual(await statuses(player.page), ['pending'], 'stored before the owner sees anything')
  return shown
}

test('after a reload the session is restored and moves, silently', limits, async (t) => {
  const player = await join(t)
  const before = await player.session()
  assert.equal(before.custody, 'tab')
  await move(player.page, 1, 1)
  await player.reload()

  const { session, reason, prompts, outcome } = await player.watch(async () => {
    const found = await player.page.evaluate(() => driver.restore())
    return { ...found, outcome: await move(player.page, 2, 2) }
  })
  assert.equal(reason, undefined)
  assert.deepEqual(session, { ...before, status: 'enabled' })
  assert.equal(outcome.error, undefined, outcome.error?.message)
  assert.deepEqual(prompts, [])
  assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2]])
})

test('a session that was never used survives a reload too', limits, async (t) => {
  const player = await join(t)
  await player.session()
  await player.reload()
  const { session } = await player.page.evaluate(() => driver.restore())
  assert.equal(session.status, 'granted')
  const { error } = await move(player.page, 4, 4)
  assert.equal(error, undefined, error?.message)
  assert.equal(player.wallet.count(SIGN), 1)
  assert.deepEqual(await movesOf(player.account, player.since), [[4, 4]])
})

test('a reload while the first move is on its way loses nothing', limits, async (t) => {
  const player = await join(t)
  await player.session()
  // Gone as soon as the bundler has it: nobody in the page hears of the receipt.
  await player.page.evaluate(() => driver.session.sendCalls({ calls: [driver.move(1, 1)] }).then(() => undefined))
  await player.reload()
  const { session } = await player.page.evaluate(() => driver.restore())
  assert.ok(session, 'there is a session')
  const { error } = await move(player.page, 2, 2)
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2]])
  const enabling = (await operationsOf(player.account, player.since)).map(({ enabling }) => enabling)
  assert.deepEqual(enabling, [true, false])
})

test('an answer that comes only after a reload is asked for again, with the same grant', limits, async (t) => {
  const player = await join(t)
  const first = await askInVain(player)
  const { key } = await onlyRecord(player.page)
  await player.reload()
  const { reason } = await player.page.evaluate(() => driver.restore())
  assert.equal(reason, 'none', 'what was not answered is not restored')

  player.wallet.decisions[SIGN] = 'approve'
  const { session, stages } = await player.page.evaluate(() => driver.resume())
  assert.deepEqual(stages, ['connecting', 'awaiting-signature', 'verifying', 'stored'])
  assert.deepEqual(await player.wallet.shown(2), first)
  assert.deepEqual(player.wallet.prompts.map(({ method }) => method), [CONNECT, SIGN, SIGN])
  assert.equal(session.key, key)
  assert.equal(session.account, player.account)
  assert.equal(session.status, 'granted')

  const { error } = await move(player.page, 5, 6)
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(await pieceOf(player.account), { x: 5, y: 6, moves: 1 })
  assert.equal(Object.keys((await stored(player.page)).keys).length, 1, 'no second key was made')
})

test('a signature that reached the game some other way finishes the request, without a prompt', limits, async (t) => {
  const player = await join(t)
  const signature = await player.wallet.sign(await askInVain(player))
  await player.reload()
  const { session, stages, prompts } = await player.watch(() =>
    player.page.evaluate((signature) => driver.resume(signature), signature),
  )
  assert.deepEqual({ stages, prompts }, { stages: ['verifying', 'stored'], prompts: [] })
  assert.equal(session.status, 'granted')
  const { error } = await move(player.page, 7, 8)
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(await pieceOf(player.account), { x: 7, y: 8, moves: 1 })
  assert.deepEqual(await player.page.evaluate(() => driver.resume()), { session: null, stages: [] })
})

test('with device storage the request outlives its tab; a signature by somebody else does not finish it', limits, async (t) => {
  const player = await join(t, { storage: 'device' })
  const grant = await askInVain(player)
  await player.page.close()
  player.page = await player.open()

  const { wallet: stranger } = await join(t)
  const refused = await player.page.evaluate((signature) => driver.resume(signature), await stranger.sign(grant))
  assert.equal(refused.error.code, 'wallet.other-signer')
  assert.equal((await player.page.evaluate(() => driver.restore())).session, null)

  const { session } = await player.page.evaluate((signature) => driver.resume(signature), await player.wallet.sign(grant))
  assert.deepEqual({ custody: session.custody, status: session.status }, { custody: 'device', status: 'granted' })
  const { error } = await move(player.page, 9, 9)
  assert.equal(error, undefined, error?.message)
  assert.equal((await pieceOf(player.account)).moves, 1)
  assert.equal(player.wallet.count(SIGN), 1)
})

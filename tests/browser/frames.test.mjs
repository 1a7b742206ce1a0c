// A page that another origin has in a frame opens no key, unless the app allowed that origin by name (threat model, rule 14).
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pieceOf } from './chain.mjs'
import { until } from './environment.mjs'
import { join } from './player.mjs'
import { serve } from './server.mjs'
import { listed } from './steps.mjs'
import { stored } from './storage.mjs'
import { SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }

// Another origin of the same site, whose frames share storage with the page; the player's other name is another site.
const portal = await serve()
after(() => portal.stop())

/** A page of `outer` that has `inner` in a frame. */
const framing = (outer, inner) => `${outer}/frame.html?${encodeURIComponent(inner)}`

async function joinBesidePortal(t, options) {
  const player = await join(t, options)
  player.origins.add(portal.origin)
  player.game = `${player.origin}/`
  return player
}

/** Opens `address`; answers the frame that the game is in, started with `options`. */
async function framed(player, address, options) {
  const page = await player.context.newPage()
  await page.goto(address)
  const frame = await until('the game in its frame', () => page.frames().find((frame) => frame.url() === player.game))
  await player.start(frame, options)
  return frame
}

async function assertRefused(player, frame, by) {
  const { error } = await frame.evaluate(() => driver.request())
  assert.deepEqual([error.isOurs, error.code], [true, 'storage.framed'], error.message)
  assert.ok(error.message.includes(by), error.message)
  assert.match(error.remedy, /allowFramedBy/)
  assert.equal(player.wallet.count(SIGN), 0)
  assert.deepEqual(await listed(frame), [])
}

async function assertWorks(player, frame, moves = 1) {
  const { error } = await frame.evaluate((at) => driver.send(driver.move(at, at)), moves)
  assert.equal(error, undefined, error?.message)
  assert.equal((await pieceOf(player.account)).moves, moves)
}

async function request(frame) {
  const { session, error } = await frame.evaluate(() => driver.request())
  assert.equal(error, undefined, error?.message)
  return session
}

for (const host of ['127.0.0.1', 'localhost']) {
  test(`a page at ${host} in a frame of another site asks for no session`, limits, async (t) => {
    const player = await joinBesidePortal(t, { host })
    await assertRefused(player, await framed(player, framing(player.foreignOrigin, player.game)), player.foreignOrigin)
    await player.session()
    await assertWorks(player, player.page)
  })
}

test('nor does it in a frame of another origin of its site', limits, async (t) => {
  const player = await joinBesidePortal(t)
  const frame = await framed(player, framing(portal.origin, player.game))
  await assertRefused(player, frame, portal.origin)
  const { session, records, states } = await stored(frame)
  assert.deepEqual({ session, records, states }, { session: {}, records: {}, states: {} })
  assert.deepEqual(await frame.evaluate(() => driver.downgrades), [], 'a weaker place would not help')
})

test('an origin that is allowed by name may frame the page; another one may not', limits, async (t) => {
  const player = await joinBesidePortal(t, { storage: 'device' })
  const address = framing(portal.origin, player.game)
  const other = await framed(player, address, { allowFramedBy: ['https://portal.example', player.foreignOrigin] })
  await assertRefused(player, other, portal.origin)
  const frame = await framed(player, address, { allowFramedBy: [portal.origin] })
  assert.equal((await request(frame)).account, player.account)
  await assertWorks(player, frame)
})

test('where the browser keeps nothing for frames of other sites, an allowed one has its session in memory', limits, async (t) => {
  const player = await joinBesidePortal(t)
  const frame = await framed(player, framing(player.foreignOrigin, player.game), { allowFramedBy: [player.foreignOrigin] })
  const { custody } = await request(frame)
  assert.equal(custody, 'memory')
  assert.deepEqual(await frame.evaluate(() => driver.downgrades.map(({ from, to }) => [from, to])), [['tab', 'memory']])
  await assertWorks(player, frame)
})

test('a session that is there already is not used in a frame that is not allowed', limits, async (t) => {
  const player = await joinBesidePortal(t, { storage: 'device' })
  const { id } = await player.session()
  await assertWorks(player, player.page)

  const frame = await framed(player, framing(portal.origin, player.game))
  assert.deepEqual(await listed(frame), [id])
  const restored = await frame.evaluate(() => driver.outcome(driver.restore()))
  assert.equal(restored.error.code, 'storage.framed', restored.error.message)
  assert.ok(restored.error.message.includes(portal.origin))

  // A locked one is taken up without its key; to unlock it takes the key.
  await player.page.evaluate(() => driver.session.lock())
  assert.equal((await frame.evaluate(() => driver.restore())).session.status, 'locked')
  const unlocked = await frame.evaluate(() => driver.outcome(driver.session.unlock()))
  assert.equal(unlocked.error.code, 'storage.framed')
  await player.page.evaluate(() => driver.session.unlock())
  const { error, requests } = await player.watch(() => frame.evaluate(() => driver.send(driver.move(9, 9))))
  assert.equal(error.code, 'storage.framed', error.message)
  assert.ok(!requests.includes('eth_sendUserOperation'))
  await assertWorks(player, player.page, 2)
})

test('a frame of the page’s own origin is no hindrance', limits, async (t) => {
  const player = await joinBesidePortal(t)
  const frame = await framed(player, framing(player.origin, player.game))
  await request(frame)
  await assertWorks(player, frame)
})

test('another origin further out counts as well', limits, async (t) => {
  const player = await joinBesidePortal(t)
  const inner = framing(player.origin, player.game)
  await assertRefused(player, await framed(player, framing(portal.origin, inner)), portal.origin)
  await assertRefused(player, await framed(player, framing(player.foreignOrigin, inner)), player.foreignOrigin)
  const frame = await framed(player, framing(portal.origin, inner), { allowFramedBy: [portal.origin] })
  await request(frame)
  await assertWorks(player, frame)
})

test('a foreign frame between two of the own origin counts as well', limits, async (t) => {
  const player = await joinBesidePortal(t)
  const inner = framing(player.foreignOrigin, player.game)
  await assertRefused(player, await framed(player, framing(player.origin, inner)), player.foreignOrigin)
})

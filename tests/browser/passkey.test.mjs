// Sessions that a passkey guards, with an authenticator of the browser's own (WebAuthn with PRF, at http://localhost): one gesture for the
// request, none while it is in use, one for each return.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movesOf, pieceOf } from './chain.mjs'
import { sleep } from './environment.mjs'
import { join } from './player.mjs'
import { stored } from './storage.mjs'
import { SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }

/** Runs in the page before anything else: a user who closes the browser's prompts while `userDeclines` is set. */
const declining = () => {
  // Pages without a name of their own have no passkeys.
  const container = globalThis.CredentialsContainer?.prototype ?? {}
  for (const name of ['create', 'get']) {
    const ask = container[name]
    container[name] = function (options) {
      if (window.userDeclines) return Promise.reject(new DOMException('the prompt was closed', 'NotAllowedError'))
      return ask.call(this, options)
    }
  }
}

/** A player whose page has an authenticator; `gestures` counts what its user confirmed. */
async function guarded(t, { hasPrf = true, scripts = [], ...options } = {}) {
  const player = await join(t, { host: 'localhost', storage: 'passkey', scripts: [declining, ...scripts], ...options })
  const devtools = await player.context.newCDPSession(player.page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true, hasPrf,
    },
  })
  player.gestures = { made: 0, used: 0 }
  devtools.on('WebAuthn.credentialAdded', () => (player.gestures.made += 1))
  devtools.on('WebAuthn.credentialAsserted', () => (player.gestures.used += 1))
  /** Whether the user confirms from now on. */
  player.confirm = (does) => player.page.evaluate((does) => (window.userDeclines = !does), does)
  /** From now on the authenticator does not know the user: it soon shuts itself, so there is no way back. */
  player.shut = () => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  player.passkeys = async () => (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length
  return player
}

/** Gestures that `work` takes. */
async function gesturesOf(player, work) {
  const { made, used } = player.gestures
  const answer = await work()
  // News of a gesture may come after what it was for.
  await sleep(30)
  return { answer, made: player.gestures.made - made, used: player.gestures.used - used }
}

async function plays(player, x, y, gestures) {
  const { answer, made, used } = await gesturesOf(player, () => player.page.evaluate(([x, y]) => driver.send(driver.move(x, y)), [x, y]))
  assert.equal(answer.error, undefined, answer.error?.message)
  assert.deepEqual({ made, used }, { made: 0, used: gestures })
}

const restore = ({ page }) => page.evaluate(() => driver.restore())

test('one gesture for the request, none while it is in use, one for each return', limits, async (t) => {
  const player = await guarded(t)
  const { answer: asked, ...gestures } = await gesturesOf(player, () => player.session())
  assert.deepEqual(gestures, { made: 1, used: 0 })
  assert.equal(asked.custody, 'passkey')
  const { tier, asked: wanted, because, script, copiedProfile, closedTab } = await player.page.evaluate(() => driver.session.custody)
  assert.deepEqual({ tier, wanted, because }, { tier: 'passkey', wanted: 'passkey', because: null })
  for (const sentence of [script, copiedProfile, closedTab]) assert.match(sentence, /passkey/)

  await plays(player, 1, 1, 0)
  await plays(player, 2, 2, 0)
  await player.page.evaluate(() => driver.session.suspend())
  await plays(player, 3, 3, 1)
  await plays(player, 4, 4, 0)

  await player.reload()
  const { answer: found, ...silent } = await gesturesOf(player, () => restore(player))
  assert.deepEqual(silent, { made: 0, used: 0 }, 'taking it up asks for nothing')
  assert.deepEqual(found.session, { ...asked, status: 'enabled' })
  await plays(player, 5, 5, 1)
  await plays(player, 6, 6, 0)
  assert.deepEqual(await movesOf(player.account, player.since), [1, 2, 3, 4, 5, 6].map((at) => [at, at]))
  assert.equal(player.wallet.count(SIGN), 1)
})

test('operations that are sent together after a rest share one gesture', limits, async (t) => {
  const player = await guarded(t)
  await player.session()
  await plays(player, 1, 1, 0)
  await player.page.evaluate(() => driver.session.suspend())
  const { answer, made, used } = await gesturesOf(player, () =>
    player.page.evaluate(() => driver.sendEach([driver.move(2, 2), driver.move(3, 3), driver.move(4, 4)])),
  )
  assert.deepEqual(answer.map(({ error }) => error?.message), [undefined, undefined, undefined])
  assert.deepEqual({ made, used }, { made: 0, used: 1 })
})

test('a session that idles rests, and comes back with one gesture', limits, async (t) => {
  const player = await guarded(t, { suspend: { idle: '2s' } })
  await player.session()
  await plays(player, 1, 1, 0)
  await sleep(2300)
  await plays(player, 2, 2, 1)
  await sleep(2300)
  await plays(player, 3, 3, 1)
})

test('a gesture that the user declines changes nothing, and may be asked for again', limits, async (t) => {
  const player = await guarded(t)
  await player.session()
  await plays(player, 1, 1, 0)
  const { page } = player
  const before = await page.evaluate(() => ({ ...driver.session.remaining(), seconds: 0 }))
  await page.evaluate(() => driver.session.suspend())
  await player.confirm(false)
  const { error, requests } = await player.watch(() => page.evaluate(() => driver.send(driver.move(2, 2))))
  assert.deepEqual([error.isOurs, error.code, error.retryable], [true, 'storage.passkey-declined', true], error.message)
  assert.ok(!requests.includes('eth_sendUserOperation'))
  assert.equal(await page.evaluate(() => driver.session.status), 'enabled')
  assert.deepEqual(await page.evaluate(() => ({ ...driver.session.remaining(), seconds: 0 })), before)
  await player.confirm(true)
  await plays(player, 3, 3, 1)
  assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [3, 3]])
})

test('an authenticator that does not know the user any more opens nothing', limits, async (t) => {
  const player = await guarded(t)
  await player.session()
  await plays(player, 1, 1, 0)
  await player.page.evaluate(() => driver.session.suspend())
  await player.shut()
  const { error } = await player.page.evaluate(() => driver.send(driver.move(2, 2)))
  assert.equal(error.code, 'storage.passkey-declined', error.message)
  assert.deepEqual(await movesOf(player.account, player.since), [[1, 1]])
})

test('where the user declines at the request, the owner is not asked and nothing is kept', limits, async (t) => {
  const player = await guarded(t)
  await player.confirm(false)
  const { error } = await player.page.evaluate(() => driver.request())
  assert.equal(error.code, 'storage.passkey-declined', error.message)
  assert.equal(error.retryable, true)
  assert.equal(player.wallet.count(SIGN), 0)
  const { records, states, keys, session } = await stored(player.page)
  assert.deepEqual({ records, states, keys, session }, { records: {}, states: {}, keys: {}, session: {} })
  assert.deepEqual(await player.page.evaluate(() => driver.downgrades), [], 'declining is not a reason to take a weaker place')
  await player.confirm(true)
  await player.session()
  await plays(player, 1, 1, 0)
})

for (const [what, options, message] of [
  ['an authenticator that derives no keys', { hasPrf: false }, /derives no keys/],
  ['a browser without WebAuthn', { scripts: [() => delete globalThis.CredentialsContainer?.prototype.create] }, /no WebAuthn/],
  // Passkeys need a name, and this is an address.
  ['a page at an IP address', { host: '127.0.0.1' }, /SecurityError|invalid domain/],
]) {
  test(`with ${what} the session is kept in memory, and that is told`, limits, async (t) => {
    const player = await guarded(t, options)
    const { custody } = await player.session()
    assert.equal(custody, 'memory')
    const { tier, asked, because } = await player.page.evaluate(() => driver.session.custody)
    assert.deepEqual({ tier, asked, code: because.code }, { tier: 'memory', asked: 'passkey', code: 'storage.no-passkey' })
    assert.match(because.message, message)
    const told = await player.page.evaluate(() => driver.downgrades)
    assert.deepEqual(told, [{ from: 'passkey', to: 'memory', ...because }])
    const { records, states, keys, passkeys } = await stored(player.page)
    assert.deepEqual({ records, states, keys, passkeys }, { records: {}, states: {}, keys: {}, passkeys: {} })
    await plays(player, 1, 1, 0)
    await player.reload()
    assert.equal((await restore(player)).reason, 'none')
  })
}

test('two sessions share one passkey, and are forgotten apart', limits, async (t) => {
  const player = await guarded(t)
  const one = await player.session()
  const { answer: other, ...gestures } = await gesturesOf(player, () => player.session())
  assert.deepEqual(gestures, { made: 0, used: 1 })
  assert.equal(await player.passkeys(), 1)
  assert.notEqual(one.key, other.key)
  await plays(player, 1, 1, 0)
  const { keys, passkeys } = await stored(player.page)
  assert.equal(Object.keys(keys).length, 2)
  assert.deepEqual(Object.values(keys).map(({ extractable }) => extractable), [false, false])
  assert.deepEqual(Object.values(passkeys), [['id', 'transports']], 'an id is all that is kept of the passkey')

  // The page has the second one open.
  await player.page.evaluate(() => driver.session.forget())
  const left = await stored(player.page)
  const ids = (stored) => Object.keys(stored).map((name) => name.split('/').at(-1))
  for (const kind of [left.records, left.states, left.keys]) assert.deepEqual(ids(kind), [one.id])
  await player.reload()
  assert.equal((await restore(player)).session.id, one.id)
  await plays(player, 2, 2, 1)
  await player.page.evaluate(() => driver.session.forget())
  const { records, states, keys: none } = await stored(player.page)
  assert.deepEqual({ records, states, none }, { records: {}, states: {}, none: {} })
  assert.equal((await restore(player)).reason, 'none')
})

test('a lock asks for nothing, and to end it takes the gesture', limits, async (t) => {
  const player = await guarded(t)
  await player.session()
  await plays(player, 1, 1, 0)
  const { page } = player
  const lock = await gesturesOf(player, () => page.evaluate(() => driver.session.lock()))
  assert.deepEqual([lock.made, lock.used], [0, 0])
  const refused = await gesturesOf(player, () => page.evaluate(() => driver.send(driver.move(2, 2))))
  assert.deepEqual([refused.answer.error.code, refused.used], ['session.locked', 0])
  await player.confirm(false)
  const declined = await page.evaluate(() => driver.outcome(driver.session.unlock()))
  assert.equal(declined.error.code, 'storage.passkey-declined')
  assert.equal(await page.evaluate(() => driver.session.status), 'locked')
  await player.confirm(true)
  const unlock = await gesturesOf(player, () => page.evaluate(() => driver.session.unlock()))
  assert.deepEqual([unlock.made, unlock.used], [0, 1])
  await plays(player, 3, 3, 0)
  assert.equal((await pieceOf(player.account)).moves, 2)
})

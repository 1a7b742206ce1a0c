// What a copy of the browser's storage gives away: never the session key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pieceOf } from './chain.mjs'
import { privateKeyToAddress } from './environment.mjs'
import { join } from './player.mjs'
import { stored } from './storage.mjs'

const limits = { timeout: 60_000 }
/** An IV of 12 bytes, a key of 32 and a tag of 16. */
const SEALED_BYTES = 60

/** Every 32 bytes that stand in a row in hex or base64 within a text. */
function* candidates(text) {
  const seen = new Set()
  const hex = (text.match(/[0-9a-fA-F]{64,}/g) ?? []).map((digits) => digits.toLowerCase())
  const others = (text.match(/[A-Za-z0-9+/_-]{43,}/g) ?? []).filter((part) => !/^(0x)?[0-9a-fA-F]+$/.test(part))
  const base64 = others.map((part) => Buffer.from(part, 'base64').toString('hex'))
  for (const digits of [...hex, ...base64]) {
    for (let at = 0; at + 64 <= digits.length; at += 2) {
      const word = digits.slice(at, at + 64)
      if (!seen.has(word)) yield word
      seen.add(word)
    }
  }
}

/** Whether a text holds the private key of an address. */
function holdsKeyOf(address, text) {
  for (const word of candidates(text)) {
    try {
      if (privateKeyToAddress(`0x${word}`).toLowerCase() === address.toLowerCase()) return true
    } catch {
      // Not a private key at all: zero, or past the order of the curve.
    }
  }
  return false
}

test('the search finds a key where there is one', () => {
  const key = '59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
  const address = privateKeyToAddress(`0x${key}`)
  assert.ok(holdsKeyOf(address, `{"sealed":"0x00ff${key}00"}`))
  assert.ok(holdsKeyOf(address, JSON.stringify({ sealed: Buffer.from(key, 'hex').toString('base64') })))
  assert.ok(!holdsKeyOf(address, `{"sealed":"0x${key.replace('5', '6')}"}`))
})

for (const storage of ['tab', 'device']) {
  test(`${storage} storage holds a sealed key and a key to it that nobody can export`, limits, async (t) => {
    const player = await join(t, { storage })
    const session = await player.session()
    const { error } = await player.page.evaluate(() => driver.send(driver.move(1, 1)))
    assert.equal(error, undefined, error?.message)
    assert.equal((await pieceOf(player.account)).moves, 1)

    const { session: tab, local, records, states, keys, cookie, databases } = await stored(player.page)
    assert.deepEqual({ local, cookie, databases }, { local: {}, cookie: '', databases: ['hallpass'] })
    const [used, unused] = storage === 'tab' ? [tab, records] : [records, tab]
    assert.deepEqual(unused, {}, 'the other tier holds nothing')
    const [[name, text], ...more] = Object.entries(used)
    assert.deepEqual(more, [])
    assert.ok(name.includes(player.account) && name.includes(session.id))

    const record = JSON.parse(text)
    assert.equal(record.key, session.key)
    assert.match(record.sealed, new RegExp(`^0x[0-9a-f]{${2 * SEALED_BYTES}}$`))
    assert.ok(!holdsKeyOf(session.key, text), 'the key is nowhere in the record')

    assert.deepEqual(Object.keys(states), [name])
    assert.match(states[name], /^[0-9a-f]{200,}$/, 'counters and grant signature are sealed too')

    const usages = ['decrypt', 'encrypt']
    const exports = ['InvalidAccessError', 'InvalidAccessError']
    const wrapping = { isCryptoKey: true, extractable: false, algorithm: 'AES-GCM', usages, exports }
    assert.deepEqual(keys, { [name]: wrapping })
  })
}

test('two sessions have keys of their own, sealed apart and forgotten apart', limits, async (t) => {
  const player = await join(t)
  const [one, other] = [await player.session(), await player.session()]
  assert.notEqual(one.key, other.key)
  const { session, states, keys } = await stored(player.page)
  const ids = (stored) => Object.keys(stored).map((name) => name.split('/').at(-1)).sort()
  for (const kind of [session, states, keys]) assert.deepEqual(ids(kind), [one.id, other.id].sort())
  const ivs = Object.values(session).map((text) => JSON.parse(text).sealed.slice(0, 26))
  assert.equal(new Set(ivs).size, 2)

  // The page has the second one open.
  await player.page.evaluate(() => driver.session.forget())
  const left = await stored(player.page)
  for (const kind of [left.session, left.states, left.keys]) assert.deepEqual(ids(kind), [one.id])
})

test('a record that was moved to another session does not open', limits, async (t) => {
  const player = await join(t)
  await player.session()
  await player.page.evaluate(() => {
    const [name] = Object.keys(sessionStorage)
    const record = JSON.parse(sessionStorage[name])
    // A stolen seal with a longer life, as somebody with access to the storage might write it.
    record.validUntil = `0x${(Number(record.validUntil) + 86_400).toString(16)}`
    sessionStorage[name] = JSON.stringify(record)
  })
  await player.reload()
  const { session, reason } = await player.page.evaluate(() => driver.restore())
  assert.deepEqual({ session, reason }, { session: null, reason: 'storage-lost' })
})

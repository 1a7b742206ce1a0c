// What wallets do besides signing: decline, stay silent, be on another chain.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pieceOf } from './chain.mjs'
import { stack, viem } from './environment.mjs'
import { join } from './player.mjs'
import { statuses, stored } from './storage.mjs'
import { ADD, CONNECT, SIGN, SWITCH } from './wallet.mjs'

const limits = { timeout: 60_000 }
const request = (player) => player.page.evaluate(() => driver.request())
const shown = (player) => player.wallet.prompts.map(({ method }) => method)

/** Nothing of a session is left in the browser. */
async function assertNothingStored({ page }) {
  const { session, local, records, states, keys } = await stored(page)
  assert.deepEqual({ session, local, records, states, keys }, { session: {}, local: {}, records: {}, states: {}, keys: {} })
  assert.deepEqual(await page.evaluate(() => driver.hallpass.list()), [])
}

/** Asks again, and plays. */
async function assertItWorks(player) {
  player.wallet.decisions = {}
  await player.session()
  const { error } = await player.page.evaluate(() => driver.send(driver.move(3, 4)))
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(await pieceOf(player.account), { x: 3, y: 4, moves: 1 })
}

/** Asks a wallet that never answers, and gives up by a signal while it shows the grant. */
async function giveUp(player) {
  player.wallet.decisions[SIGN] = 'never'
  await player.page.evaluate(() => {
    driver.abort = new AbortController()
    driver.asked = driver.request({ signal: driver.abort.signal })
  })
  const grant = await player.wallet.shown(1)
  const outcome = await player.page.evaluate(() => {
    driver.abort.abort()
    return driver.asked
  })
  return { ...outcome, grant }
}

for (const storage of ['tab', 'device']) {
  test(`a no leaves nothing behind in ${storage} storage, and asking again works`, limits, async (t) => {
    const player = await join(t, { storage })
    player.wallet.decisions[SIGN] = 4001
    const { error, stages } = await request(player)
    assert.equal(error.isOurs, true)
    assert.equal(error.code, 'wallet.rejected')
    assert.equal(error.retryable, true)
    assert.equal(stages.at(-1), 'awaiting-signature')
    await assertNothingStored(player)
    const { databases, stores } = await stored(player.page)
    assert.deepEqual({ databases, stores }, { databases: ['hallpass'], stores: ['keys', 'records'] })
    await assertItWorks(player)
    assert.equal(player.wallet.count(SIGN), 2)
  })
}

test('a no to being connected asks nothing else', limits, async (t) => {
  const player = await join(t)
  player.wallet.decisions[CONNECT] = 4001
  const { error, requests } = await player.watch(() => request(player))
  assert.equal(error.code, 'wallet.rejected')
  assert.deepEqual({ requests, shown: shown(player) }, { requests: [], shown: [CONNECT] })
  await assertNothingStored(player)
})

test('a wallet that never answers is given up by a signal, and a late answer is taken up', limits, async (t) => {
  const player = await join(t)
  const { error, grant } = await giveUp(player)
  assert.equal(error.isOurs, true)
  assert.equal(error.code, 'aborted')
  assert.deepEqual(await statuses(player.page), ['pending'])

  const { session } = await player.page.evaluate((signature) => driver.resume(signature), await player.wallet.sign(grant))
  assert.equal(session.status, 'granted')
  assert.equal(player.wallet.count(SIGN), 1)
  const { error: fault } = await player.page.evaluate(() => driver.send(driver.move(1, 1)))
  assert.equal(fault, undefined, fault?.message)
  assert.equal((await pieceOf(player.account)).moves, 1)
})

test('after a signal ended a request, asking again shows a prompt of its own', limits, async (t) => {
  const player = await join(t)
  const { error } = await giveUp(player)
  assert.equal(error.code, 'aborted')
  assert.equal(player.wallet.count(SIGN), 1)
  await assertItWorks(player)
  assert.equal(player.wallet.count(SIGN), 2)
})

test('a wallet on another chain is brought to this one', limits, async (t) => {
  const player = await join(t)
  player.wallet.chainId = 1
  const { error, stages } = await request(player)
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(stages, ['choosing', 'connecting', 'funding', 'switching', 'awaiting-signature', 'verifying', 'stored'])
  assert.deepEqual(shown(player), [CONNECT, SWITCH, SIGN])
  assert.deepEqual(player.wallet.prompts[1].params, [{ chainId: viem.toHex(stack.chainId) }])
  assert.equal(player.wallet.chainId, stack.chainId)
  const { error: fault } = await player.page.evaluate(() => driver.send(driver.move(1, 1)))
  assert.equal(fault, undefined, fault?.message)
  assert.equal((await pieceOf(player.account)).moves, 1)
})

test('a chain that the wallet does not know is added', limits, async (t) => {
  const rpcUrls = { default: { http: [stack.chain] } }
  const player = await join(t, { chain: { id: stack.chainId, name: 'Local', rpcUrls } })
  player.wallet.chainId = 1
  player.wallet.decisions[SWITCH] = 4902
  const { error } = await request(player)
  assert.equal(error, undefined, error?.message)
  assert.deepEqual(shown(player), [CONNECT, SWITCH, ADD, SIGN])
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
  const added = { chainId: viem.toHex(stack.chainId), chainName: 'Local', nativeCurrency, rpcUrls: [stack.chain] }
  assert.deepEqual(player.wallet.prompts[2].params, [added])
})

test('a wallet that does not leave its chain is asked to sign nothing', limits, async (t) => {
  const player = await join(t)
  player.wallet.chainId = 1
  const cases = [
    [4001, 'wallet.rejected'],
    // It says that it left, and did not.
    ['ignore', 'wallet.wrong-chain'],
    // It has no such method.
    [4200, 'wallet.wrong-chain'],
  ]
  for (const [decision, code] of cases) {
    player.wallet.decisions[SWITCH] = decision
    const { error, stages } = await request(player)
    assert.equal(error.code, code, error.message)
    assert.equal(stages.at(-1), 'switching')
    await assertNothingStored(player)
  }
  assert.deepEqual(shown(player), [CONNECT, SWITCH, SWITCH, SWITCH])
  player.wallet.chainId = stack.chainId
  await assertItWorks(player)
})

test('a node of another chain is found out before the owner is asked to sign', limits, async (t) => {
  const player = await join(t, { chain: stack.chainId + 1 })
  const { error } = await request(player)
  assert.equal(error.code, 'chain.mismatch')
  assert.equal(player.wallet.count(SIGN), 0)
  assert.equal(player.wallet.count(SWITCH), 0)
  await assertNothingStored(player)
})

// Contracts refuse: in the bundler's simulation nothing is sent; on chain the calls are undone, and the page hears why.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasLiked, operationsOf, pieceOf, postAs } from './chain.mjs'
import { stack, viem } from './environment.mjs'
import { join } from './player.mjs'
import { OwnerWallet, SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }
const ERRORS = viem.parseAbi(['error OffTheBoard(uint8 x, uint8 y)', 'error AlreadyLiked(uint256 id, address account)'])
const encoded = (errorName, ...args) => viem.encodeErrorResult({ abi: ERRORS, errorName, args })

/** Holds what the page sends to the bundler until `count` estimates are answered: so all of them see the chain before any is sent. */
async function holdUntilEstimated(page, count) {
  let estimated = 0
  let release
  const all = new Promise((resolve) => (release = resolve))
  await page.route(`${stack.bundler}/**`, async (route) => {
    const { method } = JSON.parse(route.request().postData() ?? '{}')
    if (method === 'eth_sendUserOperation') await all
    if (method !== 'eth_estimateUserOperationGas') return route.continue()
    const response = await route.fetch()
    await route.fulfill({ response })
    estimated += 1
    if (estimated === count) release()
  })
}

/** Likes a post twice at once; only the first can be. The outcomes, and that of the second with `revert: 'return'`. */
async function likeTwice(player) {
  const post = await postAs(new OwnerWallet())
  await player.session()
  await player.page.evaluate(() => driver.send(driver.move(1, 1)))
  await holdUntilEstimated(player.page, 2)
  const outcomes = await player.page.evaluate(async (post) => {
    const [first, second] = [0, 1].map(() => driver.session.sendCalls({ calls: [driver.like(post)] }))
    const stages = []
    const read = async () => {
      for await (const stage of second.stages) stages.push(stage)
    }
    return {
      first: await driver.outcome(first.wait()),
      second: await driver.outcome(second.wait()),
      returned: await driver.outcome(second.wait({ revert: 'return' })),
      sent: await driver.outcome(Promise.resolve(second)),
      iterated: await driver.outcome(read()),
      stages,
    }
  }, post)
  assert.equal(outcomes.first.error, undefined, outcomes.first.error?.message)
  assert.equal(outcomes.first.value.success, true)
  assert.equal(await hasLiked(player.account, post), true)
  const operations = await operationsOf(player.account, player.since)
  assert.deepEqual(operations.map(({ success }) => success), [true, true, false], 'the second was included and undone')
  return { ...outcomes, post, hash: operations[2].userOpHash }
}

test('a move that would revert is not sent, and the reason is told', limits, async (t) => {
  const player = await join(t)
  await player.session()
  await player.page.evaluate(() => driver.send(driver.move(1, 1)))
  const { error, stages, requests } = await player.watch(() => player.page.evaluate(() => driver.send(driver.move(16, 3))))
  assert.equal(error.isOurs, true)
  assert.equal(error.code, 'bundler.simulation')
  assert.equal(typeof error.bundlerCode, 'number')
  assert.equal(error.revert?.data, encoded('OffTheBoard', 16, 3))
  assert.deepEqual(stages, ['checked'])
  assert.ok(!requests.includes('eth_sendUserOperation'))
  assert.equal((await operationsOf(player.account, player.since)).length, 1)

  // Nothing is used up by it.
  const after = await player.page.evaluate(() => driver.send(driver.move(15, 3)))
  assert.equal(after.error, undefined, after.error?.message)
  assert.deepEqual(await pieceOf(player.account), { x: 15, y: 3, moves: 2 })
})

test('a first move that would revert leaves the session as it was', limits, async (t) => {
  const player = await join(t)
  await player.session()
  const { error } = await player.page.evaluate(() => driver.send(driver.move(16, 3)))
  assert.equal(error.code, 'bundler.simulation')
  assert.equal(error.revert?.data, encoded('OffTheBoard', 16, 3))
  assert.equal(await player.page.evaluate(() => driver.session.status), 'granted')
  const after = await player.page.evaluate(() => driver.send(driver.move(2, 2)))
  assert.equal(after.error, undefined, after.error?.message)
  assert.deepEqual(await pieceOf(player.account), { x: 2, y: 2, moves: 1 })
  assert.equal(player.wallet.count(SIGN), 1)
})

test('an error that the ABI of a call declares is told by its name', limits, async (t) => {
  const player = await join(t)
  await player.session()
  await player.page.evaluate(() => driver.send(driver.move(1, 1)))
  const { error } = await player.page.evaluate(() => {
    const coordinates = [{ name: 'x', type: 'uint8' }, { name: 'y', type: 'uint8' }]
    const abi = [
      { type: 'function', name: 'move', inputs: coordinates, outputs: [], stateMutability: 'nonpayable' },
      { type: 'error', name: 'OffTheBoard', inputs: coordinates },
    ]
    return driver.send({ to: driver.contracts.board, abi, functionName: 'move', args: [16, 3] })
  })
  assert.equal(error.code, 'bundler.simulation')
  const { data, name, args, declaration } = error.revert
  assert.deepEqual({ data, name, args }, { data: encoded('OffTheBoard', 16, 3), name: 'OffTheBoard', args: ['16', '3'] })
  assert.match(declaration, /^OffTheBoard\(uint8/)
})

test('calls that are undone on chain reject as execution.reverted', limits, async (t) => {
  const player = await join(t)
  const { second, sent, post, hash } = await likeTwice(player)
  assert.equal(sent.value, hash, 'it was sent all the same')
  assert.equal(second.value, undefined, 'waiting for it does not succeed')
  assert.equal(second.error.isOurs, true)
  assert.equal(second.error.code, 'execution.reverted')
  assert.equal(second.error.revert?.data, encoded('AlreadyLiked', post, player.account))
  assert.equal(second.error.receipt.success, false)
  assert.equal(second.error.receipt.userOpHash, hash)
})

test('waiting with revert: return answers the receipt, and the stages end with it', limits, async (t) => {
  const player = await join(t)
  const { returned, stages, iterated, post, hash } = await likeTwice(player)
  assert.equal(returned.error, undefined, returned.error?.message)
  const { success, userOpHash, revert, gasCost } = returned.value
  assert.deepEqual({ success, userOpHash }, { success: false, userOpHash: hash })
  assert.equal(revert?.data, encoded('AlreadyLiked', post, player.account))
  assert.ok(gasCost > 0n, 'the gas is paid all the same')
  assert.deepEqual(stages.map(({ name }) => name), ['checked', 'estimated', 'signed', 'sent', 'included'])
  assert.equal(stages.at(-1).receipt.success, false)
  assert.equal(iterated.error, undefined, 'included is the last thing that the stages tell')

  // The session goes on.
  await player.page.unroute(`${stack.bundler}/**`)
  const after = await player.page.evaluate(() => driver.send(driver.move(2, 2)))
  assert.equal(after.error, undefined, after.error?.message)
  assert.equal((await pieceOf(player.account)).moves, 2)
})

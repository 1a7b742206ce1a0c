// What becomes of operations, whatever the bundler says: one fate each, told by stages, events and id, also after a reload.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handOver, movesOf, operationsOf } from './chain.mjs'
import { rpc, stack, until } from './environment.mjs'
import { join } from './player.mjs'
import { listens, moves, status } from './steps.mjs'

const limits = { timeout: 60_000 }
const SEND = 'eth_sendUserOperation'

/** A player whose session is enabled by a first move. */
async function playing(t, options) {
  const player = await join(t, options)
  await player.session()
  await moves(player.page, 0, 0)
  return player
}

/** From now on `answer(route, operation, count)` decides on what the page hands over to the bundler; other requests pass. */
async function between(page, answer) {
  let count = 0
  await page.route(`${stack.bundler}/**`, async (route) => {
    const { method, params } = JSON.parse(route.request().postData() ?? '{}')
    if (method !== SEND) return route.continue()
    count += 1
    await answer(route, params[0], count)
  })
}

const refuse = (route, message) => {
  const { id } = JSON.parse(route.request().postData())
  const headers = { 'access-control-allow-origin': '*' }
  return route.fulfill({ json: { jsonrpc: '2.0', id, error: { code: -32500, message } }, headers })
}

/** A promise, and what resolves it. */
function gate() {
  let open
  const opened = new Promise((resolve) => (open = resolve))
  return { open, opened }
}

/** Sends a move that is kept under its name in the page; answers its id. */
const begin = (page, name, x, y) =>
  page.evaluate(
    ([name, x, y]) => {
      driver.kept ??= {}
      driver.kept[name] = driver.session.sendCalls({ calls: [driver.move(x, y)] })
      return driver.kept[name].id
    },
    [name, x, y],
  )
const waited = (page, name, options) => page.evaluate(([name, options]) => driver.outcome(driver.kept[name].wait(options)), [name, options])
/** Waits until a move that was begun reached a stage. */
const reached = (page, name, stage) =>
  page.evaluate(async ([name, wanted]) => {
    for await (const { name: stage } of driver.kept[name].stages) if (stage === wanted) return
  }, [name, stage])
const known = (page, id) => page.evaluate((id) => driver.outcome(driver.hallpass.operation(id)), id)
const open = (page) => page.evaluate(() => driver.session.operations())

test('an operation is known by its id until it is final, and after a reload', limits, async (t) => {
  const player = await playing(t)
  const { page } = player
  const id = await begin(page, 'move', 1, 1)
  const { value: receipt } = await waited(page, 'move')
  assert.equal(receipt.success, true)
  const { value: included } = await known(page, id)
  const { blockNumber, transactionHash, userOpHash, success } = receipt
  assert.deepEqual(included, {
    id, stage: 'included', userOpHash, userOpHashes: [userOpHash], nonce: null, included: { blockNumber, transactionHash, success },
  })
  assert.deepEqual(await open(page), [])

  const final = waited(page, 'move', { until: 'final', timeout: '40s' })
  await rpc(stack.chain, 'anvil_mine', '0x60')
  const { value, error } = await final
  assert.equal(error, undefined, error?.message)
  assert.deepEqual([value.userOpHash, value.blockNumber], [userOpHash, blockNumber])
  await player.reload()
  const { value: later } = await known(page, id)
  assert.deepEqual(later, { ...included, stage: 'final' })
  assert.equal((await known(page, 'nobody’s')).error.code, 'operation.not-found')
})

test('a wait may end before the operation does', limits, async (t) => {
  const player = await playing(t)
  const { page } = player
  const { open, opened } = gate()
  await between(page, async (route) => {
    await opened
    await route.continue()
  })
  await begin(page, 'move', 1, 1)
  await reached(page, 'move', 'signed')
  const { error } = await waited(page, 'move', { timeout: '1s' })
  assert.deepEqual([error.isOurs, error.code, error.mayStillLand, error.retryable], [true, 'wait.timed-out', true, true])
  for (const timeout of ['soon', '5', '1 fortnight', '']) {
    assert.equal((await waited(page, 'move', { timeout })).error?.code, 'input.invalid', timeout)
  }
  const sent = await page.evaluate(() => driver.outcome(driver.session.sendCalls({ calls: [driver.move(9, 9)], timeout: 'soon' }).wait()))
  assert.equal(sent.error?.code, 'input.invalid')
  open()
  const { value } = await waited(page, 'move', { timeout: '30s' })
  assert.equal(value.userOpHash, error.userOpHash)
  assert.deepEqual(await movesOf(player.account, player.since), [[0, 0], [1, 1]])
})

test('a lock waits for no endpoint, and what was not signed by then never is', limits, async (t) => {
  const player = await playing(t)
  const { page } = player
  const { open, opened } = gate()
  const handedOver = []
  await between(page, async (route, operation) => {
    handedOver.push(operation.nonce)
    await opened
    await route.continue()
  })
  await begin(page, 'first', 1, 1)
  await begin(page, 'second', 2, 2)
  await until('the first to be handed over', async () => handedOver[0])
  const took = await page.evaluate(async () => {
    const before = performance.now()
    await driver.session.lock()
    return performance.now() - before
  })
  assert.ok(took < 1000, `${took} ms`)
  assert.equal(await status(page), 'locked')
  const second = await waited(page, 'second')
  assert.deepEqual([second.error?.code, second.error?.mayStillLand], ['session.locked', false], second.error?.message)
  open()
  const first = await waited(page, 'first')
  assert.equal(first.value?.success, true, 'what was signed before lands')
  await page.evaluate(() => driver.session.unlock())
  await moves(page, 3, 3)
  assert.deepEqual(await movesOf(player.account, player.since), [[0, 0], [1, 1], [3, 3]])
})

test('what a bundler refused and lands all the same is told, and the next move took its nonce', limits, async (t) => {
  const player = await playing(t)
  const { page, account, since } = player
  await listens(page, 'landed-late')
  const before = await page.evaluate(() => driver.session.remaining().gas)
  let refused
  await between(page, async (route, operation, count) => {
    if (count === 1) {
      refused = operation
      return refuse(route, 'AA21 didn’t pay prefund')
    }
    // The bundler includes the one that it said it refused, just before the next one reaches it.
    if (count === 2) {
      assert.equal(operation.nonce, refused.nonce, 'signed for the same nonce')
      await handOver(refused)
      await until('the first to land', async () => ((await movesOf(account, since)).length === 2 ? true : undefined))
    }
    await route.continue()
  })
  const firstId = await begin(page, 'first', 1, 1)
  const { error: first } = await waited(page, 'first')
  assert.deepEqual([first.code, first.aaCode, first.mayStillLand], ['funds.needed', 'AA21', true])
  const [waiting] = await open(page)
  assert.deepEqual([waiting.id, waiting.stage, waiting.userOpHash], [firstId, 'unknown', first.userOpHash])
  assert.ok((await page.evaluate(() => driver.session.remaining().gas)) < before, 'it may land, so it counts')

  const secondId = await begin(page, 'second', 2, 2)
  const { error: second } = await waited(page, 'second')
  assert.deepEqual([second.code, second.mayStillLand], ['operation.replaced', false], second.message)
  const late = await until('news of what landed late', () => page.evaluate(() => driver.heardOf['landed-late'][0]))
  assert.deepEqual([late.id, late.receipt.userOpHash, late.receipt.success], [firstId, first.userOpHash, true])
  assert.equal((await waited(page, 'first')).value?.userOpHash, first.userOpHash, 'whoever waits again is told')
  assert.equal((await known(page, firstId)).value.stage, 'included')
  const { value: replaced } = await known(page, secondId)
  assert.deepEqual([replaced.stage, replaced.replacedBy], ['replaced', first.userOpHash])

  await moves(page, 3, 3)
  assert.deepEqual(await movesOf(account, since), [[0, 0], [1, 1], [3, 3]])
})

test('calls can be cancelled: before they are signed at once, later by a call that does nothing', limits, async (t) => {
  const player = await join(t)
  const { page } = player
  await page.evaluate((to) => {
    const { calls, accept, ...rest } = driver.scope
    driver.scope = { ...rest, calls: [...calls, { to, plainTransfer: true, value: { max: 1n } }], accept }
  }, player.wallet.address)
  await player.session()
  await moves(page, 0, 0)

  const unsigned = await page.evaluate(async () => {
    const sending = driver.session.sendCalls({ calls: [driver.move(1, 1)] })
    return { outcome: await sending.cancel(), ...(await driver.outcome(sending.wait())), hashes: sending.userOpHashes }
  })
  assert.deepEqual([unsigned.outcome, unsigned.error.code, unsigned.hashes], ['cancelled', 'operation.cancelled', []])

  let lost
  await between(page, async (route, operation) => {
    lost ??= operation.signature
    return operation.signature === lost ? route.abort() : route.continue()
  })
  const id = await begin(page, 'lost', 2, 2)
  await until('it to be lost', async () => lost)
  const { value, error } = await page.evaluate(() => driver.outcome(driver.kept.lost.cancel()))
  assert.equal(error, undefined, error?.message)
  assert.equal(value, 'cancelled')
  assert.equal((await waited(page, 'lost')).error.code, 'operation.replaced')
  assert.equal((await known(page, id)).value.stage, 'replaced')

  await begin(page, 'done', 3, 3)
  assert.equal((await waited(page, 'done')).value.success, true)
  assert.equal(await page.evaluate(() => driver.kept.done.cancel()), 'included')
  assert.deepEqual(await movesOf(player.account, player.since), [[0, 0], [3, 3]])
  assert.equal((await operationsOf(player.account, player.since)).length, 3, 'one of them does nothing')
})

test('without a call that does nothing, what is signed cannot be cancelled', limits, async (t) => {
  const player = await playing(t)
  const { page } = player
  const { open, opened } = gate()
  await between(page, async (route) => {
    await opened
    await route.continue()
  })
  await begin(page, 'move', 1, 1)
  await reached(page, 'move', 'signed')
  const { error } = await page.evaluate(() => driver.outcome(driver.kept.move.cancel()))
  assert.equal(error.code, 'operation.not-cancellable')
  open()
  assert.equal((await waited(page, 'move')).value.success, true)
})

test('what a reload cut off before any bundler had it goes on in the next page', limits, async (t) => {
  const player = await playing(t)
  const { page } = player
  await between(page, (route) => route.abort())
  const id = await begin(page, 'move', 1, 1)
  await reached(page, 'move', 'signed')
  const hash = await page.evaluate(() => driver.kept.move.userOpHash)
  await player.reload()
  await page.unroute(`${stack.bundler}/**`)
  const { value: before } = await known(page, id)
  assert.deepEqual([before.stage, before.userOpHash, before.nonce !== null], ['signed', hash, true])

  const { session } = await page.evaluate(() => driver.restore())
  assert.ok(session)
  await listens(page, 'operation')
  const told = await until('its inclusion', () =>
    page.evaluate((id) => driver.heardOf.operation.find((news) => news.id === id && news.name === 'included'), id),
  )
  assert.equal(told.receipt.userOpHash, hash)
  assert.deepEqual(await movesOf(player.account, player.since), [[0, 0], [1, 1]])
})

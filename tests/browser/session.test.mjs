// One signature, then everything in scope is silent and everything else is refused before any request.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { balanceOf, hasLiked, itemsOf, movesOf, operationsOf, pieceOf, postAs } from './chain.mjs'
import { stack, viem } from './environment.mjs'
import { join } from './player.mjs'
import { CONNECT, OwnerWallet, SIGN } from './wallet.mjs'

const limits = { timeout: 60_000 }
const ENABLING_STAGES = ['checked', 'estimated', 'signed', 'sent', 'included']

test('one signature, then twenty moves and a like land in order, silently', limits, async (t) => {
  const player = await join(t)
  const post = await postAs(new OwnerWallet())
  await player.session()
  assert.deepEqual(player.wallet.prompts.map(({ method }) => method), [CONNECT, SIGN])

  const wanted = Array.from({ length: 20 }, (_, turn) => [(turn * 7) % 16, turn % 16])
  const { outcomes, prompts, requests } = await player.watch(async () => ({
    outcomes: await player.page.evaluate(
      ([moves, post]) => driver.sendEach([...moves.map(([x, y]) => driver.move(x, y)), driver.like(post)]),
      [wanted, post],
    ),
  }))
  assert.deepEqual(outcomes.filter(({ error }) => error), [])
  assert.ok(outcomes.every(({ value }) => value.success))
  assert.deepEqual(prompts, [])
  assert.ok(requests.filter((method) => method === 'eth_sendUserOperation').length >= 21, 'the page sent them itself')
  assert.deepEqual(await movesOf(player.account, player.since), wanted)
  assert.equal((await pieceOf(player.account)).moves, 20)
  assert.equal(await hasLiked(player.account, post), true)

  const operations = await operationsOf(player.account, player.since)
  assert.deepEqual(operations.map(({ enabling }) => enabling), [true, ...Array(20).fill(false)])
  assert.deepEqual(operations.map(({ userOpHash }) => userOpHash), outcomes.map(({ value }) => value.userOpHash))
})

test('several calls are one operation, all or none', limits, async (t) => {
  const player = await join(t)
  await player.session()
  const { value, error } = await player.page.evaluate(() =>
    driver.send(driver.move(1, 2), driver.buy(3n, 2n, 20n), driver.move(3, 4)),
  )
  assert.equal(error, undefined, error?.message)
  assert.equal(value.success, true)
  assert.deepEqual(await movesOf(player.account, player.since), [[1, 2], [3, 4]])
  assert.equal(await itemsOf(player.account, 3n), 2n)
  assert.equal((await operationsOf(player.account, player.since)).length, 1)

  // The last call is too dear for its item, so the first is not made either.
  const refused = await player.page.evaluate(() => driver.send(driver.move(5, 5), driver.buy(3n, 2n, 21n)))
  assert.equal(refused.error.code, 'bundler.simulation')
  assert.equal((await operationsOf(player.account, player.since)).length, 1)
})

test('a sponsored player moves without a wei', limits, async (t) => {
  const player = await join(t, { sponsored: true, funds: 0n })
  await player.session()
  const first = await player.page.evaluate(() => driver.send(driver.move(6, 7)))
  const second = await player.page.evaluate(() => driver.send(driver.move(7, 8)))
  for (const { value, stages, error } of [first, second]) {
    assert.equal(error, undefined, error?.message)
    assert.equal(value.success, true)
    assert.deepEqual(stages, ['checked', 'estimated', 'sponsored', 'signed', 'sent', 'included'])
  }
  assert.equal(await balanceOf(player.account), 0n)
  assert.deepEqual(await movesOf(player.account, player.since), [[6, 7], [7, 8]])
  const payers = (await operationsOf(player.account, player.since)).map(({ paymaster }) => paymaster)
  assert.deepEqual(payers, [stack.paymasterAddress, stack.paymasterAddress])
  assert.equal(player.wallet.count(SIGN), 1)
})

test('an account without a wei is told what it needs, before any prompt to sign', limits, async (t) => {
  const player = await join(t, { funds: 0n })
  const { error } = await player.page.evaluate(() => driver.request())
  assert.equal(error.code, 'funds.needed')
  assert.equal(error.address, player.account)
  assert.ok(error.wei > 0n)
  assert.equal(player.wallet.count(SIGN), 0)
})

test('what is out of scope is refused with no request at all', limits, async (t) => {
  const player = await join(t)
  await player.session()
  await player.page.evaluate(() => driver.send(driver.move(1, 1)))
  const { board, feed } = stack.contracts
  const buy = (amount, value) => ({ to: board, function: 'buy(uint256 item,uint256 amount)', args: [1n, amount], value })
  const move = { to: board, function: 'move(uint8 x,uint8 y)', args: [2, 2] }
  const plain = { to: player.wallet.address, value: 1n }
  const cases = [
    ['scope.argument', 1, [buy(6n, 50n)]],
    ['scope.value', 2, [buy(6n, 60n)]],
    ['scope.function', 1, [{ to: feed, function: 'tip(uint256 id)', args: [0n], value: 1n }]],
    ['scope.function', 1, [{ to: board, value: 1n }]],
    ['scope.target', 1, [plain]],
    ['scope.target', 1, [move, plain]],
    ['scope.calldata', 1, [{ to: board, data: viem.toFunctionSelector('move(uint8,uint8)') }]],
  ]
  for (const [code, violations, calls] of cases) {
    const { value, error, requests, prompts } = await player.watch(() =>
      player.page.evaluate((calls) => driver.send(...calls), calls),
    )
    assert.equal(value, undefined)
    assert.equal(error.isOurs, true)
    assert.equal(error.code, code, error.message)
    assert.equal(error.violations.length, violations, JSON.stringify(error.violations))
    assert.equal(error.violations[0].code, code)
    assert.ok(error.violations.every(({ path, wanted, got, message }) => path && wanted && got && message))
    assert.deepEqual({ requests, prompts }, { requests: [], prompts: [] })
  }
  assert.equal((await operationsOf(player.account, player.since)).length, 1)
  assert.equal((await pieceOf(player.account)).moves, 1)
})

test('the stages of a request and of operations come in order', limits, async (t) => {
  const player = await join(t)
  const { stages } = await player.page.evaluate(() => driver.request())
  assert.deepEqual(stages, ['choosing', 'connecting', 'funding', 'awaiting-signature', 'verifying', 'stored'])

  // The second waits for the first, which enables the session.
  const [first, second] = await player.page.evaluate(() => {
    const sent = driver.send(driver.move(1, 1))
    const queued = new Promise((resolve) => {
      const look = () => (driver.session.status === 'enabling' ? resolve(driver.send(driver.move(2, 2))) : setTimeout(look, 1))
      look()
    })
    return Promise.all([sent, queued])
  })
  assert.deepEqual(first.stages, ENABLING_STAGES)
  assert.deepEqual(second.stages, ['checked', 'queued', 'estimated', 'signed', 'sent', 'included'])
  const third = await player.page.evaluate(() => driver.send(driver.move(3, 3)))
  assert.deepEqual(third.stages, ENABLING_STAGES)
  assert.deepEqual(await movesOf(player.account, player.since), [[1, 1], [2, 2], [3, 3]])
})

test('two requests at the same time share one prompt', limits, async (t) => {
  const player = await join(t)
  const [one, other] = await player.page.evaluate(() => Promise.all([driver.request(), driver.request()]))
  assert.equal(one.error ?? other.error, undefined)
  assert.equal(one.session.id, other.session.id)
  assert.equal(player.wallet.count(SIGN), 1)
  assert.equal((await player.page.evaluate(() => driver.hallpass.list())).length, 1)
  // Later ones are requests of their own.
  const third = await player.session()
  assert.notEqual(third.id, one.session.id)
  assert.equal(player.wallet.count(SIGN), 2)
})

// Eight tabs of one session send at once: no two share a nonce lane, nothing is lost, nothing happens twice, the counters agree with the
// chain. And the same while tabs are closed at random.
//
// HALLPASS_SWARM  operations per tab, by default a few; `200` is the full size
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movesOf, operationsOf } from './chain.mjs'
import { sleep } from './environment.mjs'
import { join } from './player.mjs'
import { seed, seeded } from './random.mjs'
import { SIGN } from './wallet.mjs'

const TABS = 8
const EACH = Number(process.env.HALLPASS_SWARM ?? 6)
/** Operations of one tab that are on their way together. */
const AT_ONCE = 25
const limits = { timeout: 60_000 + TABS * EACH * 1000 }
const budget = (operations) => ({ operations: `${operations}`, gas: { maxFeePerGas: '50 gwei', total: '200 ether' } })

/** A tab has two columns of the board: its `index`th move. */
const cell = (tab, index) => [2 * tab + (Math.floor(index / 16) % 2), index % 16]
const tabOf = ([x]) => Math.floor(x / 2)

/** Tabs with one session that is `most` operations long, and all that they hand over to the bundler. */
async function swarm(t, { storage, most, count = TABS, scripts }) {
  const player = await join(t, { storage, funds: 10n ** 21n, limits: budget(most), scripts })
  const { id } = await player.session()
  const handedOver = []
  player.context.on('request', (request) => {
    const { method, params } = JSON.parse(request.postData() ?? '{}')
    if (method === 'eth_sendUserOperation') handedOver.push({ ...params[0], page: request.frame().page() })
  })
  const others = await Promise.all(Array.from({ length: count - 1 }, () => player.open()))
  const tabs = [player.page, ...others]
  for (const page of others) {
    const { session, reason } = await page.evaluate(() => driver.restore())
    assert.equal(reason, undefined)
    assert.equal(session.id, id)
  }
  return { player, tabs, handedOver }
}

/** Where nothing is refused, there is nothing to sign again; offering the same bytes again is not that. */
function assertSignedOnce(handedOver) {
  const byNonce = new Map()
  for (const { nonce, signature } of handedOver) {
    byNonce.set(nonce, (byNonce.get(nonce) ?? new Set()).add(signature))
  }
  const twice = [...byNonce].filter(([, signatures]) => signatures.size > 1)
  assert.deepEqual(twice, [], 'no nonce was signed for twice')
}

/** What is signed for one nonce, be it several operations after refusals, is one tab's; the lane of a closed tab goes to another. */
function assertLanesApart(handedOver, closed) {
  const byNonce = new Map()
  for (const { nonce, page } of handedOver) {
    if (!closed.includes(page)) byNonce.set(nonce, (byNonce.get(nonce) ?? new Set()).add(page))
  }
  assert.deepEqual([...byNonce].filter(([, pages]) => pages.size > 1).map(([nonce]) => nonce), [], 'no two tabs signed for one nonce')
}

/** What each tab says that is left, once it has looked at the chain. */
const left = (tabs) =>
  Promise.all(
    tabs.map((page) =>
      page.evaluate(async () => {
        await driver.session.refresh()
        return driver.session.remaining().operations
      }),
    ),
  )

const inOrder = (operations, name) => operations.map((operation) => operation[name])

for (const storage of ['tab', 'device']) {
  test(`${TABS} tabs with ${storage} storage send ${EACH} operations each`, limits, async (t) => {
    const most = TABS * EACH + 5
    const { player, tabs, handedOver } = await swarm(t, { storage, most })
    const started = Date.now()
    const outcomes = await Promise.all(
      tabs.map(async (page, tab) => {
        const all = []
        for (let from = 0; from < EACH; from += AT_ONCE) {
          const moves = Array.from({ length: Math.min(AT_ONCE, EACH - from) }, (_, index) => cell(tab, from + index))
          all.push(...(await page.evaluate((moves) => driver.sendEach(moves.map((to) => driver.move(...to))), moves)))
        }
        return all
      }),
    )
    const seconds = (Date.now() - started) / 1000
    t.diagnostic(`${TABS * EACH} operations in ${seconds.toFixed(1)} s, ${handedOver.length} times handed over`)

    assert.deepEqual(outcomes.flat().filter(({ error }) => error).map(({ error }) => `${error.code}: ${error.message}`), [])
    const operations = await operationsOf(player.account, player.since)
    const receipts = outcomes.flat().map(({ value }) => value.userOpHash)
    assert.equal(new Set(receipts).size, TABS * EACH)
    assert.deepEqual(inOrder(operations, 'userOpHash').toSorted(), receipts.toSorted(), 'each is on chain once, and nothing else')
    assert.ok(operations.every(({ success }) => success))
    assert.equal(new Set(inOrder(operations, 'nonce')).size, operations.length)
    assert.equal(operations.filter(({ enabling }) => enabling).length, 1)
    assertSignedOnce(handedOver)

    const moves = await movesOf(player.account, player.since)
    for (let tab = 0; tab < TABS; tab += 1) {
      const wanted = Array.from({ length: EACH }, (_, index) => cell(tab, index))
      assert.deepEqual(moves.filter((move) => tabOf(move) === tab), wanted, `the moves of tab ${tab} keep their order`)
    }
    assert.deepEqual(await left(tabs), Array(TABS).fill(BigInt(most - operations.length)), 'every tab counts as the chain does')
    assert.equal(player.wallet.count(SIGN), 1)
  })
}

test('tabs that are closed while they send lose nothing that landed, and the others go on to the limit', limits, (t) =>
  seeded(async (random) => {
    const each = Math.max(6, Math.floor(EACH / 4))
    const most = (TABS * each) / 2
    const { player, tabs, handedOver } = await swarm(t, { storage: 'device', most })
    const landed = []
    const refused = []
    await player.context.exposeBinding('tellTest', (_, { tab, value, error }) => {
      if (error) refused.push({ tab, code: error.code })
      else landed.push({ tab, hash: value.userOpHash })
    })
    const send = (page, tab, count) =>
      page.evaluate(
        ([moves, tab]) => {
          const told = moves.map(async (to) => {
            const sending = driver.session.sendCalls({ calls: [driver.move(...to)] })
            await window.tellTest({ tab, ...(await driver.outcome(sending.wait())) })
          })
          return Promise.all(told).then(() => undefined)
        },
        [Array.from({ length: count }, (_, index) => cell(tab, index)), tab],
      )
    const order = tabs.map((_, tab) => tab)
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = random(last + 1)
      ;[order[last], order[other]] = [order[other], order[last]]
    }
    const [closed, open] = [order.slice(0, TABS / 2), order.slice(TABS / 2)]
    await Promise.all(
      order.map(async (tab) => {
        const sent = send(tabs[tab], tab, each)
        if (open.includes(tab)) return sent
        sent.catch(() => {})
        await sleep(random(2500))
        await tabs[tab].close()
      }),
    )
    // Whatever the closed ones left of the limit, the others use up.
    const rest = open.map((tab) => tabs[tab])
    await Promise.all(rest.map((page, index) => send(page, open[index], each)))
    const operations = await operationsOf(player.account, player.since)
    t.diagnostic(`seed ${seed}: ${landed.length} landed, ${operations.length} on chain, tabs ${closed} closed`)

    const onChain = inOrder(operations, 'userOpHash')
    assert.equal(new Set(onChain).size, onChain.length)
    for (const { hash } of landed) assert.equal(onChain.filter((found) => found === hash).length, 1, 'what landed is on chain once')
    assert.ok(operations.length <= most, 'the limit holds')
    assertLanesApart(handedOver, closed.map((tab) => tabs[tab]))
    const moves = (await movesOf(player.account, player.since)).map(String)
    for (const tab of order) {
      const asked = open.includes(tab) ? 2 : 1
      for (let index = 0; index < each; index += 1) {
        const times = moves.filter((move) => move === String(cell(tab, index))).length
        assert.ok(times <= asked, `move ${index} of tab ${tab} was asked for ${asked} times and happened ${times} times`)
      }
    }
    // Whoever comes too late is refused here, or by the policy on chain when another tab was quicker.
    assert.deepEqual(refused.filter(({ code }) => !['scope.operations', 'bundler.simulation'].includes(code)), [])
    assert.ok(open.every((tab) => landed.some((one) => one.tab === tab)), 'all that were left open went on')

    const counted = await left(rest)
    assert.equal(new Set(counted).size, 1, 'they agree')
    // What a closed tab signed and never handed over stays counted here, on the safe side.
    assert.ok(counted[0] <= BigInt(most - operations.length))
    const signed = new Set(handedOver.map(({ signature }) => signature)).size
    assert.ok(counted[0] >= BigInt(most - signed - closed.length), `${counted[0]} left after ${signed} were signed`)
    assert.equal(player.wallet.count(SIGN), 1)
  }),
)

test('without Web Locks every tab has a nonce lane of its own', limits, async (t) => {
  const scripts = [() => delete Navigator.prototype.locks]
  const { player, tabs, handedOver } = await swarm(t, { storage: 'device', most: 100, count: 3, scripts })
  const send = (page, from, length) =>
    page.evaluate(([from, length]) => driver.sendEach(Array.from({ length }, (_, at) => driver.move(1, from + at))), [from, length])
  const [first] = await send(player.page, 0, 1)
  assert.equal(first.error, undefined, first.error?.message)
  assert.ok(await player.page.evaluate(() => navigator.locks === undefined))
  const outcomes = (await Promise.all(tabs.map((page) => send(page, 0, 4)))).flat()
  assert.deepEqual(outcomes.filter(({ error }) => error).map(({ error }) => `${error.code}: ${error.message}`), [])
  const operations = await operationsOf(player.account, player.since)
  const receipts = [first, ...outcomes].map(({ value }) => value.userOpHash)
  assert.deepEqual(inOrder(operations, 'userOpHash').toSorted(), receipts.toSorted())
  const tabOfLane = new Map()
  for (const { nonce, page } of handedOver) {
    const lane = BigInt(nonce) >> 64n
    assert.equal(tabOfLane.get(lane) ?? page, page, `two tabs in lane ${lane.toString(16)}`)
    tabOfLane.set(lane, page)
  }
})

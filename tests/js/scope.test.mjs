// Scopes as an app writes them: conditions, rules for tokens, what a review tells.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import * as hallpass from 'hallpass'

const { HallpassError, any, between, byInterface, createHallpass, defineScope, eq, erc1155, erc20, erc721, gt, gte } = hallpass
const { kernelAccount, lintScope, lt, lte, members, neq, oneOf, reviewScope, self, startsWith } = hallpass

const GAME = '0xb0a2d00000000000000000000000000000000000'
const GOLD = '0x6017d00000000000000000000000000000000000'
const ALICE = '0xa11ce00000000000000000000000000000000000'
const BOB = '0xb0b0000000000000000000000000000000000000'
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const limits = { gas: { maxFeePerGas: '2 gwei', total: '0.02 ether' } }
const move = { to: GAME, function: 'move(uint8 x,uint8 y)' }
const lower = (value) => JSON.parse(JSON.stringify(value).toLowerCase())
const fails = (promise, code, message = /./) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof HallpassError)
    assert.deepEqual([error.code, message.test(error.shortMessage)], [code, true], error.message)
    return true
  })

test('conditions are plain data', () => {
  assert.deepEqual(
    [any(), self(), eq(1n), neq('0x01'), lt(5), lte(5n), gt('5'), gte(5), between(1, 5n), oneOf([1n, 2]), startsWith('gm')],
    [
      { any: true },
      { self: true },
      { eq: 1n },
      { neq: '0x01' },
      { lt: 5 },
      { lte: 5n },
      { gt: '5' },
      { gte: 5 },
      { between: [1, 5n] },
      { oneOf: [1n, 2] },
      { startsWith: 'gm' },
    ],
  )
  assert.deepEqual(members({ a: lte(5), b: [any(), 1] }), { members: { a: { lte: 5 }, b: [{ any: true }, 1] } })
  const scope = { calls: [move], limits }
  assert.equal(defineScope(scope), scope)
})

test('out of an ABI or as text, in short or in full, a scope is one canonical value', async () => {
  const inputs = [
    { name: 'item', type: 'uint256' },
    { name: 'amount', type: 'int64' },
    { name: 'pair', type: 'tuple', components: [{ name: 'a', type: 'uint8' }, { name: 'to', type: 'address' }] },
    { name: 'grid', type: 'uint8[2]' },
  ]
  const abi = [{ type: 'function', name: 'buy', inputs }]
  const written = {
    $schema: './scope.schema.json',
    calls: [
      { to: GAME, abi, functionName: 'buy', args: [oneOf([7n]), between(-5, 5n), { to: self() }, [lt(5), gt(4n)]] },
      { to: ALICE, plainTransfer: true, value: { max: '1 gwei' } },
    ],
    spend: [{ token: 'native', limit: '1 ether', per: '1d' }, { token: GOLD, limit: 5n }],
    limits: { operations: 20, rate: { every: '30s' }, gas: { total: 10n ** 16n } },
  }
  const { scope, scopeHash } = await reviewScope({ scope: written })
  assert.match(scopeHash, /^0x[0-9a-f]{64}$/)
  assert.deepEqual(Object.keys(scope).sort(), ['accept', 'calls', 'limits', 'paymaster', 'signatures', 'spend', 'v'])
  const [buy, transfer] = scope.calls
  assert.deepEqual(lower(transfer), { to: ALICE, plaintransfer: true, value: { max: '1000000000' } })
  assert.deepEqual(buy.args, [
    { eq: '7' },
    { between: ['-5', '5'] },
    [{ any: true }, { self: true }],
    [{ lte: '4' }, { gte: '5' }],
  ])
  assert.deepEqual(buy.value, { max: '0' })
  const totals = scope.spend.map(({ token, limit, per }) => [token.toLowerCase(), limit, per])
  assert.deepEqual(totals.sort(), [[GOLD, '5', null], ['native', '1000000000000000000', '86400s']].sort())
  assert.deepEqual(scope.limits, { operations: '20', rate: { every: '30s' }, gas: { maxFeePerGas: null, perOperation: null, total: '10000000000000000' } })
  // What is written in full stands for itself.
  assert.equal((await reviewScope({ scope })).scopeHash, scopeHash)
})

test('overloads are told apart by number or names of the arguments', async () => {
  const abi = [
    { type: 'function', name: 'f', inputs: [{ name: 'n', type: 'uint256' }] },
    { type: 'function', name: 'f', inputs: [{ name: 'to', type: 'address' }, { name: 'amount', type: 'uint256' }] },
  ]
  const read = async (args) => {
    const { scope } = await reviewScope({ scope: { calls: [{ to: GAME, abi, functionName: 'f', ...(args && { args }) }], limits } })
    return scope.calls[0].function.replaceAll(', ', ',')
  }
  assert.equal(await read([lte(5)]), 'f(uint256 n)')
  assert.equal(await read({ n: lte(5) }), 'f(uint256 n)')
  assert.equal(await read([self(), lte(5)]), 'f(address to,uint256 amount)')
  assert.equal(await read({ amount: lte(5) }), 'f(address to,uint256 amount)')
  await fails(read(undefined), 'abi.function', /several/)
  await fails(read({}), 'abi.function', /several/)
})

test('what a program leaves undefined frees nothing', async () => {
  const review = (rule) => reviewScope({ scope: { calls: [{ to: GAME, function: 'f((uint8 a,uint8 b) pair,uint8 n)', ...rule }], limits } })
  for (const args of [
    [{ members: { a: undefined } }, 1],
    [{ a: undefined }, 1],
    [[undefined, 1], 1],
    { n: lte(undefined) },
    { n: undefined },
    [any(), undefined],
    [any(), oneOf([undefined])],
    [any(), between(1, undefined)],
  ]) {
    await fails(review({ args }), 'scope.invalid')
  }
  await fails(review({ value: { max: undefined } }), 'scope.invalid')
  await fails(reviewScope({ scope: { calls: undefined, limits } }), 'scope.invalid')
  await fails(reviewScope({ scope: { calls: [{ to: GAME, plainTransfer: undefined, value: { max: 1n } }], limits } }), 'scope.invalid')
})

test('rules for tokens say what they allow', async () => {
  assert.deepEqual(erc20(GOLD, {}), [])
  assert.deepEqual(erc20(GOLD, { transfer: { to: ALICE, max: 5n }, approve: { spender: GAME, max: '7' } }), [
    { to: GOLD, function: 'transfer(address to,uint256 amount)', args: [{ eq: ALICE }, { lte: 5n }] },
    { to: GOLD, function: 'approve(address spender,uint256 amount)', args: [{ eq: GAME }, { lte: '7' }] },
  ])
  assert.deepEqual(erc721(GOLD, { mint: true, transferTo: [ALICE, BOB] }), [
    { to: GOLD, function: 'mint(address to)', args: { to: { self: true } } },
    {
      to: GOLD,
      function: 'safeTransferFrom(address from,address to,uint256 tokenId)',
      args: [{ self: true }, { oneOf: [ALICE, BOB] }, { any: true }],
    },
  ])
  const bounds = { id: { oneOf: [1, 2n] }, amount: { lte: 5 } }
  assert.deepEqual(erc1155(GOLD, { mint: true, transferTo: ALICE, ids: [1, 2n], maxAmount: 5 }), [
    { to: GOLD, function: 'mint(address to,uint256 id,uint256 amount,bytes data)', args: { to: { self: true }, ...bounds } },
    {
      to: GOLD,
      function: 'safeTransferFrom(address from,address to,uint256 id,uint256 amount,bytes data)',
      args: { from: { self: true }, to: { eq: ALICE }, ...bounds },
    },
  ])
  // The rules are read as they are, and no approval for all is among them.
  const calls = [
    ...erc20(GOLD, { transfer: { to: [ALICE], max: 5 }, approve: { spender: GAME, max: 5 } }),
    ...erc721(ALICE, { mint: 'safeMint(address to,uint256 tokenId)', transferTo: BOB }),
    ...erc1155(BOB, { mint: true, transferTo: [ALICE, GAME], ids: [1], maxAmount: 2 }),
  ]
  const { scope, findings } = await reviewScope({ scope: { calls, limits } })
  assert.equal(scope.calls.length, 6)
  assert.ok(!findings.some(({ id }) => id === 'operator-approval'))
  // A bound that has no place is no bound, and refused.
  const unbounded = erc1155(BOB, { mint: 'mint(address to,uint256 token)', ids: [1] })
  await fails(reviewScope({ scope: { calls: unbounded, limits } }), 'scope.invalid')
  await fails(reviewScope({ scope: { calls: erc721(ALICE, { transferTo: [] }), limits } }), 'scope.invalid')
})

test('a contract is asked what it is', async () => {
  const word = (number) => `0x${number.toString(16).padStart(64, '0')}`
  const kinds = { [ALICE]: '80ac58cd', [BOB]: 'd9b67a26' }
  let asked = 0
  const request = async ({ method, params: [{ to, data }, block] }) => {
    asked += 1
    assert.deepEqual([method, block], ['eth_call', 'latest'])
    const id = data.startsWith('0x01ffc9a7') ? data.slice(10, 18) : undefined
    if (to in kinds) return word(id === '01ffc9a7' || id === kinds[to] ? 1n : 0n)
    if (to === GOLD && id) throw Object.assign(new Error('execution reverted'), { code: 3 })
    if (to === GOLD) return word(data === '0x313ce567' ? 18n : 10n ** 20n)
    if (to === GAME) return word(1n)
    return '0x'
  }
  const make = {
    erc20: (token) => erc20(token, { transfer: { to: ALICE, max: 5 } }),
    erc721: (collection) => erc721(collection, { mint: true }),
    erc1155: (collection) => erc1155(collection, { transferTo: ALICE, maxAmount: 1 }),
  }
  const rules = await byInterface({ request }, [BOB, GOLD, ALICE, BOB.toUpperCase().replace('X', 'x')], make)
  assert.deepEqual(rules, [...make.erc1155(BOB), ...make.erc20(GOLD), ...make.erc721(ALICE)])
  assert.deepEqual(await byInterface(request, [], make), [])
  // One that says yes to everything, and one without code.
  const error = await byInterface(request, [ALICE, GAME, OWNER], make).catch((error) => error)
  assert.ok(error instanceof HallpassError)
  assert.equal(error.code, 'scope.unknown-interface')
  assert.deepEqual([GAME, OWNER, ALICE].map((address) => error.shortMessage.includes(address)), [true, true, false])
  await fails(byInterface(request, [BOB], { erc721: make.erc721 }), 'scope.unknown-interface', /ERC-1155/)
  await fails(byInterface(request, [GOLD], { erc721: make.erc721 }), 'scope.unknown-interface')
  const before = asked
  const dead = async () => {
    throw new TypeError('fetch failed')
  }
  await fails(byInterface(dead, [ALICE], make), 'chain.unreachable')
  assert.equal(asked, before)
})

const approving = { calls: [{ to: GOLD, function: 'approve(address spender,uint256 amount)' }], limits }

test('a review tells dangers, enforcement and the worst case', async () => {
  const review = await reviewScope({ scope: approving, owner: OWNER, expiresIn: '4h', version: '3.3' })
  const found = review.findings.find(({ id }) => id === 'unbounded-allowance')
  assert.deepEqual([found.severity, found.accept], ['error', 'danger:unbounded-allowance'])
  assert.match(found.path, /^calls\[0\]/)
  for (const text of [found.message, found.fix]) assert.ok(text.length > 0)
  assert.equal(found.docs, 'docs/lint/unbounded-allowance.md')
  assert.ok(review.notAccepted.includes('danger:unbounded-allowance'))
  assert.ok(review.explain.length > 0 && review.explain.every(({ topic, text }) => topic && text))
  assert.equal(review.compileError, null)
  const { rules, gas, strictBundlers } = review.enforcement
  assert.ok(rules.length > 0)
  for (const { path, rule, enforcedBy, contract, reason, implicit } of rules) {
    assert.ok(['chain', 'local'].includes(enforcedBy) && rule.length > 0 && typeof path === 'string' && typeof implicit === 'boolean')
    if (enforcedBy === 'chain') assert.match(contract.address, /^0x[0-9a-fA-F]{40}$/)
    else assert.ok(reason.length > 0)
  }
  assert.deepEqual([typeof gas.first, typeof gas.later, typeof strictBundlers.accepted], ['bigint', 'bigint', 'boolean'])
  assert.ok(gas.first > gas.later && gas.later > 0n)
  assert.ok(gas.parts.every(({ first, later }) => typeof first === 'bigint' && typeof later === 'bigint'))
  const spent = review.worstCase.find(({ asset }) => asset === 'gas')
  assert.deepEqual([spent.most, spent.boundBy], [20_000_000_000_000_000n, 'rule'])
  assert.deepEqual(await lintScope({ scope: approving, owner: OWNER, expiresIn: '4h', version: '3.3' }), review.findings)
})

test('what is accepted by name is accepted, and nothing else is', async () => {
  const spend = [{ token: 'native', limit: '1 ether' }]
  const { notAccepted } = await reviewScope({ scope: { ...approving, spend } })
  assert.ok(notAccepted.includes('local:spend[0]') && notAccepted.includes('danger:unbounded-allowance'))
  assert.deepEqual((await reviewScope({ scope: { ...approving, spend, accept: notAccepted } })).notAccepted, [])
  await fails(reviewScope({ scope: { ...approving, accept: ['danger:dragons'] } }), 'scope.invalid', /accept/)
})

test('balances bound what no rule does', async () => {
  const calls = erc20(GOLD, { transfer: { to: ALICE, max: 5n } })
  const worst = async (balances) => (await reviewScope({ scope: { calls, limits }, balances })).worstCase.find(({ asset }) => asset === 'token')
  const open = await worst(undefined)
  assert.deepEqual([open.token.toLowerCase(), open.most, open.recipients.map((address) => address.toLowerCase())], [GOLD, null, [ALICE]])
  const bound = await worst({ native: 5n, [GOLD]: 70n })
  assert.deepEqual([bound.most, bound.boundBy], [70n, 'balance'])
})

test('a scope that cannot be brought on chain says why', async () => {
  const rule = (n) => ({ to: GAME, function: 'f(uint256 a,uint256 b)', args: [n, n] })
  const { compileError, enforcement, worstCase } = await reviewScope({ scope: { calls: [rule(1), rule(2)], limits } })
  assert.match(compileError.code, /^compile\./)
  assert.ok(compileError.message.length > 0 && compileError.remedy.length > 0)
  assert.deepEqual([enforcement, worstCase], [null, null])
})

test('an app reviews for its own accounts', async () => {
  const unreachable = { request: async () => Promise.reject(new Error('no node here')) }
  const account = { kind: 'kernel', version: '3.1', index: 5n }
  const app = createHallpass({ app: 'game', chain: 31337, rpc: unreachable, bundler: unreachable, account })
  const question = { scope: { calls: [move], limits }, owner: OWNER, expiresIn: new Date(Date.now() + 3_600_000) }
  const review = await app.review(question)
  const { address } = await kernelAccount({ owner: OWNER, version: '3.1', index: 5n })
  assert.ok(review.explain.some(({ topic, text }) => topic === 'actor' && text.includes(address)))
  await assert.rejects(app.lint(question), { code: 'chain.unreachable' }, 'it looks at the contracts too')
  const same = await reviewScope({ ...question, version: '3.1', account: address })
  assert.equal(same.scopeHash, review.scopeHash)
  await fails(app.review({ scope: { calls: [move], limits: {} } }), 'scope.invalid', /scope\.limits\.gas/)
})

test('an error names a page of the package', async () => {
  const error = await reviewScope({ scope: { calls: [], limits } }).catch((error) => error)
  const { pathname, hash } = new URL(error.docs)
  const file = join(dirname(createRequire(import.meta.url).resolve('hallpass/package.json')), pathname)
  assert.ok(existsSync(file))
  // As pages of Markdown make anchors out of headings.
  const anchors = [...readFileSync(file, 'utf8').matchAll(/^### (.+)$/gm)].map(([, heading]) => `#${heading.replaceAll('.', '')}`)
  assert.ok(anchors.includes(hash), hash)
})

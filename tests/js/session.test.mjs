// Sessions as far as they go without a network: options, scopes, sentences, errors. The rest is in tests/browser.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HallpassError, any, createHallpass, defineScope, eq, gte, lte, oneOf, self } from 'hallpass'

const GAME = '0xb0A2D00000000000000000000000000000000000'
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const abi = [
  { type: 'function', name: 'move', inputs: [{ name: 'x', type: 'uint8' }, { name: 'y', type: 'uint8' }] },
  { type: 'function', name: 'trade', inputs: [{ name: 'pair', type: 'tuple', components: [{ name: 'a', type: 'uint8' }, { type: 'bool' }] }] },
  { type: 'function', name: 'trade', inputs: [] },
  { type: 'event', name: 'move', inputs: [] },
]
const limits = { gas: { total: '0.02 ether' } }
const unreachable = { async request({ method }) { throw Object.assign(new Error(`no ${method} here`), { code: -32601 }) } }
const create = (options) => createHallpass({ app: 'game', chain: 31337, rpc: unreachable, bundler: unreachable, ...options })
const explain = (scope, options) => create(options).explain({ scope, owner: OWNER, expiresIn: '4h' })
const fails = (promise, code, message = /./) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof HallpassError)
    assert.deepEqual([error.code, message.test(error.shortMessage)], [code, true], error.message)
    return true
  })
/** Waits until something is so, five seconds at most. */
async function until(isSo) {
  for (const end = Date.now() + 5_000; !isSo(); await sleep(20)) assert.ok(Date.now() < end, 'not in five seconds')
}

test('a scope is written as text or out of an ABI, with the same meaning', async () => {
  const scope = (...calls) => ({ calls: calls.map((call) => ({ to: GAME, ...call })), limits })
  const byText = await explain(scope({ function: 'move(uint8 x,uint8 y)', args: [lte(3), any()] }))
  const byAbi = await explain(scope({ abi, functionName: 'move', args: { x: lte(3n) } }))
  assert.deepEqual(byAbi, byText)
  assert.ok(byText.some(({ topic, text }) => topic === 'allowed' && text.includes('x: at most 3; y: anything')))
  // Overloads are told apart by the number of arguments.
  await explain(scope({ abi, functionName: 'trade', args: [any()] }))
  await fails(explain(scope({ abi, functionName: 'trade' })), 'abi.function', /several/)
  await fails(explain(scope({ abi, functionName: 'surrender' })), 'abi.function', /no function/)
})

test('every condition reaches the module', async () => {
  const scope = defineScope({
    calls: [{ to: GAME, function: 'f(address a,uint8 b,uint8 c,bool d,bytes2 e)', args: [self(), oneOf([1n, 2, '3']), gte(4), eq(true), '0x0102'], value: { max: '1 gwei' } }],
    limits: { operations: 20, ...limits },
    paymaster: 'any',
  })
  const text = (await explain(scope)).map((sentence) => sentence.text).join('\n')
  for (const part of ['the account itself', 'one of 1, 2, 3', 'at least 4', 'd: true', 'e: 0x0102', '20 operations', 'Any paymaster', '0.000000001 ETH per call']) {
    assert.ok(text.includes(part), `${part} is not in\n${text}`)
  }
})

test('faults say where they are', async () => {
  const scope = { calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)' }], limits }
  await fails(explain({ ...scope, limits: {} }), 'scope.invalid', /scope\.limits\.gas: missing/)
  await fails(explain({ ...scope, calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)', args: [lte(256), any()] }] }), 'scope.invalid', /args\[0\]\.lte/)
  await fails(explain({ ...scope, calls: [{ to: GAME, function: 'f(uint256 n)', args: [1.5] }] }), 'input.number')
  // Nothing that widens a scope goes unnoticed.
  await fails(explain({ ...scope, calls: [{ ...scope.calls[0], arg: [lte(5), any()] }] }), 'scope.invalid', /calls\[0\]\.arg: unknown field/)
  await fails(explain({ ...scope, calls: [{ ...scope.calls[0], args: [undefined, any()] }] }), 'scope.invalid', /args\[0\]: undefined/)
  await fails(explain({ ...scope, calls: [{ ...scope.calls[0], args: { x: undefined } }] }), 'scope.invalid', /args\.x: undefined/)
  await fails(explain({ ...scope, calls: [{ ...scope.calls[0], args: [lte(undefined), any()] }] }), 'scope.invalid', /args\[0\]\.lte: undefined/)
  await fails(explain(scope, { app: 'My Game' }), 'input.invalid', /options\.app/)
  await fails(explain(scope, { chain: 0 }), 'input.invalid', /chain/)
  await fails(explain(scope, { storage: 'cloud' }), 'input.invalid', /memory, tab, device/)
  await fails(explain(scope, { bundler: 7 }), 'input.invalid', /options\.bundler/)
  await fails(explain(scope, { rpc: undefined }), 'input.invalid', /options\.rpc/)
  await fails(explain(scope, { account: { kind: 'kernel', version: '2.4' } }), 'input.invalid', /options\.account\.version/)
  await fails(explain(scope, { account: { kind: 'safe' } }), 'input.invalid', /options\.account\.kind/)
  await fails(explain(scope, { account: { version: '3.3' } }), 'input.invalid', /options\.account\.kind: missing/)
  await fails(explain(scope, { account: 'safe' }), 'input.invalid', /options\.account/)
  await fails(explain(scope, { storge: 'device' }), 'input.invalid', /options\.storge: unknown field; did you mean storage/)
  await fails(create().explain({ scope, owner: OWNER, expiresIn: 'tomorrow' }), 'input.invalid', /^expiresIn: .*'4h'/)
  for (const expiresIn of [14400, '14400', 0, { at: '1800000000' }, { at: Date.now() }]) {
    await fails(create().explain({ scope, owner: OWNER, expiresIn }), 'input.invalid', /^expiresIn/)
  }
  await fails(create().explain({ scope, owner: OWNER, expiresIn: 1.5 }), 'input.number')
  await fails(explain(scope, { allowFramedBy: 'https://a.example' }), 'input.invalid', /options\.allowFramedBy/)
  await fails(explain(scope, { suspend: { idle: 'soon' } }), 'input.invalid', /options\.suspend\.idle/)
  await fails(explain(scope, { suspend: { idle: true } }), 'input.invalid', /options\.suspend\.idle/)
  await fails(explain(scope, { requestTimeout: 5 }), 'input.invalid', /options\.requestTimeout/)
  await fails(explain(scope, { requestTimeout: 'soon' }), 'input.invalid', /options\.requestTimeout/)
})

test('storage that is not here is replaced by memory, and that is told', async () => {
  for (const storage of ['tab', 'device', 'passkey']) {
    const hallpass = create({ storage })
    const told = []
    const stop = hallpass.on('downgraded', (downgrade) => told.push(downgrade))
    await hallpass.list()
    const [{ message, ...rest }, ...more] = told
    assert.deepEqual({ rest, more }, { rest: { from: storage, to: 'memory', code: 'storage.unavailable' }, more: [] })
    assert.match(message, /IndexedDB|sessionStorage/)
    stop()
  }
  await fails(create({ storage: { get() {} } }).list(), 'storage.failed', /put/)
})

test('a kind of key that the account does not check is refused before the wallet is asked', async () => {
  const scope = { calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)' }], limits }
  const asked = []
  const owner = { request: async ({ method }) => asked.push(method) }
  await fails(create().request({ owner, scope, expiresIn: '1h', key: 'p256' }), 'account.key-kind', /secp256k1/)
  await fails(create().request({ owner, scope, expiresIn: '1h', key: 'rsa' }), 'input.invalid', /key/)
  assert.deepEqual(asked, [])
})

test('without a session nothing is asked', async () => {
  const scope = { calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)' }], limits }
  const hallpass = create()
  assert.deepEqual(await hallpass.list(), [])
  assert.deepEqual(await hallpass.restore({ scope, atLeast: { time: '20m', operations: 3 } }), { session: null, reason: 'none' })
  assert.deepEqual(await hallpass.wallets(), [])
  assert.equal(await hallpass.resume({ owner: unreachable }), null)
  await fails(hallpass.operation('nope'), 'operation.not-found', /nope/)
})

test('a value of another type is refused, and the module goes on', async () => {
  const hallpass = create()
  const scope = { calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)' }], limits }
  await hallpass.list()
  for (const odd of [5, 5n, true, {}, [], Symbol('it'), () => 'it', new Date(), new String('it')]) {
    await fails(hallpass.operation(odd), 'input.type', /expected text/)
    for (const promise of [hallpass.account({ owner: odd }), hallpass.explain({ scope, owner: odd, expiresIn: '4h' })]) {
      await assert.rejects(promise, ({ code, shortMessage }) => /^input\.(type|invalid)$/.test(code) && /^owner: /.test(shortMessage))
    }
  }
  await fails(hallpass.operation(null), 'input.type', /found null/)
  // The same module and client as before.
  assert.deepEqual(await hallpass.list(), [])
  assert.ok((await hallpass.explain({ scope, owner: OWNER, expiresIn: '4h' })).length > 0)
})

test('a request that is not waited for any more gives its connection back', async () => {
  const open = new Set()
  const server = createServer((request) => {
    open.add(request)
    request.socket.on('close', () => open.delete(request))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const rpc = `http://127.0.0.1:${server.address().port}`
    const asked = create({ rpc, requestTimeout: '1s' }).account({ owner: OWNER })
    await until(() => open.size > 0)
    await fails(asked, 'chain.unreachable', /no answer in time/)
    await until(() => open.size === 0)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

/** A node that answers every request by `answer(message, response)`, and what asking it for an account comes to. */
async function askedOf(answer) {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    await answer(JSON.parse(body), response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const rpc = `http://127.0.0.1:${server.address().port}/v2/secret`
    return await create({ rpc }).account({ owner: OWNER }).then(() => undefined, (error) => error)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('an answer that cannot be used says who gave it, to what, and where the fault is', async () => {
  const json = (body, status = 200, headers = {}) => (message, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body(message)))
  const refusal = (code) => ({ id }) => ({ jsonrpc: '2.0', id, error: { code, message: 'no' } })
  const endless = async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"result":"')
    // Until the client has enough of it; far more than it may take, if it never has.
    for (let megabytes = 0; megabytes < 64 && !response.destroyed; megabytes += 1) {
      await new Promise((resolve) => response.write('0'.repeat(1 << 20), resolve))
    }
    response.end()
  }
  for (const [answer, code, path] of [
    [json(({ id }) => ({ jsonrpc: '2.0', id, result: { not: 'this' } })), 'chain.malformed', 'result'],
    [json(({ id }) => ({ jsonrpc: '2.0', id: id + 1, result: '0x' })), 'chain.malformed', 'answer.id'],
    [json(({ id }) => ({ jsonrpc: '1.0', id, result: '0x' })), 'chain.malformed', 'answer.jsonrpc'],
    [json(() => []), 'chain.malformed', 'answer'],
    [(_, response) => response.end('<html>'), 'chain.malformed', 'answer'],
    [endless, 'chain.malformed', 'answer'],
    [json(refusal(-32000)), 'chain.refused'],
    [json(refusal(-32005)), 'chain.rate-limited'],
    [json(refusal(429), 429, { 'retry-after': '60' }), 'chain.rate-limited'],
    [(_, response) => response.writeHead(401).end(), 'chain.unauthorised'],
    [json(() => ({}), 403), 'chain.unauthorised'],
    [(_, response) => response.writeHead(502).end('<html>'), 'chain.unreachable'],
  ]) {
    const error = await askedOf(answer)
    const retryable = ['chain.rate-limited', 'chain.unreachable'].includes(code)
    assert.deepEqual([error?.code, error.path, error.retryable], [code, path, retryable], error.message)
    if (path) assert.deepEqual([/^http:\/\/127\.0\.0\.1:\d+$/.test(error.endpoint), /^eth_/.test(error.method)], [true, true])
    assert.ok(!error.message.includes('secret'), error.message)
  }
})

test('an answer from another origin is not taken', async () => {
  let asked = 0
  const elsewhere = createServer((_, response) => {
    asked += 1
    response.end(JSON.stringify({ jsonrpc: '2.0', result: '0x' }))
  })
  await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  try {
    const location = `http://127.0.0.1:${elsewhere.address().port}/`
    const error = await askedOf((_, response) => response.writeHead(307, { location }).end())
    assert.equal(error?.code, 'chain.unreachable')
    assert.match(error.shortMessage, /redirects to http:\/\/127/)
    assert.ok(asked > 0, 'the redirection was followed')
  } finally {
    elsewhere.closeAllConnections()
    elsewhere.close()
  }
})

test('a controller is not a signal, and nobody is asked then', async () => {
  const wallet = { request: async () => assert.fail('asked') }
  const scope = { calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)' }], limits }
  const signal = new AbortController()
  await fails(create().request({ owner: wallet, scope, expiresIn: '4h', signal }), 'input.type', /AbortSignal/)
})

test('an unreachable endpoint is told as such', async () => {
  const dead = 'http://127.0.0.1:9/v2/secret'
  const error = await create({ rpc: dead }).account({ owner: OWNER }).catch((error) => error)
  assert.deepEqual([error.code, error.retryable, error.message.includes('secret')], ['chain.unreachable', true, false])
  const wallet = { async request({ method }) { return method === 'eth_requestAccounts' ? [OWNER] : unreachable.request({ method }) } }
  const scope = { calls: [{ to: GAME, function: 'move(uint8 x,uint8 y)' }], limits }
  await fails(create({ rpc: dead }).request({ owner: wallet, scope, expiresIn: '4h' }), 'chain.unreachable')
  await fails(create().request({ owner: {}, scope, expiresIn: '4h' }), 'wallet.unsupported-method')
  await fails(create().request({ owner: wallet, scope, expiresIn: '8d' }), 'scope.not-accepted')
  await fails(create().request({ owner: wallet, scope, expiresIn: new Date(0) }), 'session.ends-in-the-past')
})

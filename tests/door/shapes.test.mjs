// What apps give by mistake, and how they write what they mean: each in the words that are told, or as what it was meant to be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAME, MOVE } from '../faults/tools.mjs'
import { World, loadPackage } from '../faults/world.mjs'

const hallpass = await loadPackage(process.env.HALLPASS_PACKAGE ?? 'pkg')
const { HallpassError, lte, members, reviewScope, self } = hallpass
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const limits = { gas: { maxFeePerGas: '50 gwei', total: '0.1 ether' } }
const BUY = 'buy(address to,uint256 amount)'
const PAIR = 'pay((address to,uint256 n) p)'

const read = async (rule, more) => (await reviewScope({ scope: { calls: [{ to: GAME, ...rule }], limits, ...more } })).scope
const fails = (promise, code, message) =>
  assert.rejects(promise, (fault) => {
    assert.ok(fault instanceof HallpassError, String(fault))
    assert.equal(fault.code, code, fault.message)
    assert.match(fault.shortMessage, message)
    return true
  })

test('what only looks like a condition frees nothing', async () => {
  const odd = (args) => read({ function: BUY, args })
  await fails(odd({ to: self, amount: lte(5n) }), 'scope.invalid', /^scope\.calls\[0\]\.args\.to: a function/)
  await fails(odd(new Map([['to', self()]])), 'scope.invalid', /^scope\.calls\[0\]\.args: Map, not a plain object/)
  await fails(odd(Promise.resolve([self(), lte(5n)])), 'scope.invalid', /args: Promise/)
  await fails(odd(new (class { get to() { return self() } })()), 'scope.invalid', /args: an instance of a class, not a plain object/)
  await fails(odd({ get to() { return self() } }), 'scope.invalid', /args\.to: a getter/)
  await fails(odd(Object.create({ to: self() })), 'scope.invalid', /args: an instance of a class/)
  await fails(odd({ to: undefined, amount: lte(5n) }), 'scope.invalid', /args\.to: undefined/)
  await fails(odd([self(), , lte(5n)]), 'scope.invalid', /args: a list with holes/)
  await fails(odd({}), 'scope.invalid', /args: names nothing/)
  await fails(read({ function: PAIR, args: [members({})] }), 'scope.invalid', /members: names nothing/)
  await fails(read({ function: PAIR, args: [members({ to: self, n: 1 })] }), 'scope.invalid', /members\.to: a function/)
  await fails(read({ function: BUY }, { spend: undefined }), 'scope.invalid', /^scope\.spend: undefined/)
  await fails(read({ function: BUY }, { limits: { ...limits, operations: undefined } }), 'scope.invalid', /limits\.operations: undefined/)
  const cycle = { to: self() }
  cycle.amount = cycle
  await fails(odd(cycle), 'scope.invalid', /nested too deep, or in itself/)
})

test('a value is read once', async () => {
  let reads = 0
  const args = new Proxy({ to: self(), amount: lte(5n) }, {
    getOwnPropertyDescriptor: (target, name) => ((reads += name === 'amount' ? 1 : 0), { value: reads > 1 ? { any: true } : target[name], enumerable: true, configurable: true, writable: true }),
  })
  const scope = await read({ function: BUY, args })
  assert.deepEqual(scope.calls[0].args, [{ self: true }, { lte: '5' }])
  assert.equal(reads, 1)
})

test('helpers for tokens refuse what would free an argument', async () => {
  const { erc20, erc721, erc1155 } = hallpass
  const token = GAME
  const odd = [() => erc1155(token, { mint: true, maxAmout: 5n }), () => erc1155(token, { mint: true, maxAmount: undefined }), () => erc1155(token, { mint: true, ids: () => [1n] }), () => erc20(token, { transfers: {} }), () => erc721(token, { mint: true, to: OWNER }), () => erc20(token)]
  for (const make of odd) await fails((async () => make())(), 'input.type', /^erc/)
  assert.equal(erc1155(token, { mint: true, ids: [1n], maxAmount: 5n }).length, 1)
})

test('names that are not known are told with the one that was meant', async () => {
  const question = { scope: { calls: [{ to: GAME, function: MOVE }], limits } }
  await fails(reviewScope({ ...question, exipresIn: '4h' }), 'input.invalid', /^exipresIn: unknown field; did you mean expiresIn\?/)
  await fails(read({ function: MOVE, agrs: [] }), 'scope.invalid', /agrs: unknown field; did you mean args\?/)
  const create = (options) => hallpass.createHallpass({ app: 'shapes', chain: 1, rpc: 'http://127.0.0.1:9', bundler: 'http://127.0.0.1:9', ...options }).list()
  await fails(create({ storge: 'device' }), 'input.invalid', /^options\.storge: unknown field; did you mean storage\?/)
  await fails(create({ account: { kind: 'safe' } }), 'input.invalid', /^options\.account\.kind: only accounts of kind kernel/)
  await fails(create({ paymaster: { context: {} } }), 'input.invalid', /^options\.paymaster\.url: missing/)
  await fails(create({ suspend: { idle: 300 } }), 'input.invalid', /with its unit/)
  await fails(create({ paymaster: { url: 'http://127.0.0.1:9', contxt: {} } }), 'input.invalid', /contxt: unknown field; did you mean context\?/)
  await fails(create({ bunlder: 'http://127.0.0.1:9' }), 'input.invalid', /^options\.bunlder: unknown field; did you mean bundler\?/)
  await fails(create({ rpcUrl: 'http://127.0.0.1:9' }), 'input.invalid', /^options\.rpcUrl: unknown field; did you mean rpc\?/)
  await fails(read({ address: GAME, function: MOVE }), 'scope.invalid', /address: unknown field; did you mean to\?/)
  await fails(create({ chain: '31337' }), 'input.invalid', /not text/)
  const { path } = await create({ storge: 'device' }).catch((fault) => fault)
  assert.equal(path, 'options.storge')
})

test('an endpoint has an address of http or https, or is an object', async () => {
  const create = (options) => hallpass.createHallpass({ app: 'shapes', chain: 1, rpc: 'http://127.0.0.1:9', bundler: 'http://127.0.0.1:9', ...options }).list()
  for (const name of ['rpc', 'bundler', 'paymaster'])
    for (const odd of ['', '127.0.0.1:4337/k3yk3yk3y', 'undefined/v2/k3yk3yk3y', 'http://127.0.0.1:4337/v2/undefined', 'ftp://127.0.0.1', 'https://', '//127.0.0.1', 5, {}, []]) {
      const fault = await create({ [name]: odd }).catch((fault) => fault)
      assert.match(`${fault.code} ${fault.shortMessage}`, new RegExp(`^input\\.(invalid|type) options\\.${name}`), `${name} ${odd}`)
      assert.ok(!JSON.stringify(fault).includes('k3yk3yk3y'))
    }
  // What was never set hides no word of later messages.
  await fails(read({ function: MOVE, args: undefined }), 'scope.invalid', /args: undefined/)
})

test('an address of any length is hidden, and breaks no later error', async () => {
  const key = `k3y${'x'.repeat(300_000)}`
  const client = { transport: { url: `https://node.example/${key}` }, request: async () => { throw new Error(`URL: /${key} and more`) } }
  const app = hallpass.createHallpass({ app: 'long', chain: 1, rpc: client, bundler: `https://node.example/${key}` })
  const fault = await app.account({ owner: OWNER }).catch((fault) => fault)
  assert.ok(fault instanceof HallpassError, String(fault).slice(0, 200))
  assert.ok(!`${fault.message} ${JSON.stringify(fault)}`.includes('xxxxxx'))
  await fails(read({ function: MOVE, agrs: [] }), 'scope.invalid', /agrs: unknown field/)
})

test('what is cut off shows no beginning of a secret', () => {
  const secret = 'k3yk3yk3yk3yk3yk3yk3yk3y'
  for (let before = 1_970; before < 2_010; before += 1) {
    const { cause } = new HallpassError({ code: 'aborted', shortMessage: 'it', cause: new Error(`${'a '.repeat(before / 2)}${secret} ${'b '.repeat(20_000)}${secret}`) })
    assert.ok(!cause.message.includes('k3y'), cause.message.slice(-60))
    assert.ok(cause.message.length <= 2_000)
  }
})

test('a session that would be over before it begins is refused before anybody is asked', async (t) => {
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const scope = { calls: [{ to: GAME, function: MOVE }], limits }
  const end = Math.floor(Date.now() / 1000) + 3_600
  for (const startsAt of [{ at: end }, { at: end - 5 }, { at: end + 60 }]) {
    await assert.rejects(world.app.request({ owner: world.owner, scope, startsAt, expiresIn: { at: end } }), ({ code }) => /^(session\.ends-in-the-past|time\.)/.test(code))
  }
  await assert.rejects(world.app.explain({ owner: OWNER, scope, startsAt: { at: end }, expiresIn: { at: end } }), ({ code }) => code === 'session.ends-in-the-past')
  assert.equal(world.chain.included.length, 0)
})

test('events that there are not, and listeners that are none, are refused', async (t) => {
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const session = await world.request()
  for (const holder of [session, world.app]) {
    await fails((async () => holder.on('downgrade', () => {}))(), 'input.invalid', /^no event downgrade; there are .*\w/)
    await fails((async () => holder.on(holder === session ? 'locked' : 'downgraded', undefined))(), 'input.type', /is no function/)
  }
  const sending = world.move(session, [1, 2])
  await fails((async () => sending.on('stages', () => {}))(), 'input.invalid', /^no event stages; there are stage/)
  await fails((async () => sending.on('stage', {}))(), 'input.type', /is no function/)
  assert.ok((await sending.wait()).success)
})

test('ABIs in the shapes that apps have', async () => {
  const entry = (inputs, more) => ({ type: 'function', name: 'f', inputs: inputs.map((type) => ({ name: 'a', type })), ...more })
  const of = async (abi, functionName = 'f', args) => (await read({ abi, functionName, ...(args && { args }) })).calls[0].function
  assert.equal(await of(['function f(uint256 a) external returns (bool);', 'event f(uint256 a)']), 'f(uint256 a)')
  assert.equal(await of([{ name: 'f', inputs: [{ name: 'a', type: 'uint256' }] }]), 'f(uint256 a)')
  assert.equal(await of({ abi: [entry(['uint256'])], bytecode: '0x' }), 'f(uint256 a)')
  const overloaded = [entry(['uint256']), entry(['address']), 'function f((uint8 x, address payable[2] y)[3] p, uint q)']
  assert.equal(await of(overloaded, 'f(address)'), 'f(address a)')
  assert.equal(await of(overloaded, 'f((uint8,address[2])[3],uint256)'), 'f((uint8 x,address[2] y)[3] p,uint256 q)')
  assert.equal(await of(overloaded, 'f', [{ any: true }, { any: true }]), 'f((uint8 x,address[2] y)[3] p,uint256 q)')
  await fails(of(overloaded), 'abi.function', /several functions f/)
  await fails(of(overloaded, 'f(bool)'), 'abi.function', /no function f\(bool\)/)
  await fails(of(JSON.stringify(overloaded)), 'abi.function', /abi is a text/)
  await fails(of([{ type: 'receive' }], 'receive'), 'abi.function', /coins are sent by a call without function/)
  await fails(of([null, entry(['uint256'], { inputs: 5 })]), 'abi.function', /cannot be read/)
  await fails(read({ abi: [entry([])], functionName: 'f', function: 'f()' }), 'abi.function', /not both/)
  await fails(read({ functionName: 'f' }), 'abi.function', /abi/)
  await fails(read({ function: 'receive() external payable' }), 'scope.invalid', /plainTransfer/)
  await fails(read({ function: 'constructor(address a)' }), 'scope.invalid', /cannot be called/)
})

test('calls that contradict themselves are refused, and amounts are read as wallets write them', async (t) => {
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const session = await world.request()
  const check = async (call) => session.check([{ to: GAME, ...call }])
  assert.deepEqual(await check({ function: MOVE, args: [1, 2], value: '0x0', data: undefined }), [])
  assert.equal((await check({ function: MOVE, args: [1, 2], value: '0x10' }))[0].code, 'scope.value')
  await fails(check({ args: [1, 2] }), 'input.invalid', /^calls\[0\]\.args: of no function/)
  await fails(check({ function: MOVE, args: [1, 2], data: '0x' }), 'input.invalid', /^calls\[0\]\.data: either data or a function/)
  await fails(check({ abi: [MOVE], functionName: 'move', data: '0x' }), 'abi.function', /either data/)
  await fails(check({ fucntion: MOVE, args: [1, 2] }), 'input.invalid', /fucntion: unknown field; did you mean function\?/)
})

test('an ABI is read once: the function that was found is the one that is sent', async () => {
  const of = (abi) => read({ abi, functionName: 'f' })
  let reads = 0
  const entry = { type: 'function', inputs: [], get name() { return (reads += 1) === 1 ? 'f' : 'drain' } }
  assert.equal((await of([entry])).calls[0].function, 'f()')
  const list = Object.assign([{ type: 'function', name: 'f', inputs: [] }], { flatMap: () => ['drain()'], map: () => ['drain()'] })
  assert.equal((await of(list)).calls[0].function, 'f()')
  await fails(of([{ type: 'function', name: 'f', inputs: [{ name: 'a,address b', type: 'uint256' }] }]), 'abi.function', /cannot be read/)
  await fails(of([{ type: 'function', name: 'f', inputs: [{ name: 'a', type: 'uint256 a,address' }] }]), 'abi.function', /cannot be read/)
})

test('what an app throws is no trap, and a signal that cannot be listened to starts nothing', async (t) => {
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const session = await world.request()
  const odd = new Proxy({}, { getPrototypeOf() { throw new RangeError('Maximum call stack size exceeded') } })
  await fails((async () => session.check([odd]))(), 'input.type', /cannot be read/)
  const calls = [{ to: GAME, function: MOVE, args: [1, 2] }]
  for (const signal of [{ aborted: false, addEventListener() { throw new Error('boom') } }, { aborted: false, addEventListener() {} }, { get aborted() { throw new Error('boom') } }]) {
    await fails(session.sendCalls({ calls, signal }).wait(), 'input.type', /signal is not an AbortSignal/)
  }
  assert.equal(world.chain.included.length, 0)
  BigInt.prototype.toJSON = function () { return Number(this) }
  try {
    const { scope } = await reviewScope({ scope: { calls: [{ to: GAME, function: BUY, args: [self(), lte(2n ** 53n + 1n)] }], limits } })
    assert.deepEqual(scope.calls[0].args[1], { lte: '9007199254740993' })
  } finally {
    delete BigInt.prototype.toJSON
  }
  assert.ok((await world.move(session, [1, 2]).wait()).success)
})

test('a wallet that cannot be listened to, or answers oddly, breaks no session', async (t) => {
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const told = []
  const usual = world.owner
  world.owner = { request: (asked) => (asked.method === 'eth_accounts' && told.length > 0 ? (() => { throw new Error('boom') })() : usual.request(asked)), on(event, listener) { told.push(listener); if (event === 'disconnect') throw new Error('boom') }, removeListener() { throw new Error('boom') } }
  const session = await world.request()
  assert.ok((await world.move(session, [1, 2]).wait()).success)
  for (const listener of told) listener([Object.create(null)])
  await new Promise((resolve) => setTimeout(resolve, 20))
  await fails(world.app.request({ owner: { provider: world.owner, address: () => OWNER }, scope: { calls: [{ to: GAME, function: MOVE }], limits }, expiresIn: '1h' }), 'input.type', /^owner\.address: a function/)
})

test('times: a date, { at }, or a length with its unit', async () => {
  const explain = async (options) => (await reviewScope({ scope: { calls: [{ to: GAME, function: MOVE }], limits }, ...options })).explain.filter(({ topic }) => topic === 'actor').map(({ text }) => text).join(' ')
  const end = Math.floor(Date.now() / 1000) + 7200
  assert.equal(await explain({ expiresIn: new Date(end * 1000) }), await explain({ expiresIn: { at: end } }))
  assert.match(await explain({ startsAt: '1h', expiresIn: '2h' }), /It begins on .* It ends on /)
  for (const odd of [14400, '14400', '4 hours', { at: Date.now() }, { at: `${end}` }, new Date(NaN)]) {
    await assert.rejects(explain({ expiresIn: odd }), ({ code, shortMessage }) => /^input\.(invalid|number)$/.test(code) && shortMessage.startsWith('expiresIn'))
  }
})

test('errors are for developers, and one sentence is for the player', async () => {
  const fault = await reviewScope({ scope: { calls: [], limits } }).catch((fault) => fault)
  assert.ok(fault.remedy && fault.forPlayer.endsWith('.') && !/0x|scope/.test(fault.forPlayer))
  assert.equal(new URL(fault.docs).hash, '#scopeinvalid')
  const secret = `0x${'ab'.repeat(65)}`
  const thrown = Object.assign(new Error(`URL: https://user:k3yk3yk3y@node.example/v2/k3yk3yk3y?x=1 body ${secret}`), { code: -32000, cause: { message: secret, url: secret } })
  const app = hallpass.createHallpass({ app: 'words', chain: 1, rpc: { request: async () => { throw thrown } }, bundler: 'http://127.0.0.1:9' })
  const told = await app.account({ owner: OWNER }).catch((fault) => fault)
  assert.match(told.shortMessage, /https:\/\/node\.example body …/)
  assert.ok(!JSON.stringify([told.message, told.cause ?? '']).includes('k3yk3yk3y'))
  const missing = new HallpassError({ code: 'funds.needed', shortMessage: 'too little', wei: 5n, cause: thrown })
  const written = JSON.parse(JSON.stringify(missing))
  assert.deepEqual([written.code, written.wei, written.message], ['funds.needed', '5', missing.message])
  assert.ok(!JSON.stringify(written).includes('k3yk3yk3y'))
  const given = new HallpassError({ code: 'aborted', shortMessage: 'it', cause: thrown })
  assert.deepEqual(given.cause, { name: 'Error', message: 'URL: https://node.example body …', code: -32000, cause: { message: '…' } })
})

test('a store of the app that fails once is asked again, and one that goes on failing is told as retryable', async (t) => {
  const all = new Map()
  let left = 0
  const may = () => { if (left-- > 0) throw new Error('away for a moment') }
  const storage = { get: (name) => (may(), all.get(name)), put: (name, text) => (may(), void all.set(name, text)), remove: (name) => (may(), void all.delete(name)), names: (prefix) => (may(), [...all.keys()].filter((name) => name.startsWith(prefix))) }
  const world = await new World(hallpass, [], { storage }).open()
  t.after(() => world.close())
  const session = await world.request()
  left = 1
  assert.ok((await world.move(session, [1, 2]).wait()).success)
  left = Infinity
  const fault = await world.move(session, [3, 4]).wait().catch((fault) => fault)
  assert.deepEqual([fault.code, fault.retryable], ['storage.failed', true])
  left = 0
  assert.ok((await world.move(session, [3, 4]).wait()).success)
})

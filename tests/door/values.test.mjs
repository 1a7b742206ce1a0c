// Random values at every place of scopes, options and calls: refused, or they mean exactly what their JSON says; and nothing that is no
// plain data gets in. HALLPASS_VALUES says how many, HALLPASS_SEED which ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAME, MOVE } from '../faults/tools.mjs'
import { World, loadPackage } from '../faults/world.mjs'
import { generator, oddValue, pick, places, plainValue, said, withAt } from './random.mjs'

const hallpass = await loadPackage(process.env.HALLPASS_PACKAGE ?? 'pkg')
const COUNT = Number(process.env.HALLPASS_VALUES ?? 2_000)
const SEED = Number(process.env.HALLPASS_SEED ?? Date.now() % 2 ** 32)
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

const abi = [{ type: 'function', name: 'f', inputs: [{ name: 'p', type: 'tuple', components: [{ name: 'to', type: 'address' }, { name: 'n', type: 'uint256' }] }] }]
const scope = {
  v: 1,
  calls: [
    { to: GAME, function: MOVE },
    { to: GAME, function: 'buy(address to,uint256 amount)', args: [{ self: true }, { lte: 5n }], value: { max: '1 gwei' } },
    { to: GAME, function: 'give(address to,uint256 amount)', args: { to: { oneOf: [OWNER] }, amount: { between: [1, 9] } } },
    { to: GAME, abi, functionName: 'f', args: [{ members: { to: { self: true }, n: 7n } }] },
    { to: OWNER, plainTransfer: true, value: { max: '5' } },
  ],
  spend: [{ token: 'native', limit: '1 ether', per: '1d' }],
  limits: { operations: 20, rate: { every: '30s' }, gas: { maxFeePerGas: '50 gwei', total: '0.1 ether', perOperation: '0.01 ether' } },
  paymaster: 'none',
  signatures: [],
  accept: ['local:spend[0]'],
}
const question = { scope, version: '3.3', owner: OWNER, account: GAME, startsAt: { at: 1_900_000_000 }, expiresIn: { at: 1_900_010_000 }, storage: 'tab', balances: { native: 5n, [GAME]: '7' }, tokens: { [GAME]: { symbol: 'GOLD', decimals: 18 } } }
const calls = [
  { to: GAME, function: MOVE, args: [1, 2], value: 0n },
  { to: GAME, function: MOVE, args: { x: '1', y: 0xffn } },
  { to: GAME, data: new Uint8Array([1, 2, 3, 4]), value: '0x5' },
  { to: GAME, abi, functionName: 'f', args: [[OWNER, 5n]] },
]
const endpoint = { request: async () => { throw Object.assign(new Error('nobody is here'), { code: -32601 }) } }
const setup = { app: 'door', chain: 31337, bundler: endpoint, rpc: endpoint, requestTimeout: '5s', account: { kind: 'kernel', version: '3.3', index: 1n }, storage: 'memory', allowFramedBy: ['https://a.example'], suspend: { idle: '5m', pagehide: true, freeze: false } }

/** What comes of it: a result as text, or the error; nothing but errors of this package. */
async function outcome(work) {
  try {
    return { result: JSON.stringify(await work(), (_, value) => (typeof value === 'bigint' ? `${value}n` : value)) }
  } catch (fault) {
    assert.ok(fault instanceof hallpass.HallpassError && fault.code && fault.shortMessage && fault.remedy && fault.forPlayer, `untyped: ${fault?.stack ?? String(fault)}`)
    assert.ok(!/^wasm\./.test(fault.code), `${fault.code} ${fault.shortMessage}`)
    assert.ok(!/0x[0-9a-f]/i.test(fault.forPlayer), fault.forPlayer)
    return { fault: fault.code, message: fault.shortMessage }
  }
}

/** Puts values at the places of `base` that `of` may have them at. */
async function put(base, run, { of = () => true, json = run, count = COUNT, seed = SEED } = {}) {
  const random = generator(seed)
  const where = places(base).filter((path) => path.length > 0 && of(path))
  const usual = await outcome(() => run(base))
  assert.ok(usual.result, usual.message)
  const ends = { accepted: 0, refused: 0, odd: 0 }
  for (let round = 0; round < count; round += 1) {
    const path = pick(random, where)
    const at = random() < 0.1 ? [...path.slice(0, -1), pick(random, ['arg', 'fucntion', 'limit', 'x'])] : path
    const isOdd = random() < 0.4
    const value = isOdd ? oddValue(random) : plainValue(random)
    const given = withAt(base, at, value)
    const seen = await outcome(() => run(given))
    const tell = () => `seed ${seed}, round ${round}, at ${at.join('.')}: ${typeof value} ${Object.prototype.toString.call(value)}`
    if (isOdd && !(value === undefined && mayBeLeftOut(at))) {
      ends.odd += 1
      assert.ok(seen.fault, `let in: ${tell()} ${seen.result}`)
      continue
    }
    if (isOdd) continue
    const meant = await outcome(() => json(said(given)))
    assert.deepEqual(seen.fault ? undefined : seen, seen.fault ? undefined : meant, tell())
    ends[seen.fault ? 'refused' : 'accepted'] += 1
  }
  return ends
}

/** `undefined` counts as left out among options, and in calls. */
const mayBeLeftOut = (path) => path[0] !== 'scope' || path.length === 1

const tally = (t, ends) => t.diagnostic(JSON.stringify(ends))
// Endpoints and ABIs are what they are: read where they are used.
const lives = (path) => path.includes('abi') || ['rpc', 'bundler', 'chain'].includes(path[0])

test('in a scope and in the questions about it', async (t) => tally(t, await put(question, (given) => hallpass.reviewScope(given), { of: (path) => !lives(path) })))

test('in what an app sets up', async (t) => {
  const run = (given) => hallpass.createHallpass(given).explain({ scope: { calls: [{ to: GAME, function: MOVE }], limits: { gas: { total: 1n } } }, owner: OWNER, expiresIn: { at: 1_900_000_000 } })
  tally(t, await put(setup, run, { of: (path) => !lives(path) }))
})

test('in calls', async (t) => {
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const session = await world.request()
  tally(t, await put({ calls }, ({ calls }) => session.check(calls), { of: (path) => !lives(path) && path.length > 1 }))
  // And as a whole: the session goes on.
  assert.ok((await world.move(session, [1, 2]).wait()).success)
})

test('in what is inspected and hashed', async () => {
  const random = generator(SEED)
  const operation = { sender: GAME, nonce: 5n, callData: '0x', callGasLimit: 1, verificationGasLimit: 1, preVerificationGas: 1, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n, signature: '0x' }
  for (let round = 0; round < COUNT; round += 1) {
    const value = random() < 0.5 ? plainValue(random) : oddValue(random)
    await outcome(() => hallpass.inspect(value))
    await outcome(() => hallpass.inspect({ types: {}, message: value }))
    await outcome(() => hallpass.inspect({ ...operation, callData: value }))
    await outcome(() => hallpass.userOperationHash({ userOperation: withAt(operation, [pick(random, Object.keys(operation))], value), chainId: 1 }))
    await outcome(() => hallpass.kernelAccount(random() < 0.3 ? value : { owner: OWNER, index: value }))
  }
})

test('of a wait, and of whoever asks', async (t) => {
  const random = generator(SEED)
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  const session = await world.request()
  const sending = world.move(session, [1, 2])
  await sending.wait()
  for (let round = 0; round < COUNT / 10; round += 1) {
    const odd = oddValue(random)
    for (const name of ['timeout', 'until', 'revert', 'signal', 'tiemout']) {
      const { fault } = await outcome(() => sending.wait({ [name]: odd }))
      assert.ok(fault || odd === undefined, `${name}: ${String(Object.prototype.toString.call(odd))}`)
    }
    const { fault } = await outcome(() => world.app.request({ owner: odd, scope: { calls: [{ to: GAME, function: MOVE }], limits: { gas: { total: 1n } } }, expiresIn: '1h' }))
    assert.ok(fault)
    await outcome(() => session.narrow(odd))
    await outcome(() => session.signUserOperation(odd))
    await outcome(() => world.app.restore({ scope: odd, owner: odd, atLeast: odd }))
  }
})

// Secrets in every answer: whoever writes the text of an error, an API key or the owner's signature of a grant is not in it.
// HALLPASS_PATHS says how many errors are looked at, HALLPASS_SEED which ones.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAME, MOVE } from '../faults/tools.mjs'
import { World, loadPackage } from '../faults/world.mjs'
import { generator, pick } from './random.mjs'

const hallpass = await loadPackage(process.env.HALLPASS_PACKAGE ?? 'pkg')
const COUNT = Number(process.env.HALLPASS_PATHS ?? 1_500)
const SEED = Number(process.env.HALLPASS_SEED ?? Date.now() % 2 ** 32)
const AT_ONCE = 250
const OWNER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const limits = { gas: { maxFeePerGas: '50 gwei', total: '0.1 ether' } }

const hex = (random, digits) => Array.from({ length: digits }, () => pick(random, '0123456789abcdef')).join('')
const letters = (random, count) => Array.from({ length: count }, () => pick(random, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789')).join('')

/** Keys as services give them out. */
const keyOf = (random) => pick(random, [() => letters(random, 32), () => hex(random, 32), () => `pim_${letters(random, 22)}`, () => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`, () => `k3y${letters(random, 7)}`])()
const addressOf = (random, key) => pick(random, [() => `https://node.example/v2/${key}`, () => `https://node.example/rpc?apikey=${key}`, () => `https://user:${key}@node.example/`, () => `wss://node.example/ws/v3/${key}/x`, () => `http://node.example:8545/${encodeURIComponent(`${key}/+`)}`, () => `/v2/${key}`])()

/** The ways in which texts have something in them. */
const written = (random, secret) => pick(random, [
  (s) => s, (s) => s.toUpperCase().replace(/^0X/, '0x'), (s) => JSON.stringify({ body: JSON.stringify({ params: [s] }) }), (s) => `"${s}"`, (s) => `(${s})`, (s) => `\n${s}\n`, (s) => encodeURIComponent(s), (s) => `x${s}x`, (s) => s.replace(/^0x/, ''),
])(secret)

const WORDS = ['failed', 'AA23 reverted:', 'HTTP request failed.\n\nURL:', 'Request body:', 'Cannot POST', 'invalid signature', 'fetch failed', 'Details:']

/** Something that is thrown, with secrets wherever text can be. */
function thrown(random, secrets, depth = 0) {
  const text = () => Array.from({ length: 3 }, () => `${pick(random, WORDS)} ${random() < 0.8 ? written(random, pick(random, secrets)) : ''}`).join(' ')
  const more = () => ({
    ...(random() < 0.6 && { code: pick(random, [-32500, -32602, -32000, -32603, -32005, 3, 4001, 4100, 4902, -32002, 'ECONNREFUSED', text()]) }),
    ...(random() < 0.5 && { data: pick(random, [() => text(), () => ({ revertData: pick(random, secrets), originalError: { code: 4001, message: text() } }), () => pick(random, secrets), () => [text()]])() }),
    ...(random() < 0.3 && { details: text(), shortMessage: text(), url: text(), metaMessages: [text()] }),
    ...(random() < 0.4 && depth < 3 && { cause: thrown(random, secrets, depth + 1) }),
    ...(random() < 0.2 && { name: text(), stack: text() }),
  })
  return pick(random, [() => Object.assign(new Error(text()), more()), () => Object.assign(new TypeError(text()), more()), () => ({ message: text(), ...more() }), () => text(), () => Object.assign(new DOMException(text(), 'AbortError')), () => Object.assign(Object.create(null), { message: text(), ...more() })])()
}

/** An answer that cannot be used, with secrets in it. */
const answered = (random, secrets) => pick(random, [() => written(random, pick(random, secrets)), () => ({ [written(random, pick(random, secrets))]: pick(random, secrets) }), () => [pick(random, secrets)], () => ({ callGasLimit: pick(random, secrets), preVerificationGas: written(random, pick(random, secrets)) })])()

/** Everything that can be read of an error. */
function* readable(value, seen = new Set()) {
  if (typeof value === 'string') yield value
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (value instanceof Error) yield String(value)
  for (const name of Reflect.ownKeys(value)) {
    yield String(name)
    yield* readable(value[name], seen)
  }
}

function keeps(fault, secrets, tell) {
  assert.ok(fault instanceof hallpass.HallpassError, `${tell()}: untyped ${fault?.stack}`)
  const texts = [...readable(fault)].join('\n').toLowerCase()
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      const at = texts.indexOf(form.toLowerCase().replace(/^0x/, ''))
      assert.ok(at < 0, `${tell()} ${fault.code}: …${texts.slice(Math.max(0, at - 100), at + 200)}…`)
    }
  }
}

/** Whether something was left out of an error: without that a run would prove nothing. */
const isCleaned = (fault) => `${fault.message} ${JSON.stringify(fault.cause ?? '')}`.includes('…')

const failure = (work) => work().then(() => undefined, (fault) => fault)

test('of a node', { timeout: 3_600_000 }, async () => {
  const random = generator(SEED)
  let [looked, cleaned, caused] = [0, 0, 0]
  const look = async (round) => {
    const key = keyOf(random)
    const address = addressOf(random, key)
    // Of an address that only the app's own client knows, keys are known by their looks.
    const looksLikeAKey = /^(?=.*\d)(?=.*[a-z])[\w-]{20,}$/i.test(key)
    const rpc = random() < 0.5 && looksLikeAKey ? { request: async () => { throw thrown(random, [key, address]) } } : { transport: { url: address }, request: async () => { if (random() < 0.3) return answered(random, [key, address]); throw thrown(random, [key, address]) } }
    const bundler = /^(http|\/)/.test(address) ? address : { transport: { url: address }, request: async () => {} }
    const app = hallpass.createHallpass({ app: 'secrets', chain: 31337, rpc, bundler, storage: 'memory', requestTimeout: '1s' })
    const fault = await failure(() => app.account({ owner: OWNER }))
    if (!fault) return
    looked += 1
    cleaned += isCleaned(fault)
    caused += fault.cause !== undefined
    keeps(fault, [key], () => `seed ${SEED}, round ${round}`)
  }
  // Many at once: what limits requests is asked again for seconds.
  for (let round = 0; round < COUNT; round += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => look(round + at)))
  assert.ok(looked >= COUNT / 2 && cleaned >= looked / 4 && caused >= looked / 20, `${looked} errors, ${cleaned} with something left out, ${caused} with a cause`)
})

test('of a bundler and a paymaster, who were sent the grant', { timeout: 3_600_000 }, async (t) => {
  const random = generator(SEED)
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  let signature = ''
  let sent = ''
  const owner = { request: async ({ method, params }) => { const answer = await world.owner.request({ method, params }); if (method === 'eth_signTypedData_v4') signature = answer; return answer } }
  const key = keyOf(random)
  const usual = Object.fromEntries(['node', 'bundler'].map((name) => [name, async ({ method, params }) => {
    const response = await fetch(world.endpoints[name].url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) })
    const { result, error } = await response.json()
    if (error) throw Object.assign(new Error(error.message), error)
    return result
  }]))
  let rude = false
  const bundler = { transport: { url: `https://bundler.example/${key}` }, request: async ({ method, params }) => {
    if (!rude || !/UserOperation/.test(method)) return usual.bundler({ method, params })
    if (params?.[0]?.signature) sent = params[0].signature
    const secrets = [signature, sent || signature, key, JSON.stringify(params), `0x12345678${signature.slice(2)}${'0'.repeat(62)}`]
    if (random() < 0.2) return answered(random, secrets)
    const fault = thrown(random, secrets)
    // One that may pass is tried again for seconds.
    throw typeof fault === 'object' ? Object.assign(fault, { code: pick(random, [-32500, -32602, -32601, -32521, 3]) }) : Object.assign(new Error(fault), { code: -32500 })
  } }
  const app = hallpass.createHallpass({ app: 'secrets-sent', chain: 31337, rpc: { request: usual.node }, bundler, storage: 'memory', account: { kind: 'kernel', version: '3.3' } })
  const session = await app.request({ owner, scope: { calls: [{ to: GAME, function: MOVE }], limits }, expiresIn: '4h' })
  assert.equal(signature.length, 132)
  rude = true
  let cleaned = 0
  for (let round = 0; round < COUNT / 20; round += 1) {
    const sending = session.sendCalls({ calls: [{ to: GAME, function: MOVE, args: [1, 2] }] })
    const fault = await failure(() => sending.wait())
    assert.ok(fault)
    cleaned += isCleaned(fault)
    keeps(fault, [signature, key], () => `seed ${SEED}, round ${round}`)
  }
  assert.ok(cleaned >= COUNT / 80, `${cleaned} with something left out`)
})

test('of a wallet and of a store', { timeout: 3_600_000 }, async (t) => {
  const random = generator(SEED)
  const world = await new World(hallpass, []).open()
  t.after(() => world.close())
  let [cleaned, ofWallets, ofStores] = [0, 0, 0]
  for (let round = 0; round < COUNT / 3; round += 1) {
    const secret = `0x${hex(random, 130)}`
    const rude = pick(random, ['eth_requestAccounts', 'eth_chainId', 'eth_signTypedData_v4'])
    const wallet = { request: async (asked) => { if (asked.method === rude) throw thrown(random, [secret]); return world.owner.request(asked) } }
    const { node: { url: rpc } } = world.endpoints
    const storage = random() < 0.5 ? 'memory' : Object.fromEntries(['get', 'put', 'remove', 'names'].map((name) => [name, async () => { throw thrown(random, [secret]) }]))
    const app = hallpass.createHallpass({ app: 'secrets-wallet', chain: 31337, rpc, bundler: rpc, storage, account: { kind: 'kernel', version: '3.3' } })
    const fault = await failure(() => app.request({ owner: wallet, scope: { calls: [{ to: GAME, function: MOVE }], limits }, expiresIn: '4h' }))
    // A wallet that only fails to say its chain is taken to be on it.
    if (!fault) continue
    cleaned += isCleaned(fault)
    ofWallets += fault.code.startsWith('wallet.')
    ofStores += fault.code.startsWith('storage.')
    keeps(fault, [secret], () => `seed ${SEED}, round ${round}`)
  }
  assert.ok(cleaned >= COUNT / 12 && ofWallets >= COUNT / 12 && ofStores >= COUNT / 12, `${cleaned} with something left out, ${ofWallets} of wallets, ${ofStores} of stores`)
})

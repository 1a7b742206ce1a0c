// What `doctor` says in Node.js, and what it makes of a node's blocks. Pages are in tests/browser.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { createHallpass, doctor } from 'hallpass'
import * as slim from 'hallpass/slim'

const { resolve } = createRequire(import.meta.url)
const find = ({ checks }, id) => checks.find((check) => check.id === id)
const now = () => Math.floor(Date.now() / 1000)
const hex = (number) => `0x${number.toString(16)}`

/** A node at block 1000, whose blocks are so many seconds old. */
const node = (ageOf) => ({
  asked: [],
  async request({ method, params: [tag, full] }) {
    assert.deepEqual([method, full], ['eth_getBlockByNumber', false])
    this.asked.push(tag)
    const number = tag === 'latest' ? 1000 : Number(tag)
    return { number: hex(number), timestamp: hex(now() - ageOf(number)), hash: '0x00' }
  },
})
const clockOf = async (rpc) => find(await doctor({ rpc }), 'clock')

test('Node.js has sessions in memory only, and that is no fault', async () => {
  const { ok, checks, tiers } = await doctor()
  assert.equal(ok, true)
  assert.deepEqual(tiers, { memory: true, tab: false, device: false, passkey: false })
  const state = Object.fromEntries(checks.map(({ id, state }) => [id, state]))
  for (const id of ['csp', 'wasm-features', 'webcrypto', 'broadcast-channel']) assert.equal(state[id], 'ok', id)
  for (const id of ['secure-context', 'indexeddb', 'passkey-prf', 'framed', 'clock', 'storage-persistence']) {
    assert.equal(state[id], 'unknown', id)
  }
  assert.deepEqual(await slim.doctor(), { ok, checks, tiers }, 'it needs no module')
})

test('every check has its section in the docs', async () => {
  const page = readFileSync(join(dirname(resolve('hallpass/package.json')), 'docs/doctor.md'), 'utf8')
  const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
  assert.deepEqual((await doctor()).checks.map(({ id }) => id), sections)
})

test('every feature that the module claims to use is looked at', async () => {
  const module = await WebAssembly.compile(readFileSync(resolve('hallpass/hallpass.wasm')))
  const [section] = WebAssembly.Module.customSections(module, 'target_features')
  assert.ok(section, 'the module says what it uses')
  const used = Buffer.from(section).toString('latin1').match(/(?<=\+.)[a-z0-9-]+/gs)
  const lookedAt = find(await doctor(), 'wasm-features').detail.split(', ')
  // Part of one that is looked at; none that is exported or imported; a longer form of a number, which is not left in the module.
  const implied = ['bulk-memory-opt', 'mutable-globals', 'call-indirect-overlong']
  assert.deepEqual(used.filter((name) => !lookedAt.includes(name) && !implied.includes(name)), [])
  assert.deepEqual(lookedAt.filter((name) => !used.includes(name)), [], 'nothing else is asked for')
})

test('each feature is looked at by itself', async (t) => {
  const { validate } = WebAssembly
  t.after(() => (WebAssembly.validate = validate))
  // The opcodes that the features are known by.
  const opcodes = { simd128: [0xfd, 0x0f], 'bulk-memory': [0xfc, 0x0a], 'sign-ext': [0xc0, 0x1a], 'nontrapping-fptoint': [0xfc, 0x00], multivalue: [2, 0x7f] }
  for (const [name, opcode] of Object.entries(opcodes)) {
    WebAssembly.validate = (bytes) => validate(bytes) && !Buffer.from(bytes).includes(Buffer.from(opcode))
    const { ok, checks, tiers } = await doctor()
    assert.deepEqual([ok, tiers.memory, find({ checks }, 'wasm-features').detail], [false, false, `missing: ${name}`])
  }
})

test('a clock behind the chain is wrong, or the chain is', async () => {
  for (const ahead of [0, 29]) assert.equal((await clockOf(node(() => -ahead))).state, 'ok')
  const seconds = await clockOf(node(() => -100))
  assert.equal(seconds.state, 'warning')
  assert.match(seconds.sentence, /(99|100|101) seconds behind the chain/)
  const hours = await clockOf(node(() => -3 * 3600))
  assert.match(hours.sentence, /3 hours behind the chain/)
  assert.match(hours.remedy, /time automatically/)
})

test('a clock ahead of a chain that makes blocks regularly is told, with the other reason there may be', async () => {
  const recent = node(() => 299)
  assert.equal((await clockOf(recent)).state, 'ok')
  assert.deepEqual(recent.asked, ['latest'], 'one request is enough')

  const stale = node((number) => 900 + 12 * (1000 - number))
  const { state, sentence, remedy, detail } = await clockOf(stale)
  assert.deepEqual([state, detail], ['warning', 'newest block: 15 minutes old, one every 12 seconds'])
  assert.match(sentence, /15 minutes older .* either the clock is ahead.* or the node lags/)
  assert.match(remedy, /another node/)
  assert.equal(stale.asked.length, 3)
})

test('a chain that pauses says nothing about the clock', async () => {
  const idle = {
    'blocks come seldom': (number) => 900 + 60 * (1000 - number),
    'a burst after a pause': (number) => 900 + (1000 - number) + (number < 950 ? 86_400 : 0),
    'a young chain': undefined,
  }
  for (const [name, ageOf] of Object.entries(idle)) {
    const young = { async request() { return { number: '0x5', timestamp: hex(now() - 900) } } }
    const { state, sentence, remedy } = await clockOf(ageOf ? node(ageOf) : young)
    assert.deepEqual([state, remedy], ['unknown', undefined], name)
    assert.match(sentence, /15 minutes old.*cannot be told/)
  }
})

test('a node that does not answer is a fault, and keeps nobody waiting', async () => {
  const object = (request) => ({ request })
  const refusal = Object.assign(new Error('no luck at https://node.example/secret-key'), { code: -32601 })
  const nodes = {
    'refuses': [object(() => Promise.reject(refusal)), /^Error -32601$/],
    'answers no block': [object(async () => null), /no block/],
    'answers nonsense': [object(async () => ({ number: '0x1', timestamp: 'soon' })), /no block/],
    'never answers': [object(() => new Promise(() => {})), /^TimeoutError$/],
    'is nowhere': ['http://127.0.0.1:1/secret-key', /^TypeError/],
    'is no address': ['secret-key', /^TypeError/],
  }
  for (const [name, [rpc, said]] of Object.entries(nodes)) {
    const started = Date.now()
    const diagnosis = await doctor({ rpc })
    assert.ok(Date.now() - started < 8000, name)
    const { state, remedy, detail } = find(diagnosis, 'clock')
    assert.deepEqual([state, diagnosis.ok], ['fault', false], name)
    assert.ok(remedy, name)
    assert.match(detail, said)
    assert.ok(!JSON.stringify(diagnosis).includes('secret-key'), `${name}: ${detail}`)
  }
})

test('an app asks with the node it is set up with', async () => {
  const rpc = node(() => -600)
  const options = { app: 'game', bundler: { request: async () => null } }
  assert.equal(find(await createHallpass({ ...options, chain: 31337, rpc }).doctor(), 'clock').state, 'warning')
  assert.deepEqual(rpc.asked, ['latest'])
  const chain = { id: 31337, rpcUrls: { default: { http: ['http://127.0.0.1:1/secret-key'] } } }
  assert.equal(find(await createHallpass({ ...options, chain }).doctor(), 'clock').state, 'fault')
})

test('a node that answers its newest block and nothing else leaves the rest open', async () => {
  const rpc = {
    request: ({ params: [tag] }) =>
      tag === 'latest' ? Promise.resolve({ number: '0x3e8', timestamp: hex(now() - 900) }) : new Promise(() => {}),
  }
  assert.equal((await clockOf(rpc)).state, 'unknown')
  const forgetful = { request: async ({ params: [tag] }) => (tag === 'latest' ? { number: '0x3e8', timestamp: hex(now() - 900) } : null) }
  assert.match((await clockOf(forgetful)).sentence, /15 minutes old.*cannot be told/)
})

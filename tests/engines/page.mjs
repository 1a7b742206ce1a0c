// The built package in a page of an engine: a real trap and storage that fails once, and sessions that go on. One line of TAP a test.
import { Bundler, Node, wallet } from '../faults/answers.mjs'
import { Chain } from '../faults/chain.mjs'
import { CHAIN_ID, GAME, MOVE } from '../faults/tools.mjs'

const instances = []
const { Instance } = WebAssembly
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports)
  instances.push(instance)
  return instance
}
const hallpass = await import('/pkg/esm/index.js')

const scope = { calls: [{ to: GAME, function: MOVE }], limits: { gas: { maxFeePerGas: '50 gwei', total: '0.1 ether' } } }
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const move = (session, x, y) => session.sendCalls({ calls: [{ to: GAME, function: MOVE, args: [x, y] }] })

function must(truth, text) {
  if (!truth) throw new Error(text)
}

async function failure(work) {
  try {
    await work()
  } catch (fault) {
    return fault
  }
  throw new Error('nothing failed')
}

let made = 0
async function world(storage) {
  const chain = new Chain({})
  const owner = wallet(chain)
  chain.owner = owner.address
  chain.account = (await hallpass.kernelAccount({ owner: owner.address, version: '3.3' })).address
  const endpoint = ({ methods }) => ({
    async request({ method, params }) {
      if (!methods[method]) throw Object.assign(new Error(`no ${method}`), { code: -32601 })
      return methods[method](JSON.parse(JSON.stringify(params ?? [])))
    },
  })
  const app = hallpass.createHallpass({ app: `engine-${(made += 1)}-${Date.now()}`, chain: CHAIN_ID, rpc: endpoint(new Node(chain)), bundler: endpoint(new Bundler(chain)), account: { kind: 'kernel', version: '3.3' }, storage })
  const session = await app.request({ owner, scope, expiresIn: '4h' })
  must((await move(session, 1, 2).wait()).success, 'the first move')
  return { chain, app, session }
}

/** The module has no memory left, and is given something large. */
function stop(session) {
  const { memory } = instances.at(-1).exports
  for (let pages = 2 ** 15; pages >= 1; ) {
    try {
      memory.grow(pages)
    } catch {
      pages /= 2
    }
  }
  return failure(async () => session.check([{ to: GAME, data: '0x' + 'ab'.repeat(2 ** 20) }]))
}

const tests = {
  async 'a trap ends in one typed error, and a fresh module takes its place'() {
    const { session } = await world('memory')
    const before = instances.length
    const fault = await stop(session)
    must(fault instanceof hallpass.HallpassError && fault.code === 'wasm.trap' && fault.retryable, String(fault))
    await sleep(0)
    must(instances.length === before + 1, `${instances.length - before} new modules`)
    must((await hallpass.reviewScope({ scope })).scopeHash, 'a review')
  },
  async 'a session of this device goes on in the hands of the app'() {
    const { chain, app, session } = await world('device')
    must(session.custody.tier === 'device', session.custody.tier)
    const waiting = move(session, 3, 4)
    must((await stop(session)).code === 'wasm.trap', 'a trap')
    must((await session.refresh()) === 'enabled', session.status)
    must((await move(session, 5, 6).wait()).success, 'a move after it')
    const early = await waiting.wait().catch((fault) => fault)
    must(early.success || early.code === 'wasm.trap', String(early))
    await session.lock()
    must(session.status === 'locked', session.status)
    must((await failure(() => move(session, 7, 8).wait())).code === 'session.locked', 'locked')
    await session.unlock()
    must((await move(session, 7, 8).wait()).success, 'a move after unlocking')
    const found = await app.restore({ scope })
    must(found.session?.id === session.id, String(found.reason))
    const told = JSON.stringify(chain.included.map(({ moves }) => moves))
    must(new Set(chain.included.map(({ hash }) => hash)).size === chain.included.length, told)
    await session.forget()
    must((await app.list()).length === 0, 'nothing stored')
  },
  async 'each of two objects of one session is told what becomes of its operation'() {
    const { app, session } = await world('device')
    const { session: other } = await app.restore({ scope })
    must(other && other !== session, 'another object')
    const waiting = move(other, 3, 4)
    await new Promise((resolve) => waiting.on('stage', ({ name }) => name === 'sent' && resolve()))
    must((await stop(session)).code === 'wasm.trap', 'a trap')
    const told = await Promise.race([waiting.wait().catch((fault) => fault), sleep(15_000)])
    must(told?.success, `told ${told}`)
    await session.forget()
  },
  async 'a session of this tab goes on'() {
    const { session } = await world('tab')
    must((await stop(session)).code === 'wasm.trap', 'a trap')
    await session.refresh()
    must((await move(session, 5, 6).wait()).success, 'a move after it')
    await session.forget()
  },
  async 'a session in memory is told to be lost'() {
    const { session } = await world('memory')
    const told = new Promise((resolve) => session.on('forgotten', resolve))
    must((await stop(session)).code === 'wasm.trap', 'a trap')
    await told
    must((await failure(() => move(session, 5, 6).wait())).code === 'session.forgotten', 'forgotten')
  },
  async 'a read and a write that the browser aborts once are done again'() {
    const { session } = await world('device')
    for (const method of ['get', 'put']) {
      const usual = IDBObjectStore.prototype[method]
      let left = 1
      IDBObjectStore.prototype[method] = function (...given) {
        const request = usual.apply(this, given)
        if (left-- > 0) this.transaction.abort()
        return request
      }
      session.suspend()
      const done = await move(session, 3, 4).wait().finally(() => (IDBObjectStore.prototype[method] = usual))
      must(done.success && left < 0, method)
    }
    await session.forget()
  },
  async 'a key that comes back as nothing leads down a tier, and that is told'() {
    const usual = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (value, ...given) {
      return usual.call(this, value instanceof CryptoKey || value?.key instanceof CryptoKey ? null : value, ...given)
    }
    try {
      const { session } = await world('device')
      must(session.custody.tier === 'memory' && session.custody.because.code === 'storage.unavailable', JSON.stringify(session.custody))
      must((await move(session, 3, 4).wait()).success, 'a move')
    } finally {
      IDBObjectStore.prototype.put = usual
    }
  },
  async 'a stack that runs full'() {
    const { session } = await world('memory')
    const { now } = Date
    Date.now = () => (session.remaining(), now())
    const fault = await failure(async () => session.remaining()).finally(() => (Date.now = now))
    must(fault.code === 'wasm.trap', String(fault))
    await sleep(20)
    must((await hallpass.reviewScope({ scope })).scopeHash, 'a review')
  },
}

const outside = []
addEventListener('error', ({ message }) => outside.push(message))
addEventListener('unhandledrejection', ({ reason }) => outside.push(String(reason)))

export async function run() {
  const lines = []
  let number = 0
  for (const [name, test] of Object.entries(tests)) {
    outside.length = 0
    await fetch(`/begun?test=${encodeURIComponent(name)}`)
    const late = sleep(30_000).then(() => { throw new Error('no end within 30 s') })
    const fault = await Promise.race([test(), late]).then(() => sleep(50)).then(() => (outside.length > 0 ? new Error(outside.join('; ')) : undefined), (fault) => fault)
    lines.push(`${fault ? 'not ok' : 'ok'} ${(number += 1)} - ${name}${fault ? ` # ${String(fault?.message ?? fault).replace(/\s+/g, ' ')} ${fault?.code ?? ''}` : ''}`)
  }
  return lines
}

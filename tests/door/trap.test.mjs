// A trap of the module, a real one: it ends in one typed error, a fresh module, and sessions taken up again from storage.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MOVE, GAME } from '../faults/tools.mjs'
import { World, loadPackage } from '../faults/world.mjs'

/** Every instance of the module, so that its memory can be used up. */
const instances = []
const { Instance } = WebAssembly
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports)
  instances.push(new WeakRef(instance))
  return instance
}

const hallpass = await loadPackage(process.env.HALLPASS_PACKAGE ?? 'pkg')

/** The newest module has no memory left: whatever needs some stops it. */
function useUpMemory() {
  const { memory } = instances.at(-1).deref().exports
  for (let pages = 2 ** 15; pages >= 1; ) {
    try {
      memory.grow(pages)
    } catch {
      pages /= 2
    }
  }
}

/** Every look at the clock asks the module for the time, which looks at the clock. */
function recurse(session) {
  const { now } = Date
  Date.now = () => (session.remaining(), now())
  return () => (Date.now = now)
}

const failure = async (work) => {
  try {
    await work()
  } catch (fault) {
    return fault
  }
  assert.fail('nothing failed')
}

function isTrap(fault) {
  assert.ok(fault instanceof hallpass.HallpassError, String(fault))
  assert.deepEqual([fault.code, fault.retryable], ['wasm.trap', true], fault.message)
}

/** A store that outlives the module. */
function store() {
  const all = new Map()
  return {
    all,
    get: (name) => all.get(name),
    put: (name, text) => void all.set(name, text),
    remove: (name) => void all.delete(name),
    names: (prefix) => [...all.keys()].filter((name) => name.startsWith(prefix)),
  }
}

async function opened(t, storage) {
  const world = await new World(hallpass, [], { storage }).open()
  t.after(() => world.close())
  const session = await world.request()
  assert.ok((await world.move(session, [1, 2]).wait()).success)
  return { world, session }
}

const large = '0x' + 'ab'.repeat(2 ** 20)
const stop = (session) => session.check([{ to: GAME, data: large }])

test('memory that is used up', async (t) => {
  const { world, session } = await opened(t, 'memory')
  const before = instances.length
  useUpMemory()
  isTrap(await failure(() => stop(session)))
  // At once it says so; once this turn is over it is another module.
  await sleep(0)
  assert.equal(instances.length, before + 1)
  assert.ok((await hallpass.reviewScope({ scope: { calls: [{ to: GAME, function: MOVE }], limits: { gas: { total: 1n } } } })).scope)
  assert.equal(world.chain.included.length, 1)
})

test('a session that is stored goes on, under its id, in the hands of the app', async (t) => {
  // Wrapping keys are in memory here, as there is no IndexedDB; so only a record without its key outlives the module.
  const { session } = await opened(t, store())
  const told = []
  session.on('forgotten', () => told.push('forgotten'))
  useUpMemory()
  isTrap(await failure(() => stop(session)))
  await sleep(50)
  const fault = await failure(() => session.unlock())
  assert.match(fault.code, /^(storage\.lost|session\.forgotten)$/)
})

test('a session in memory is lost, and the app is told', async (t) => {
  const { world, session } = await opened(t, 'memory')
  const told = new Promise((resolve) => session.on('forgotten', resolve))
  const waiting = world.move(session, [3, 4])
  useUpMemory()
  isTrap(await failure(() => stop(session)))
  await told
  assert.equal((await failure(() => waiting.wait())).code, 'wasm.trap')
  assert.equal((await failure(() => world.move(session, [5, 6]).wait())).code, 'session.forgotten')
  assert.equal((await failure(() => session.lock())).code, 'session.forgotten')
  // Another one is asked for as ever.
  await opened(t, 'memory')
})

test('a stack that runs full', async (t) => {
  const { session } = await opened(t, 'memory')
  const put = recurse(session)
  try {
    isTrap(await failure(() => session.remaining()))
  } finally {
    put()
  }
  await sleep(20)
  await opened(t, 'memory')
})

test('where no other module can be started, the next call tries again', async (t) => {
  const { session } = await opened(t, 'memory')
  const told = new Promise((resolve) => session.on('forgotten', resolve))
  const Original = WebAssembly.Instance
  let refused = 0
  WebAssembly.Instance = function (...given) {
    if (refused++ < 32) throw new RangeError('Out of memory: Cannot allocate Wasm memory for new instance')
    return new Original(...given)
  }
  t.after(() => (WebAssembly.Instance = Original))
  useUpMemory()
  isTrap(await failure(() => stop(session)))
  await sleep(0)
  for (let again = 0; again < 30; again += 1) isTrap(await failure(() => session.check([{ to: GAME, function: MOVE, args: [1, 2] }])))
  assert.equal(refused, 31)
  // However often it was asked for, it is tried once a second by itself: in vain, then with success.
  await sleep(1_300)
  assert.equal(refused, 32)
  await sleep(1_000)
  assert.equal(refused, 33)
  await opened(t, 'memory')
  await told
})

test('what an own store is still writing when the module stops is waited for', async (t) => {
  const own = store()
  const { get, put } = own
  const log = []
  let isSlow = false
  own.get = (name) => (log.push('get'), get(name))
  const { names } = own
  own.names = (prefix) => (log.push('get'), names(prefix))
  own.put = async (name, text) => {
    log.push('begins')
    if (isSlow) await sleep(200)
    put(name, text)
    log.push('ends')
  }
  const { world, session } = await opened(t, own)
  isSlow = true
  log.length = 0
  const ended = failure(() => world.move(session, [7, 7]).wait())
  while (!log.includes('begins')) await sleep(5)
  useUpMemory()
  isTrap(await failure(() => stop(session)))
  log.push('trap')
  await sleep(0)
  // Not only the session itself is taken up again then.
  await world.app.list()
  await ended
  const after = log.slice(log.indexOf('trap'))
  assert.ok(after.includes('ends') && after.includes('get'), String(log))
  assert.ok(after.indexOf('ends') < after.indexOf('get'), String(log))
})

test('whoever waits for the module is told, and the old memory can go', async (t) => {
  const { world, session } = await opened(t, 'memory')
  let answer
  world.app.on('downgraded', () => {})
  const owner = { request: ({ method }) => (method === 'eth_requestAccounts' ? new Promise((resolve) => (answer = resolve)) : world.owner.request({ method })) }
  const asked = failure(() => world.app.request({ owner, scope: { calls: [{ to: GAME, function: MOVE }], limits: { gas: { maxFeePerGas: '50 gwei', total: '0.1 ether' } } }, expiresIn: '4h' }))
  await sleep(20)
  const old = instances.at(-1)
  useUpMemory()
  isTrap(await failure(() => stop(session)))
  isTrap(await asked)
  // What arrives late is for nobody.
  answer([world.owner.address])
  if (!globalThis.gc) return t.diagnostic('started without --expose-gc: what is left of the old module is not looked at')
  for (let round = 0; round < 20 && old.deref(); round += 1) {
    await sleep(20)
    globalThis.gc()
  }
  assert.equal(old.deref(), undefined, 'the old module is held by somebody')
})

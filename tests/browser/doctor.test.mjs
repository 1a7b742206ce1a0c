// What `doctor` finds in pages that lack something: each on a server and in a browser context of its own.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium, chromiumPath, packageFolder, rpc, stack } from './environment.mjs'

const limits = { timeout: 60_000 }
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP game.test 127.0.0.1',
]
const EVERY = [
  'secure-context', 'csp', 'wasm-features', 'webcrypto', 'indexeddb', 'session-storage', 'web-locks', 'broadcast-channel',
  'passkey-prf', 'framed', 'clock', 'storage-persistence',
]
const ALL_TIERS = { memory: true, tab: true, device: true, passkey: true }
const NO_TIER = { memory: false, tab: false, device: false, passkey: false }

const policy = ({ script = "'self' 'wasm-unsafe-eval'", connect = "'self' http://127.0.0.1:*" } = {}) =>
  `default-src 'none'; script-src ${script}; connect-src ${connect}; worker-src 'self'; frame-src http:`
const POLICIES = {
  '/': policy(),
  '/no-wasm': policy({ script: "'self'" }),
  '/no-node': policy({ connect: "'self'" }),
}
const SCRIPTS = {
  '/page.js': "import * as hallpass from '/hallpass/esm/index.js'; Object.assign(window, hallpass)",
  '/worker.js': "import { doctor } from '/hallpass/esm/index.js'; doctor().then((found) => postMessage(found))",
}

/** Pages, scripts, the package, and a node whose newest block is `?ahead=` seconds ahead. */
async function answer({ url }, response) {
  const { pathname, searchParams } = new URL(url, 'http://page')
  const send = (type, body, policy = POLICIES['/']) => {
    const headers = { 'content-type': type, 'content-security-policy': policy, 'cache-control': 'no-store' }
    // A sandboxed frame has no origin: for it, even its own server is another.
    response.writeHead(200, { ...headers, 'access-control-allow-origin': '*' }).end(body)
  }
  if (pathname in POLICIES) return send('text/html', '<!doctype html><script type="module" src="/page.js"></script>', POLICIES[pathname])
  if (pathname === '/around') {
    const attributes = `src="${searchParams.get('src')}" sandbox="allow-scripts ${searchParams.get('allow') ?? 'allow-same-origin'}"`
    return send('text/html', `<!doctype html><iframe ${attributes}></iframe>`)
  }
  if (pathname in SCRIPTS) return send('text/javascript', SCRIPTS[pathname])
  if (pathname === '/node') {
    const time = Math.floor(Date.now() / 1000) + Number(searchParams.get('ahead'))
    const block = { number: '0x10', timestamp: `0x${time.toString(16)}` }
    return send('application/json', JSON.stringify({ jsonrpc: '2.0', id: 1, result: block }))
  }
  try {
    const file = join(packageFolder, normalize(pathname).replace(/^\/hallpass\//, ''))
    send('text/javascript', await readFile(file))
  } catch {
    response.writeHead(404).end()
  }
}

let browser, server, port
before(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = server.address().port
  browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS })
})
after(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

const at = (path = '/', host = 'localhost') => `http://${host}:${port}${path}`

/** A page on which `init` ran before anything else. */
async function open(t, url = at(), { init, among = browser } = {}) {
  const context = await among.newContext()
  t.after(() => context.close())
  const page = await context.newPage()
  if (init) await page.addInitScript(init)
  await page.goto(url)
  return page
}

/** What the doctor finds in a page or a frame, with its checks by id. Whatever is found has to be told in full. */
async function examine(target, options) {
  await target.waitForFunction(() => window.doctor !== undefined)
  const found = await target.evaluate((options) => doctor(options), options)
  return sound(found)
}

function sound({ ok, checks, tiers }) {
  assert.deepEqual(checks.map(({ id }) => id), EVERY)
  for (const { id, state, sentence, remedy } of checks) {
    assert.match(sentence, /^[A-Z].*\.$/, id)
    if (state === 'fault' || state === 'warning') assert.match(remedy ?? '', /^[A-Z].*\.$/, `${id}: ${sentence}`)
    else assert.equal(remedy, undefined, id)
  }
  assert.equal(ok, !checks.some(({ state }) => state === 'fault'))
  const by = Object.fromEntries(checks.map(({ id, ...check }) => [id, check]))
  const others = (...ids) => Object.fromEntries(checks.filter(({ id }) => !ids.includes(id)).map(({ id, state }) => [id, state]))
  return { ok, by, tiers, others }
}

/** All checks but these are `ok`. */
function assertFine(found, ...but) {
  const fine = Object.fromEntries(EVERY.filter((id) => !but.includes(id)).map((id) => [id, 'ok']))
  assert.deepEqual(found.others(...but), fine, JSON.stringify(found.by, undefined, 2))
}

test('a healthy page is told so, without a prompt and without traces', limits, async (t) => {
  const page = await open(t, at(), {
    init: () => {
      window.prompts = 0
      for (const name of ['get', 'create']) {
        CredentialsContainer.prototype[name] = async () => void (window.prompts += 1)
      }
    },
  })
  await rpc(stack.chain, 'evm_mine')
  const found = await examine(page, { rpc: stack.chain })
  assertFine(found)
  assert.deepEqual([found.ok, found.tiers], [true, ALL_TIERS])
  const left = await page.evaluate(async () => [
    prompts, sessionStorage.length, (await indexedDB.databases()).map(({ name }) => name), (await navigator.locks.query()).held.length,
  ])
  assert.deepEqual(left, [0, 0, [], 0])
})

test('several at once do not disturb each other', limits, async (t) => {
  const page = await open(t)
  const second = await page.context().newPage()
  await second.goto(at())
  const each = [page, page, second, second].map((page) => examine(page))
  for (const found of await Promise.all(each)) assertFine(found, 'clock')
})

test('a policy without wasm-unsafe-eval is named as what keeps the module from starting', limits, async (t) => {
  const page = await open(t, at('/no-wasm'))
  const found = await examine(page)
  assertFine(found, 'csp', 'clock')
  assert.equal(found.by.csp.state, 'fault')
  assert.equal(found.by.csp.sentence, 'The Content-Security-Policy of this page forbids WebAssembly: nothing of this package starts.')
  assert.match(found.by.csp.remedy, /'wasm-unsafe-eval'/)
  assert.match(found.by.csp.detail, /CompileError/)
  assert.deepEqual(found.tiers, NO_TIER)
  const code = await page.evaluate(() => kernelAccount({ owner: '0x0000000000000000000000000000000000000001' }).catch(({ code }) => code))
  assert.equal(code, 'wasm.start', 'and so it is')

  const violations = await page.evaluate(async () => {
    const seen = []
    document.addEventListener('securitypolicyviolation', ({ blockedURI }) => seen.push(blockedURI))
    await doctor({ wasm: false })
    await new Promise((resolve) => setTimeout(resolve, 100))
    return seen
  })
  assert.deepEqual(violations, [], 'left out, nothing is reported')
  assert.equal((await examine(page, { wasm: false })).by.csp.state, 'unknown')
})

test('an engine without SIMD, or without WebAssembly, is too old', limits, async (t) => {
  const old = await chromium.launch({
    executablePath: chromiumPath, headless: true, args: [...FLAGS, '--js-flags=--no-enable-sse3 --no-enable-ssse3 --no-enable-sse4-1'],
  })
  t.after(() => old.close())
  const withoutSimd = await examine(await open(t, at(), { among: old }))
  assertFine(withoutSimd, 'wasm-features', 'clock')
  assert.deepEqual([withoutSimd.by['wasm-features'].state, withoutSimd.by['wasm-features'].detail], ['fault', 'missing: simd128'])
  assert.deepEqual(withoutSimd.tiers, NO_TIER)

  const without = await examine(await open(t, at(), { init: () => delete globalThis.WebAssembly }))
  assertFine(without, 'csp', 'wasm-features', 'clock')
  assert.deepEqual([without.by.csp.state, without.by['wasm-features'].state], ['unknown', 'fault'])
  assert.deepEqual(without.tiers, NO_TIER)
})

test('without gzip only the slim entry can start', limits, async (t) => {
  const found = await examine(await open(t, at(), { init: () => delete globalThis.DecompressionStream }))
  assertFine(found, 'wasm-features', 'clock')
  assert.equal(found.by['wasm-features'].state, 'warning')
  assert.match(found.by['wasm-features'].remedy, /hallpass\/slim/)
})

test('a page that came without encryption has neither keys nor locks', limits, async (t) => {
  const found = await examine(await open(t, at('/', 'game.test')))
  const { by } = found
  assert.deepEqual([by['secure-context'].state, by.webcrypto.state, by['web-locks'].state], ['fault', 'fault', 'warning'])
  assert.match(by['secure-context'].remedy, /https/)
  assert.match(by.webcrypto.sentence, /no sessions at all/)
  assert.deepEqual([by.indexeddb.state, by['passkey-prf'].state], ['unknown', 'warning'])
  assert.deepEqual([found.ok, found.tiers], [false, NO_TIER])
})

test('a bare address has no passkeys', limits, async (t) => {
  const found = await examine(await open(t, at('/', '127.0.0.1')))
  assertFine(found, 'passkey-prf', 'clock')
  assert.equal(found.by['passkey-prf'].state, 'warning')
  assert.match(found.by['passkey-prf'].remedy, /localhost/)
  assert.deepEqual([found.ok, found.tiers], [true, { ...ALL_TIERS, passkey: false }])
})

test('passkeys that derive no keys, or of which the browser does not tell', limits, async (t) => {
  const capable = (prf) => `PublicKeyCredential.getClientCapabilities = async () => ({ 'extension:prf': ${prf} })`
  for (const [init, state] of [[capable(false), 'warning'], [capable(undefined), 'unknown'], ['delete PublicKeyCredential.getClientCapabilities', 'unknown']]) {
    const found = await examine(await open(t, at(), { init }))
    assert.equal(found.by['passkey-prf'].state, state, init)
    assert.deepEqual([found.ok, found.tiers.device, found.tiers.passkey], [true, true, false])
  }
})

/** Ways in which browsers refuse IndexedDB, each with what the remedy speaks of. */
const REFUSALS = {
  'is missing': [() => Object.defineProperty(globalThis, 'indexedDB', { value: undefined }), /private/, /missing/],
  'opens nothing': [
    () => (IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError') }), /store data/, /SecurityError: denied/,
  ],
  'clones no keys': [
    () => (IDBObjectStore.prototype.put = () => { throw new DOMException('no', 'DataCloneError') }), /not private/, /DataCloneError: no/,
  ],
  'is full': [
    () => (IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }), /Free space/, /QuotaExceededError/,
  ],
  'gives back something else': [
    () => {
      const { get } = IDBObjectStore.prototype
      IDBObjectStore.prototype.get = function () { return get.call(this, 'another') }
    },
    /private/, /something else/,
  ],
  'never answers': [() => (IDBFactory.prototype.open = () => ({})), /private/, /no answer within 2 s/],
}

for (const [how, [init, remedy, detail]] of Object.entries(REFUSALS)) {
  test(`IndexedDB ${how}: what is left is memory`, limits, async (t) => {
    const page = await open(t, at(), { init })
    const started = Date.now()
    const found = await examine(page)
    assert.ok(Date.now() - started < 8000)
    assertFine(found, 'indexeddb', 'clock')
    assert.equal(found.by.indexeddb.state, 'fault')
    assert.match(found.by.indexeddb.remedy, remedy)
    assert.match(found.by.indexeddb.detail, detail)
    assert.deepEqual(found.tiers, { memory: true, tab: false, device: false, passkey: false })
    if (how === 'is missing' || how === 'never answers') return
    assert.deepEqual(await page.evaluate(async () => (await indexedDB.databases()).length), 0)
  })
}

test('WebCrypto that ignores bound data is no WebCrypto', limits, async (t) => {
  const found = await examine(await open(t, at(), {
    init: () => {
      for (const name of ['encrypt', 'decrypt']) {
        const original = SubtleCrypto.prototype[name]
        SubtleCrypto.prototype[name] = function ({ name, iv }, ...rest) { return original.call(this, { name, iv }, ...rest) }
      }
    },
  }))
  assertFine(found, 'webcrypto', 'indexeddb', 'clock')
  assert.deepEqual([found.by.webcrypto.state, found.by.webcrypto.detail], ['fault', 'Error: bound data is not looked at'])
  assert.deepEqual(found.tiers, NO_TIER)
})

test('what tabs share may be missing', limits, async (t) => {
  const found = await examine(await open(t, at(), {
    init: () => {
      Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })
      delete globalThis.BroadcastChannel
    },
  }))
  assertFine(found, 'web-locks', 'broadcast-channel', 'clock')
  assert.deepEqual([found.by['web-locks'].state, found.by['broadcast-channel'].state], ['warning', 'warning'])
  assert.deepEqual([found.ok, found.tiers], [true, ALL_TIERS])
})

test('storage that is nearly full is told before it is', limits, async (t) => {
  // Chromium tells every site the same quota, whatever is left.
  const init = () => (StorageManager.prototype.estimate = async () => ({ usage: 400_000, quota: 900_000 }))
  const nearly = await examine(await open(t, at(), { init }))
  assertFine(nearly, 'storage-persistence', 'clock')
  const { state, detail } = nearly.by['storage-persistence']
  assert.deepEqual([state, detail, nearly.tiers], ['warning', '500 kB left of 900 kB', ALL_TIERS])

  const page = await open(t)
  const session = await page.context().newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: at(''), quotaSize: 1 })
  const full = await examine(page)
  assertFine(full, 'indexeddb', 'storage-persistence', 'clock')
  assert.match(full.by.indexeddb.detail, /QuotaExceededError/)
  assert.match(full.by.indexeddb.remedy, /Free space/)
})

test('a frame of another origin is told, unless it is allowed', limits, async (t) => {
  const around = (path, host) => at(`/around?src=${encodeURIComponent(path)}`, host)
  const frameOf = async (url) => (await open(t, url)).frames().at(-1)
  const inner = await frameOf(around(at('/', 'localhost'), '127.0.0.1'))
  const foreign = await examine(inner)
  assert.equal(foreign.by.framed.state, 'fault')
  assert.ok(foreign.by.framed.sentence.includes(at('', '127.0.0.1')), foreign.by.framed.sentence)
  assert.match(foreign.by.framed.remedy, /allowFramedBy/)
  assert.deepEqual(foreign.tiers, NO_TIER)
  // This browser's contexts are private windows, which refuse storage in frames of other sites.
  assert.match(foreign.by.indexeddb.remedy, /by itself/)

  const allowed = await examine(inner, { allowFramedBy: ['https://portal.example', at('', '127.0.0.1')] })
  assert.deepEqual([allowed.by.framed.state, allowed.tiers.memory], ['ok', true])
  const same = await examine(await frameOf(around(at(), 'localhost')))
  assert.equal(same.by.framed.state, 'ok')
  // Allowed is the origin of each frame around, not of the nearest.
  const between = around(around(at(), 'localhost'), '127.0.0.1')
  const nested = await examine(await frameOf(between))
  assert.equal(nested.by.framed.state, 'fault')
})

test('an app asks with what it is set up with', limits, async (t) => {
  const page = await open(t, at(`/around?src=${encodeURIComponent(at())}`, '127.0.0.1'))
  const frame = page.frames().at(-1)
  await frame.waitForFunction(() => window.createHallpass !== undefined)
  const asked = (options) =>
    frame.evaluate(async (options) => {
      const { checks } = await createHallpass({ app: 'game', bundler: 'http://127.0.0.1:1', ...options }).doctor()
      return Object.fromEntries(checks.map(({ id, state }) => [id, state]))
    }, options)
  const [near, ahead] = ['/node?ahead=0', '/node?ahead=900'].map((path) => at(path))
  const chain = { id: 31337, rpcUrls: { default: { http: [ahead] } } }
  const bare = await asked({ chain })
  assert.deepEqual([bare.framed, bare.clock], ['fault', 'warning'])
  const full = await asked({ chain, rpc: near, allowFramedBy: [at('', '127.0.0.1')] })
  assert.deepEqual([full.framed, full.clock], ['ok', 'ok'])
})

test('a sandboxed frame without an origin stores nothing', limits, async (t) => {
  const page = await open(t, at(`/around?allow=&src=${encodeURIComponent(at())}`))
  const frame = page.frames().at(-1)
  const { by, tiers } = await examine(frame)
  for (const id of ['indexeddb', 'session-storage']) {
    assert.equal(by[id].state, 'fault')
    assert.match(by[id].remedy, /allow-same-origin/)
  }
  assert.deepEqual([tiers.tab, tiers.device, tiers.passkey], [false, false, false])
})

test('a worker has no tab, and no passkeys', limits, async (t) => {
  const page = await open(t)
  const found = sound(await page.evaluate(() => new Promise((resolve, reject) => {
    const worker = new Worker('/worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message))
  })))
  assertFine(found, 'session-storage', 'passkey-prf', 'framed', 'clock')
  for (const id of ['session-storage', 'passkey-prf', 'framed', 'clock']) assert.equal(found.by[id].state, 'unknown', id)
  assert.deepEqual(found.tiers, { memory: true, tab: false, device: true, passkey: false })
})

test('a clock behind the newest block is told', limits, async (t) => {
  const page = await open(t)
  const clock = async (ahead) => (await examine(page, { rpc: at(`/node?ahead=${ahead}`) })).by.clock
  assert.equal((await clock(20)).state, 'ok')
  assert.equal((await clock(-200)).state, 'ok')
  const behind = await clock(600)
  assert.equal(behind.state, 'warning')
  assert.match(behind.sentence, /10 minutes behind/)

  const wrong = await open(t, at(), {
    init: () => {
      const { now } = Date
      Date.now = () => now() - 86_400_000 * 3
    },
  })
  await rpc(stack.chain, 'evm_mine')
  const found = await examine(wrong, { rpc: stack.chain })
  assertFine(found, 'clock')
  assert.match(found.by.clock.sentence, /[23] days behind the chain/)
})

test('a node that is forbidden, silent or no node', limits, async (t) => {
  const page = await open(t, at('/no-node'))
  const { origin } = new URL(stack.chain)
  const forbidden = await examine(page, { rpc: `${stack.chain.replace(/\/$/, '')}/secret-key` })
  assertFine(forbidden, 'clock')
  assert.deepEqual([forbidden.ok, forbidden.by.clock.state], [false, 'fault'])
  assert.match(forbidden.by.clock.sentence, /Content-Security-Policy/)
  assert.ok(forbidden.by.clock.remedy.includes(`${origin} to connect-src`), forbidden.by.clock.remedy)
  assert.ok(!JSON.stringify(forbidden.by).includes('secret-key'), 'the path of a URL may be a key')

  for (const path of ['/nowhere/secret-key', '/page.js']) {
    const silent = await examine(page, { rpc: at(path) })
    assertFine(silent, 'clock')
    assert.equal(silent.by.clock.state, 'fault')
    assert.match(silent.by.clock.remedy, /CORS/)
    assert.ok(!JSON.stringify(silent.by).includes('secret-key'))
  }
})

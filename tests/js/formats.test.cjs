// The same package as CommonJS, as a script with a global, and without its module inside.
const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')
const { test } = require('node:test')
const vm = require('node:vm')

const folder = dirname(require.resolve('hallpass/package.json'))
const owner = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

test('every format gives the same account', async () => {
  const fromCommonJs = await require('hallpass').kernelAccount({ owner })
  const { kernelAccount } = await import('hallpass')
  assert.deepEqual(await kernelAccount({ owner }), fromCommonJs)

  const page = vm.createContext({ ...globalThis, atob, Blob, DecompressionStream, Response, TextDecoder, TextEncoder, WebAssembly })
  vm.runInContext(`${readFileSync(join(folder, 'hallpass.iife.js'), 'utf8')};globalThis.Hallpass = Hallpass`, page)
  const fromScript = await page.Hallpass.kernelAccount({ owner })
  assert.equal(fromScript.address, fromCommonJs.address)
})

test('slim wants its module first, then works', async () => {
  const slim = require('hallpass/slim')
  await assert.rejects(slim.kernelAccount({ owner }), { code: 'wasm.not-started' })
  await assert.rejects(slim.init(new Uint8Array([1, 2, 3])), { code: 'wasm.start' })
  await assert.rejects(slim.init(new Response('not here', { status: 404 })), { code: 'wasm.fetch' })
  await slim.init(readFileSync(require.resolve('hallpass/hallpass.wasm')))
  assert.match((await slim.kernelAccount({ owner })).address, /^0x[0-9a-fA-F]{40}$/)
})

test('importing starts nothing', () => {
  const before = WebAssembly.compile
  let compiled = 0
  WebAssembly.compile = (...args) => ((compiled += 1), before(...args))
  try {
    for (const entry of ['hallpass', 'hallpass/slim', 'hallpass/inspect']) {
      delete require.cache[require.resolve(entry)]
      require(entry)
    }
    assert.equal(compiled, 0)
  } finally {
    WebAssembly.compile = before
  }
})

test('the package has no dependencies and no install script', () => {
  const manifest = require('hallpass/package.json')
  assert.equal(manifest.dependencies, undefined)
  assert.equal(manifest.scripts, undefined)
  assert.equal(manifest.sideEffects, false)
  assert.match(manifest.version, /^\d+\.\d+\.\d+/)
})

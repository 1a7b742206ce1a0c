// The built package in a page of an engine whose WebDriver runs: node run.mjs <driver's URL> <package> <webdriver.json>. Prints TAP.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const [driver, pkg, settings] = process.argv.slice(2)
const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../..')
const { buildSync } = createRequire(join(root, 'xtask/npm/'))('esbuild')

// What the scripted chain borrows in Node.js through `require`, a page gets from its bundle.
const bundle = buildSync({
  stdin: { contents: "import { run } from './page.mjs'; globalThis.run = run", resolveDir: here },
  alias: { 'node:module': join(here, 'require.mjs'), 'node:url': join(here, 'require.mjs') },
  nodePaths: [join(root, 'xtask/stack/node_modules')],
  external: ['/pkg/*'],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  write: false,
}).outputFiles[0].text
const PAGE = "<!doctype html><meta charset=utf-8><title>Hallpass</title><script type=module>import '/page.js'; globalThis.ready = true</script>"
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' }

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const send = (type, body) => response.writeHead(200, { 'content-type': type, 'content-security-policy': "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'" }).end(body)
  if (pathname === '/begun') {
    console.log(`# ${new URL(request.url, 'http://localhost').searchParams.get('test')}`)
    return response.writeHead(204).end()
  }
  if (pathname === '/') return send('text/html', PAGE)
  if (pathname === '/page.js') return send('text/javascript', bundle)
  try {
    send(TYPES[extname(pathname)] ?? 'text/plain', readFileSync(join(pkg, normalize(pathname.replace(/^\/pkg/, '')))))
  } catch {
    response.writeHead(404).end()
  }
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))

async function ask(method, path, body) {
  const response = await fetch(driver.replace(/\/$/, '') + path, { method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) })
  const { value } = await response.json()
  if (!response.ok) throw new Error(`${path}: ${value?.message ?? response.status}`)
  return value
}

const chosen = { firefox: { 'moz:firefoxOptions': { args: ['-headless'] } }, webkit: {}, chromium: JSON.parse(readFileSync(settings, 'utf8')) }
const { sessionId } = await ask('POST', '/session', { capabilities: { alwaysMatch: chosen[process.env.HALLPASS_ENGINE] ?? {} } })
let failed = 1
try {
  const of = (path) => `/session/${sessionId}${path}`
  await ask('POST', of('/timeouts'), { script: 180_000, pageLoad: 60_000 })
  await ask('POST', of('/url'), { url: `http://localhost:${server.address().port}/` })
  const script = 'const done = arguments[0]; const begin = Date.now(); (async () => { while (!globalThis.ready) { if (Date.now() - begin > 20000) throw new Error("the page did not load"); await new Promise((go) => setTimeout(go, 20)) } return globalThis.run() })().then(done, (fault) => done([`not ok 0 - the page # ${fault}`]))'
  const lines = await ask('POST', of('/execute/async'), { script, args: [] })
  failed = lines.filter((line) => line.startsWith('not ok')).length
  console.log(lines.join('\n'))
  console.log(`# pass ${lines.length - failed}\n# fail ${failed}\n# skipped 0`)
} finally {
  await ask('DELETE', `/session/${sessionId}`).catch(() => {})
  server.close()
}
process.exit(failed === 0 ? 0 : 1)

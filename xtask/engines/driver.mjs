// Starts the WebDriver of a browser engine, opens and closes the browser once to see that it starts, and prints one line of JSON:
// {"url", "version"}, or {"fault"} with the reason why this engine cannot be used here. The driver runs until the standard input ends
// (so it never outlives who started it) or SIGINT or SIGTERM comes, and its browsers end with it.
//
// node driver.mjs <chromium|firefox|webkit> <driver program> <folder for the log> <webdriver.json, the settings of Chromium>
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const [engine, program, logs, settings] = process.argv.slice(2)
const HOST = '127.0.0.1'
/** How long the driver may take to answer, and a browser to open or to close. */
const PATIENCE = 60_000
/** How long it may take to end by itself, before it is made to. */
const GRACE = 1_000

const ENGINES = {
  // chromedriver listens on the loopback addresses unless told otherwise.
  chromium: { args: [], capabilities: JSON.parse(readFileSync(settings, 'utf8')) },
  firefox: {
    args: [`--host=${HOST}`, '--websocket-port=0'],
    capabilities: { 'moz:firefoxOptions': { args: ['-headless'] } },
  },
  // Its browser opens windows, and its sandbox needs privileges that containers lack; the only page it ever sees is the suite.
  webkit: {
    args: [`--host=${HOST}`],
    capabilities: {},
    screen: true,
    environment: { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
  },
}

// Profiles and caches go here, so that the tester's own settings neither count nor change.
const home = mkdtempSync(join(tmpdir(), 'hallpass-engine-'))
mkdirSync(logs, { recursive: true })
const log = createWriteStream(join(logs, `${engine}.log`))

let groups = []
let stopping = false

/** Starts a program at the head of a process group, so that its browsers can be ended with it. */
function start(file, args, environment, stdio = []) {
  const child = spawn(file, args, {
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', ...stdio],
  })
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  if (child.pid) groups.push(child.pid)
  const ended = new Promise((_, reject) => {
    child.on('error', (fault) => reject(new Error(`${file} cannot be started: ${fault.message}`)))
    child.on('exit', (code, signal) => reject(new Error(`${file} ended with ${signal ?? `code ${code}`}`)))
  })
  ended.catch((fault) => stopping || fail(fault))
  return { child, ended }
}

/** Sends a signal to the groups and keeps those that are left: the number of one that is gone may become another's. */
function signal(name) {
  groups = groups.filter((pid) => {
    try {
      return process.kill(-pid, name)
    } catch {
      return false
    }
  })
}

async function stop(code) {
  if (stopping) return
  stopping = true
  const end = Date.now() + GRACE
  signal('SIGTERM')
  do await sleep(20)
  while ((signal(0), groups.length > 0 && Date.now() < end))
  signal('SIGKILL')
  await sleep(20)
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  process.exit(code)
}

/** Before the browser was seen this is an answer, afterwards a line for people. */
let seen = false
function fail({ message }) {
  if (stopping) return
  const fault = message.replace(/\s+/g, ' ').slice(0, 300)
  if (seen) console.error(`${engine}: ${fault}`)
  else console.log(JSON.stringify({ fault }))
  stop(1)
}

process.on('SIGINT', () => stop(0))
process.on('SIGTERM', () => stop(0))
process.on('exit', () => signal('SIGKILL'))
process.on('uncaughtException', fail)
process.stdin.on('end', () => stop(0)).resume()

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject)
    server.listen(0, HOST, () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Number of a new X display, which only this machine can reach. */
async function screen() {
  const { child, ended } = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {}, ['pipe'])
  const line = new Promise((resolve) => child.stdio[3]?.once('data', (bytes) => resolve(String(bytes).trim())))
  return Promise.race([line, ended, sleep(PATIENCE).then(() => Promise.reject(new Error('Xvfb does not answer')))])
}

/** A WebDriver command; rejects with the words of the driver. */
async function command(url, method, body) {
  const signal = AbortSignal.timeout(PATIENCE)
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
    signal,
  }).catch((fault) => {
    throw signal.aborted ? new Error(`no answer to ${method} ${new URL(url).pathname} in ${PATIENCE / 1000} s`) : fault
  })
  const { value } = await response.json()
  if (!response.ok) throw new Error(value?.message || value?.error || `HTTP ${response.status}`)
  return value
}

/** Waits until the driver takes commands. */
async function ready(url) {
  const end = Date.now() + PATIENCE
  for (;;) {
    try {
      return await command(`${url}/status`, 'GET')
    } catch (fault) {
      if (Date.now() > end) throw new Error(`the driver does not answer: ${fault.message}`)
      await sleep(50)
    }
  }
}

async function boot() {
  if (!ENGINES[engine]) throw new Error(`no engine is called ${engine}`)
  const { args, capabilities, screen: needsScreen, environment } = ENGINES[engine]
  const folders = { HOME: home, TMPDIR: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home }
  const display = needsScreen ? { DISPLAY: `:${await screen()}` } : {}
  const port = await freePort()
  const { ended } = start(program, [...args, `--port=${port}`], { ...folders, ...display, ...environment })
  const url = `http://${HOST}:${port}`
  await Promise.race([ready(url), ended])
  const session = await command(`${url}/session`, 'POST', { capabilities: { alwaysMatch: capabilities } })
  await command(`${url}/session/${session.sessionId}`, 'DELETE')
  seen = true
  console.log(JSON.stringify({ url, version: session.capabilities.browserVersion }))
}

boot().catch(fail)

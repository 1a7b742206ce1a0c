// Runs the demo as people do, by `cargo xtask demo`: it must stay up and answer, be reached from this machine only, and leave nothing
// behind when it is ended. Ends with code 1 when anything is not as it should be. Linux only: it reads /proc.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const require = createRequire(fileURLToPath(new URL('../npm/package.json', import.meta.url)))
const { chromium } = require('playwright-core')
/** The page and the chain are built first. */
const PATIENCE = 300_000
/** How long it is watched. */
const STAY = 10_000
/** How long ending everything may take. */
const GRACE = 5_000

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** What /proc says of a process; `undefined` when it is gone, or has ended and only waits to be noticed. */
function processOf(pid) {
  try {
    const [, state, parent, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/.*\) (.) (\d+) (.*)/s)
    // A pid may become another's; together with the time of its start it does not.
    const started = rest[0].split(' ')[17]
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return state === 'Z' ? undefined : { pid, parent: Number(parent), started, command }
  } catch {
    return undefined
  }
}

/** A process and everything that it, or what it started, has started. */
function family(root) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => processOf(Number(name))).filter(Boolean)
  const members = all.filter(({ pid }) => pid === root)
  for (const member of members) members.push(...all.filter(({ parent }) => parent === member.pid))
  return members
}

const isAlive = ({ pid, started }) => processOf(pid)?.started === started

/** Where these processes listen: `{ address, port, command }`, the address as /proc writes it. */
function listeners(processes) {
  const rows = ['tcp', 'tcp6'].flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1))
  const sockets = new Map()
  for (const row of rows) {
    const [, local, , state, , , , , , inode] = row.trim().split(/\s+/)
    const [address, port] = local.split(':')
    if (state === '0A') sockets.set(`socket:[${inode}]`, { address, port: parseInt(port, 16) })
  }
  const targets = ({ pid }) => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkIfThere(`/proc/${pid}/fd/${fd}`))
  return processes.flatMap((one) =>
    targets(one).filter((target) => sockets.has(target)).map((target) => ({ ...sockets.get(target), command: one.command })),
  )
}

function readlinkIfThere(path) {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** 127.0.0.0/8 and ::1, in the byte order of /proc. */
const isLoopback = ({ address }) => /^[0-9A-F]{6}7F$/.test(address) || address === '00000000000000000000000001000000'

const portOf = (url) => Number(new URL(url).port)

async function chainId(url) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return Number((await response.json()).result)
}

const demo = spawn('cargo', ['xtask', 'demo'], { stdio: ['ignore', 'pipe', 'inherit'] })
const ended = new Promise((resolve) => demo.on('exit', (code, signal) => resolve(signal ?? code)))
// Whatever goes wrong here, nothing stays: what the demo started ends with it.
process.on('exit', () => demo.kill('SIGKILL'))
const lines = []
const address = await new Promise((resolve, reject) => {
  createInterface({ input: demo.stdout }).on('line', (line) => {
    lines.push(line)
    const found = line.match(/^The demo is at (http\S+)$/)
    if (found) resolve(found[1])
  })
  demo.on('error', reject)
  ended.then((how) => reject(new Error(`the demo ended (${how}) before it said where it is:\n${lines.join('\n')}`)))
  setTimeout(() => reject(new Error(`the demo did not say where it is:\n${lines.join('\n')}`)), PATIENCE).unref()
})
const since = Date.now()

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
})
try {
  const stack = await (await fetch(`${address}stack.json`)).json()
  const page = await browser.newPage()
  const answers = async () => {
    assert.equal((await page.goto(address)).status(), 200)
    await page.locator('html[data-ready="yes"]').waitFor({ timeout: 30_000 })
    await page.getByTestId('start').waitFor()
    for (const url of [stack.chain, stack.bundler]) assert.equal(await chainId(url), stack.chainId)
    assert.equal((await fetch(`${stack.paymaster}/ping`)).status, 200)
  }
  await answers()

  const everything = family(demo.pid)
  const listening = listeners(everything)
  const ports = [address, stack.chain, stack.bundler, stack.paymaster].map(portOf)
  for (const port of ports) assert.ok(listening.some((one) => one.port === port), `nothing of the demo listens on ${port}`)
  assert.deepEqual(listening.filter((one) => !isLoopback(one)), [], 'only this machine may reach the demo')

  await sleep(since + STAY - Date.now())
  await answers()
  assert.deepEqual(everything.filter((one) => !isAlive(one)), [], 'nothing ended meanwhile')

  // The page is still open, as it is when somebody ends the demo; and only the command itself gets the signal.
  demo.kill('SIGINT')
  assert.equal(await Promise.race([ended, sleep(GRACE)]), 0, `Ctrl-C ends it:\n${lines.join('\n')}`)
  assert.deepEqual(everything.filter(isAlive), [], 'nothing stays behind')
  for (const port of ports) await assert.rejects(fetch(`http://127.0.0.1:${port}/`), `port ${port} is closed`)
  console.log(`${everything.length} processes, ${listening.length} ports on loopback, up for ${STAY / 1000} s and more; all ended`)
} finally {
  await browser.close()
}

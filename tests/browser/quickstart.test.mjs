// The README's script, copied into an empty Vite project with the packed package, on the running stack.
//
// Beside what environment.mjs needs: HALLPASS_TARBALL (the packed package), HALLPASS_VITE (Vite's program), HALLPASS_WORK (a folder to
// work in, emptied first).
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium, chromiumPath, rpc, stack, viem } from './environment.mjs'
import { CONNECT, OwnerWallet, SIGN } from './wallet.mjs'

const { HALLPASS_TARBALL: tarball, HALLPASS_VITE: vite, HALLPASS_WORK: work } = process.env
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
/** Where the README says that `cargo xtask stack` listens. */
const USUAL = { 8545: stack.chain, 4337: stack.bundler, 3000: stack.paymaster }

/** The README's only script, for this stack's ports. */
function script() {
  const [, code] = readFileSync(here('../../README.md'), 'utf8').match(/```js\n(.*?)```/s)
  return code.replaceAll(/http:\/\/127\.0\.0\.1:(\d+)/g, (url, port) => USUAL[port] ?? url)
}

/** An empty Vite project with the package and the script, built. */
function project() {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  writeFileSync(join(work, 'package.json'), '{ "private": true, "type": "module" }')
  writeFileSync(join(work, 'index.html'), '<!doctype html><title>game</title><body></body><script type="module" src="main.js"></script>')
  writeFileSync(join(work, 'main.js'), script())
  const quiet = { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] }
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', tarball], quiet)
  // A warning of the bundler would be the user's first impression.
  execFileSync(vite, ['build', '--logLevel', 'warn', '--target', 'esnext'], quiet)
  return join(work, 'dist')
}

async function serve(folder) {
  const server = spawn(process.execPath, [here('../../xtask/demo/serve.mjs'), folder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [address] = await new Promise((resolve) => createInterface({ input: server.stdout }).once('line', (line) => resolve([line])))
  return { address, stop: () => server.stdin.end() }
}

test('the README’s script sends a silent operation', { skip: tarball ? false : 'HALLPASS_TARBALL is not set' }, async (t) => {
  assert.ok(script().trim().split('\n').length <= 15, 'the script is short')
  const server = await serve(project())
  t.after(server.stop)
  const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: ['--no-sandbox', '--disable-gpu'] })
  t.after(() => browser.close())
  const page = await browser.newPage()
  const wallet = new OwnerWallet()
  await page.exposeBinding('askWallet', (_, text) => wallet.answer(text))
  await page.addInitScript({ path: here('page/wallet.js') })

  const moved = async () => {
    await page.waitForFunction(() => document.body.textContent.startsWith('moved in block'), undefined, { timeout: 30_000 })
    return (await page.textContent('body')).match(/0x[0-9a-fA-F]{40}/)[0]
  }
  await page.goto(server.address)
  const account = await moved()
  assert.deepEqual(wallet.prompts.map(({ method }) => method), [CONNECT, SIGN])
  await page.reload()
  assert.equal(await moved(), account)
  assert.equal(wallet.prompts.length, 2, 'a reload moves without asking')

  const pieces = viem.encodeFunctionData({ abi: viem.parseAbi(['function pieces(address) view returns (uint8 x, uint8 y, uint32 moves)']), args: [account] })
  const answer = await rpc(stack.chain, 'eth_call', { to: stack.contracts.board, data: pieces }, 'latest')
  assert.deepEqual([3n, 4n, 2n], [0, 1, 2].map((at) => BigInt(`0x${answer.slice(2 + 64 * at, 66 + 64 * at)}`)))
})

// What the tests run against. The environment says it:
//
// HALLPASS_STACK    the line of JSON that `node xtask/stack/boot.mjs <contracts> <logs>` prints; it has to run meanwhile
// HALLPASS_PACKAGE  folder of the built package
// CHROMIUM          path of the browser, by default /usr/bin/chromium
// HALLPASS_TOOLS    folder whose node_modules has playwright-core, by default xtask/npm
//
// node --test --test-reporter=tap tests/browser/*.test.mjs
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { resolve } from 'node:path'

const folder = (path) => fileURLToPath(new URL(path, import.meta.url))
const needed = (name) => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: see the head of tests/browser/environment.mjs`)
  return value
}

/** The line that the stack printed: its URLs, its chain id, and where its contracts are. */
export const stack = JSON.parse(needed('HALLPASS_STACK'))
/** Folder of the built package. */
export const packageFolder = resolve(needed('HALLPASS_PACKAGE'))
/** Path of the browser. */
export const chromiumPath = process.env.CHROMIUM ?? '/usr/bin/chromium'

// Neither is a dependency of the package: each is taken from where the tools that bring it are installed.
const tools = createRequire(`${process.env.HALLPASS_TOOLS ?? folder('../../xtask/npm')}/`)
const stackTools = createRequire(folder('../../xtask/stack/'))

export const { chromium } = tools('playwright-core')
export const viem = stackTools('viem')
export const { generatePrivateKey, privateKeyToAccount, privateKeyToAddress } = stackTools('viem/accounts')

/** The local chain has Kernel 3.1. */
export const ACCOUNT = { kind: 'kernel', version: '3.1' }
export const ENTRY_POINT = '0x0000000071727De22E5E9d8BAf0edAc6f37da032'

/** A JSON-RPC request from Node.js, past the page; rejects with the endpoint's `code` and `data`. */
export async function rpc(url, method, ...params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = await response.json()
  if (error) throw Object.assign(new Error(`${method}: ${error.message}`), { code: error.code, data: error.data })
  return result
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Asks until the answer is not `undefined`. */
export async function until(what, question, patience = 15_000) {
  const end = Date.now() + patience
  for (;;) {
    const answer = await question()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await sleep(20)
  }
}

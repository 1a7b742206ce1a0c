// A player: a fresh owner with a wallet, and a browser profile of its own in which the game is opened.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import { blockNumber, setBalance } from './chain.mjs'
import { ACCOUNT, chromium, chromiumPath, stack } from './environment.mjs'
import { serve } from './server.mjs'
import { OwnerWallet } from './wallet.mjs'

export const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Questions after what became of earlier operations. */
const LOOKING = [
  'eth_getUserOperationReceipt', 'eth_getUserOperationByHash', 'eth_getLogs', 'eth_getTransactionReceipt',
  'eth_getBlockByNumber',
]

// One browser and one server per file.
let started
after(async () => {
  const { browser, server } = (await started) ?? {}
  await browser?.close()
  server?.stop()
})

async function start() {
  const server = await serve()
  // The back-forward cache belongs to what a page lives through.
  const ignoreDefaultArgs = ['--disable-back-forward-cache']
  const browser = await chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS, ignoreDefaultArgs })
  return { browser, server }
}

/**
 * A player of `t`. Options are those of `createHallpass`; `sponsored` has the paymaster pay; `funds` are the account's wei; `host` is
 * `localhost` for a page that is not at 127.0.0.1; `limits` go into the scope; `scripts` run in every page before anything else;
 * `context` is a browser profile that the test started itself.
 */
export async function join(t, { sponsored = false, funds = 10n ** 18n, host, limits, scripts = [], context, ...options } = {}) {
  const { browser, server } = await (started ??= start())
  const player = new Player(server, { host, sponsored, options, limits })
  t.after(() => player.leave())
  await player.enter(context ?? (await browser.newContext()), scripts)
  player.since = await blockNumber()
  player.page = await player.open()
  const { address } = await player.page.evaluate((owner) => driver.hallpass.account({ owner }), player.wallet.address)
  player.account = address
  if (funds > 0n) await setBalance(address, funds)
  player.requests.length = 0
  return player
}

class Player {
  wallet = new OwnerWallet()
  /** What the pages asked of node, bundler and paymaster: names of methods, in order. */
  requests = []
  #strangers = []
  #faults = []
  #endpoints = { [stack.chain]: 'node', [stack.bundler]: 'bundler', [stack.paymaster]: 'paymaster' }

  constructor(server, { host = '127.0.0.1', sponsored, options, limits }) {
    this.origin = server.originAt(host)
    /** The same server under its other name: another origin, and another site. */
    this.foreignOrigin = server.originAt(host === 'localhost' ? '127.0.0.1' : 'localhost')
    /** Where pages may come from. */
    this.origins = new Set([this.origin, this.foreignOrigin])
    const endpoints = { rpc: stack.chain, bundler: stack.bundler, ...(sponsored ? { paymaster: stack.paymaster } : {}) }
    const app = `game-${randomBytes(4).toString('hex')}`
    this.configuration = {
      options: { app, chain: stack.chainId, account: ACCOUNT, ...endpoints, ...options },
      contracts: stack.contracts,
      sponsor: sponsored ? stack.paymasterAddress : undefined,
      limits,
    }
  }

  /** Takes the wallet to a browser profile, and watches what its pages do. */
  async enter(context, scripts = []) {
    this.context = context
    context.on('request', (request) => this.#note(request))
    context.on('page', (page) => page.on('pageerror', (fault) => this.#faults.push(String(fault))))
    await context.exposeBinding('askWallet', (_, text) => this.wallet.answer(text))
    for (const script of scripts) await context.addInitScript(script)
  }

  #note(request) {
    const { origin } = new URL(request.url())
    if (this.origins.has(origin)) return
    if (!(origin in this.#endpoints)) return void this.#strangers.push(request.url())
    this.requests.push(JSON.parse(request.postData() ?? '{}').method)
  }

  /** The game in a new tab. */
  async open() {
    const page = await this.context.newPage()
    await page.goto(this.origin)
    await this.start(page)
    return page
  }

  /** The game's own start, after every load of a page or a frame; with other options of `createHallpass`, if they are given. */
  async start(page, options = {}) {
    const configuration = { ...this.configuration, options: { ...this.configuration.options, ...options } }
    await page.waitForFunction(() => window.driver !== undefined)
    await page.evaluate((configuration) => driver.start(configuration), configuration)
  }

  async reload() {
    await this.page.reload()
    await this.start(this.page)
  }

  /** A session, asked for and granted; fails where there is none. */
  async session(options) {
    const { session, error } = await this.page.evaluate((options) => driver.request(options), options)
    assert.equal(error, undefined, error?.message)
    assert.equal(session.account, this.account)
    return session
  }

  /**
   * Runs `work` and answers what it gave, together with the prompts and requests that it took. A page looks after its
   * earlier operations until their blocks are final, whatever else it does; those questions are left out.
   */
  async watch(work) {
    const [requests, prompts] = [this.requests.length, this.wallet.prompts.length]
    const answer = await work()
    const asked = this.requests.slice(requests).filter((method) => !LOOKING.includes(method))
    return { ...answer, requests: asked, prompts: this.wallet.prompts.slice(prompts) }
  }

  async leave() {
    for (const page of this.context?.pages() ?? []) {
      const refused = await page.evaluate(() => window.driver?.refusedByPolicy ?? [])
      assert.deepEqual(refused, [], 'nothing was against the page’s policy')
    }
    await this.context?.close()
    assert.deepEqual(this.#strangers, [], 'the page asked nobody but its own endpoints')
    assert.deepEqual(this.#faults, [], 'no fault was left unhandled')
  }
}

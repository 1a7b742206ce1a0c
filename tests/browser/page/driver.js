// What a game's page does, behind a few names on `window` that tests call: `driver.start` first, after each load.
import { createHallpass, defineScope, HallpassError, lte, self } from '/hallpass/esm/index.js'
import './wallet.js'

const scopeOf = ({ contracts: { board, feed, gold }, sponsor, limits }) =>
  defineScope({
    calls: [
      { to: board, function: 'move(uint8 x,uint8 y)' },
      { to: board, function: 'buy(uint256 item,uint256 amount)', args: { amount: lte(5n) }, value: { max: 50n } },
      { to: feed, function: 'like(uint256 id)' },
      { to: gold, function: 'mint(address to)', args: { to: self() } },
    ],
    spend: [{ token: 'native', limit: 5000n }],
    limits: { gas: { maxFeePerGas: '50 gwei', total: '1 ether' }, ...limits },
    accept: ['local:spend[0]'],
    ...(sponsor ? { paymaster: sponsor } : {}),
  })

const EVENTS = ['expiring', 'expired', 'renewed', 'locked', 'unlocked', 'revoked', 'forgotten', 'budget', 'owner-changed']

/** A store of the app's own, over a map that the test may look at. */
const storeOver = (shelf) => ({
  get: (name) => shelf.get(name),
  put: async (name, text) => void shelf.set(name, text),
  remove: async (name) => void shelf.delete(name),
  names: (prefix) => [...shelf.keys()].filter((name) => name.startsWith(prefix)),
})

const driver = {
  refusedByPolicy: [],
  session: undefined,
  /** What a store of the app's own holds: `storage: 'shelf'`. */
  shelf: new Map(),
  /** Every downgrade that was told. */
  downgrades: [],
  /** Every event of every session that was opened: `{ id, name, detail }`; `budget` aside, which comes with each operation. */
  news: [],

  async start({ options, contracts, sponsor, limits }) {
    driver.contracts = contracts
    driver.scope = scopeOf({ contracts, sponsor, limits })
    const storage = options.storage === 'shelf' ? storeOver(driver.shelf) : options.storage
    driver.hallpass = createHallpass({ ...options, storage })
    driver.hallpass.on('downgraded', (downgrade) => driver.downgrades.push(downgrade))
    const announced = await driver.hallpass.wallets()
    driver.provider = announced.find(({ info }) => info.rdns === 'test.wallet').provider
  },

  move: (x, y) => ({ to: driver.contracts.board, function: 'move(uint8 x,uint8 y)', args: [x, y] }),
  buy: (item, amount, value) => ({
    to: driver.contracts.board, function: 'buy(uint256 item,uint256 amount)', args: [item, amount], value,
  }),
  like: (id) => ({ to: driver.contracts.feed, function: 'like(uint256 id)', args: [id] }),

  /** Asks the owner; what came of it, with the stages on the way. */
  async request({ expiresIn = '1h', signal } = {}) {
    const stages = []
    const { hallpass, provider: owner, scope } = driver
    const onStage = (stage) => stages.push(stage)
    return { ...(await driver.opened(hallpass.request({ owner, scope, expiresIn, onStage, signal }))), stages }
  },

  async resume(signature) {
    const stages = []
    const { hallpass, provider: owner } = driver
    const onStage = (stage) => stages.push(stage)
    return { ...(await driver.opened(hallpass.resume({ owner, signature, onStage }))), stages }
  },

  async restore() {
    const { hallpass, provider: owner, scope } = driver
    const found = await hallpass.restore({ scope, owner })
    return { ...(await driver.opened(Promise.resolve(found.session))), reason: found.reason }
  },

  /** The outcome of opening a session; one that is open is kept as `driver.session`. */
  async opened(promise) {
    const { value, error } = await driver.outcome(promise)
    if (error) return { error }
    if (value) driver.listen(value)
    driver.session = value ?? driver.session
    return { session: value ? driver.shown(value) : null }
  },

  /** Writes down what a session tells from now on. */
  listen(session) {
    for (const name of EVENTS.filter((name) => name !== 'budget')) {
      session.on(name, (detail) => driver.news.push({ id: session.id, name, detail }))
    }
  },

  /** Names of the events so far. */
  heard: () => driver.news.map(({ name }) => name),

  /** Sends one operation; its receipt or failure, and the names of its stages. */
  async send(...calls) {
    const sending = driver.session.sendCalls({ calls })
    const stages = []
    const read = async () => {
      for await (const { name } of sending.stages) stages.push(name)
    }
    const ended = await driver.outcome(read())
    return { ...(await driver.outcome(sending.wait())), stages, stagesError: ended.error }
  },

  /** Sends several operations, one after another without waiting, then waits for all. */
  sendEach: (calls) => {
    const sendings = calls.map((call) => driver.session.sendCalls({ calls: [call] }))
    return Promise.all(sendings.map((sending) => driver.outcome(sending.wait())))
  },

  /** Asks for a session in place of the open one; `driver.renewed` when there is one. */
  async renew(expiresIn = '2h') {
    const { value, error } = await driver.outcome(driver.session.renew({ owner: driver.provider, expiresIn }))
    if (error) return { error }
    driver.listen(value)
    driver.renewed = value
    return { session: driver.shown(value) }
  },

  shown: ({ id, account, owner, key, status, custody }) => ({ id, account, owner, key: key.address, status, custody: custody.tier }),

  /** What a promise came to, in a form that can leave the page. */
  outcome: (promise) =>
    promise.then(
      (value) => ({ value }),
      (thrown) => ({ error: { ...thrown, cause: undefined, message: thrown.message, isOurs: thrown instanceof HallpassError } }),
    ),
}

document.addEventListener('securitypolicyviolation', ({ blockedURI }) => driver.refusedByPolicy.push(blockedURI))
window.driver = driver

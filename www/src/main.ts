// The demo: finds its chain, puts the parts of the page together, and takes up the session of before a reload.
import { App } from './app'
import { ConfigError, isLocal, loadConfig, type Config } from './config'
import { faultOf } from './faults'
import { seedFeed } from './local-chain'
import { Start } from './start'
import { mountGame } from './ui/board'
import { mountCounters } from './ui/counters'
import { byId, setText } from './ui/dom'
import { Feed } from './ui/feed'
import { mountOperations } from './ui/operations'
import { mountPass } from './ui/pass'
import { mountRefusals } from './ui/refusal'
import { Shop } from './ui/shop'
import { mountTabs } from './ui/tabs'
import { announceDevWallet } from './wallet/dev-wallet'

function complain(text: string) {
  const banner = byId('banner')
  banner.hidden = false
  setText(banner, text)
}

async function run(config: Config) {
  const app = new App(config)
  setText(byId('where'), isLocal(config) ? 'local chain' : `chain ${config.chainId}`)
  if (isLocal(config)) announceDevWallet(config.chain)
  mountTabs()
  mountCounters(app.counters)
  mountOperations(app.operations)
  await app.begin()
  mountPass(app, new Start(app))
  mountRefusals(app)
  mountGame(app, (board) => new Shop(app, board).element)
  const feed = new Feed(app)
  app.changed.emit()
  document.documentElement.dataset['ready'] = 'yes'
  await seedFeed(config)
  await feed.reread()
}

try {
  await run(await loadConfig())
} catch (thrown) {
  const { message, remedy } = thrown instanceof ConfigError ? { message: thrown.message, remedy: '' } : faultOf(thrown)
  complain(`${message} ${remedy}`.trim())
  byId('desk').hidden = true
}

// The page: opens the session under attack, shows every attack, runs them one at a time.
import { ConfigError, isLocal, loadConfig, type Config } from '../config'
import { faultOf } from '../faults'
import { seedFeed } from '../local-chain'
import { announce, button, byId, h, setText } from '../ui/dom'
import type { Attack } from './attack'
import { Card } from './card'
import { GROUPS } from './list'
import { summary } from './summary'
import { Victim } from './victim'

let victim: Victim | null = null
const cards = GROUPS.flatMap(([, attacks]) => attacks.map((attack) => new Card(attack, () => void one(attack))))
const open = button('open', 'Open a session', () => void begin(), { class: 'button primary' })
const all = button('run-all', 'Run every attack', () => void every())

/** One thing at a time: attacks would disturb each other. */
async function alone(work: () => Promise<void>) {
  setBusy(true)
  byId('banner').hidden = true
  try {
    await work()
  } catch (thrown) {
    complain(thrown)
  }
  setBusy(false)
}

function setBusy(busy: boolean) {
  document.documentElement.dataset['busy'] = String(busy)
  open.disabled = busy || victim !== null
  for (const control of [all, ...cards.map((card) => card.button)]) control.disabled = busy || victim === null
}

const begin = () =>
  alone(async () => {
    const config = await localConfig()
    await seedFeed(config)
    victim = await Victim.open(config)
    const text = `The session is open: key ${victim.session.key.address} acts for ${victim.session.account}.`
    byId('summary').replaceChildren(h('p', { class: 'quiet', 'data-testid': 'opened' }, text))
    announce(text)
  })

const one = (attack: Attack) =>
  alone(async () => {
    await run(attack)
    tell()
  })

const every = () =>
  alone(async () => {
    for (const card of cards) await run(card.attack)
    tell()
  })

async function run(attack: Attack) {
  const card = cards.find((candidate) => candidate.attack === attack)
  if (victim && card) await card.run(victim)
}

function tell() {
  const shown = summary(cards.map(({ attack, verdict }) => [attack, verdict] as const))
  byId('summary').replaceChildren(shown)
  announce(shown.textContent)
}

/** The page gives money to accounts and signs for their owner: on the local chain, and nowhere else. */
async function localConfig(): Promise<Config> {
  const config = await loadConfig()
  if (!isLocal(config)) throw new ConfigError('This page works on the local chain only.')
  return config
}

function complain(thrown: unknown) {
  const { message, remedy } = thrown instanceof ConfigError ? { message: thrown.message, remedy: '' } : faultOf(thrown)
  byId('banner').hidden = false
  setText(byId('banner'), `${message} ${remedy}`.trim())
}

byId('actions').append(open, all)
let next = 0
for (const [title, attacks] of GROUPS) {
  byId('attacks').append(h('h2', { class: 'attack-group' }, title), ...cards.slice(next, next + attacks.length).map(({ element }) => element))
  next += attacks.length
}
setBusy(false)
document.documentElement.dataset['ready'] = 'yes'

// What the doctor found: first whether sessions work, then what is wrong, then the rest.
import type { Check, Diagnosis, Tiers } from 'hallpass'
import { count, listed } from '../format'
import { h } from '../ui/dom'

const MARKS: Readonly<Record<Check['state'], string>> = { fault: 'Fault', warning: 'Warning', ok: 'Fine', unknown: 'Not known' }
const ORDER = ['fault', 'warning', 'ok', 'unknown'] as const
const TITLES: Readonly<Record<Check['id'], string>> = {
  'secure-context': 'Secure context',
  csp: 'Content security policy',
  'wasm-features': 'WebAssembly',
  webcrypto: 'WebCrypto',
  indexeddb: 'Keys in IndexedDB',
  'session-storage': 'Storage of the tab',
  'web-locks': 'Web Locks',
  'broadcast-channel': 'News between tabs',
  'passkey-prf': 'Passkeys',
  framed: 'Frames',
  clock: 'Clock and node',
  'storage-persistence': 'Room for storage',
}
const TIERS: Readonly<Record<keyof Tiers, string>> = {
  memory: 'ends with a reload',
  tab: 'ends with the tab',
  device: 'stays in this browser',
  passkey: 'stays, and opens with a passkey',
}

export function resultOf(found: Diagnosis): HTMLElement {
  const sorted = ORDER.flatMap((state) => found.checks.filter((check) => check.state === state))
  return h(
    'div',
    { class: 'result' },
    verdict(found),
    h(
      'div',
      { class: 'columns' },
      part('What was looked at', h('ul', { class: 'checks' }, ...sorted.map(item))),
      part('Where a session can be kept', tierList(found.tiers)),
    ),
  )
}

const part = (title: string, content: HTMLElement) => h('section', { class: 'card part' }, h('h2', {}, title), content)

/** A session needs at least memory, and a node. */
const works = ({ checks, tiers }: Diagnosis): boolean => tiers.memory && !checks.some(({ id, state }) => id === 'clock' && state === 'fault')

/** The diagnosis in one sentence. */
export function verdictText(found: Diagnosis): string {
  const { ok, checks } = found
  const number = (state: Check['state']) => checks.filter((check) => check.state === state).length
  if (!works(found)) return 'Sessions do not work here.'
  if (!ok) return `Sessions work here within limits: ${count(number('fault'), 'fault')} found.`
  const warnings = number('warning')
  return warnings === 0 ? 'Sessions work here.' : `Sessions work here, with ${count(warnings, 'warning')}.`
}

function verdict(found: Diagnosis): HTMLElement {
  const { ok, checks, tiers } = found
  const level = !works(found) ? 'danger' : ok && checks.every(({ state }) => state !== 'warning') ? 'clean' : 'warning'
  return h(
    'section',
    { class: 'verdict', 'data-testid': 'diagnosis', 'data-ok': String(ok), 'data-level': level },
    h('h2', {}, verdictText(found)),
    h('p', {}, works(found) ? `They can be kept in: ${tierNames(tiers)}.` : 'What is marked as a fault keeps them from it.'),
  )
}

/** Names of the tiers that can be had. */
export function tierNames(tiers: Tiers): string {
  const names = Object.entries(tiers).flatMap(([name, has]) => (has ? [name] : []))
  return names.length === 0 ? 'none' : listed(names)
}

function item({ id, state, sentence, remedy, detail }: Check): HTMLElement {
  return h(
    'li',
    { class: 'check', 'data-testid': 'check', 'data-id': id, 'data-state': state },
    h('p', { class: 'check-head' }, h('span', {}, TITLES[id]), h('strong', { class: 'mark' }, MARKS[state])),
    h('p', {}, sentence),
    remedy && h('p', { class: 'remedy' }, remedy),
    detail && h('p', { class: 'quiet' }, detail),
  )
}

function tierList(tiers: Tiers): HTMLElement {
  const names = Object.keys(TIERS) as (keyof Tiers)[]
  const rows = names.map((name) =>
    h(
      'div',
      { 'data-testid': 'tier', 'data-tier': name, 'data-has': String(tiers[name]) },
      h('dt', {}, h('code', {}, name)),
      h('dd', {}, tiers[name] ? 'Yes' : h('strong', { class: 'no' }, 'No'), h('span', { class: 'quiet' }, ` ${TIERS[name]}`)),
    ),
  )
  return h('dl', { class: 'facts' }, ...rows)
}

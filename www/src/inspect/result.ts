// What was found in the bytes: first whether all of them were read, then what is dangerous, then the rest.
import type { Finding, Inspection } from 'hallpass/inspect'
import { HallpassError } from 'hallpass/inspect'
import { count, listed } from '../format'
import { h } from '../ui/dom'
import { findingList } from '../ui/findings'
import { riskList } from '../ui/risks'
import { sentenceList } from '../ui/sentences'
import { inWords, NO_WORDS } from '../words'
import { callList, factList, operationPart } from './facts'

export function resultOf(found: Inspection): HTMLElement {
  // Where nothing was read there is nothing to tell, and empty lists would look like good news.
  if (found.bytesCovered === 0) return h('div', { class: 'result' }, verdict(found))
  const { findings, worstCase, explain, operation, calls } = found
  const dangers = [
    part('What to mind', findings.length > 0 ? findingList(findings, NO_WORDS, true) : h('p', {}, 'The linter finds nothing.')),
    part('If the key were stolen', worstCase.length > 0 ? riskList(worstCase, NO_WORDS) : h('p', {}, 'Not known: too little could be read.')),
  ]
  const facts = [
    part('What it is', factList(found)),
    operation && part('The operation around it', operationPart(operation)),
    part('Which calls it allows', calls.length > 0 ? callList(found) : h('p', { class: 'warn' }, 'No rule about calls was read.')),
  ]
  return h(
    'div',
    { class: 'result' },
    verdict(found),
    h('div', { class: 'columns' }, h('div', {}, ...facts), h('div', { class: 'dangers' }, ...dangers)),
    explain.length > 0 && part('In sentences', sentenceList(explain, NO_WORDS)),
  )
}

const part = (title: string, ...content: HTMLElement[]) => h('section', { class: 'card part' }, h('h2', {}, title), ...content)

/** `clean` is said of what was read in full and in which nothing was found; it is not advice to sign. */
type Level = 'unknown' | 'danger' | 'warning' | 'clean'

function verdict({ understood, findings, bytesCovered, bytesTotal, notUnderstood }: Inspection): HTMLElement {
  const [dangers, warnings] = [number(findings, 'error'), number(findings, 'warning')]
  const level: Level = !understood ? 'unknown' : dangers > 0 ? 'danger' : warnings > 0 ? 'warning' : 'clean'
  const nothing = bytesCovered === 0
  const covered = `${bytesCovered.toLocaleString('en')} of ${count(bytesTotal, 'byte')} read`
  const counts = [dangers > 0 && count(dangers, 'danger'), warnings > 0 && count(warnings, 'warning')].filter((text) => text !== false)
  const found = counts.length === 0 ? 'Nothing dangerous was found' : `${listed(counts)} found`
  return h(
    'section',
    { class: 'verdict', 'data-testid': 'verdict', 'data-understood': String(understood), 'data-level': level },
    h('h2', {}, understood ? `Understood. ${found}.` : 'Not understood. Do not sign it.'),
    h(
      'p',
      { 'data-testid': 'bytes' },
      nothing ? 'None of it could be read. It may be something else than a session.' : understood ? `${covered}: nothing is left out.` : `${covered}. It may allow more than is told here.`,
    ),
    notUnderstood.length > 0 &&
      h(
        'ul',
        { class: 'not-understood', 'data-testid': 'not-understood' },
        ...notUnderstood.map((text) => h('li', {}, ...inWords(shortened(text), NO_WORDS))),
      ),
    !understood && counts.length > 0 && h('p', {}, `In the part that was read: ${listed(counts)}.`),
  )
}

const number = (findings: readonly Finding[], severity: Finding['severity']): number =>
  findings.filter((finding) => finding.severity === severity).length

/** Runs of bytes that nobody reads; addresses stay. */
const shortened = (text: string): string => text.replace(/0x[0-9a-fA-F]{66,}/g, (hex) => `${hex.slice(0, 18)}…${hex.slice(-8)}`)

/** Why the text is none of what this page reads, and what to do about it. */
export function unreadable(text: string, thrown: unknown): HTMLElement {
  const { shortMessage } = HallpassError.from(thrown)
  return h(
    'section',
    { class: 'verdict', 'data-testid': 'inspect-error', 'data-level': 'unreadable' },
    h('h2', {}, 'This cannot be read yet'),
    h('p', {}, advice(text)),
    h('p', { class: 'quiet' }, shortMessage.replace(/^input(: |\.)/, '')),
  )
}

function advice(text: string): string {
  if (/…|\.\.\./.test(text)) return 'It has dots in it: the wallet shortened it. Look for a way to copy or expand the whole of it.'
  if (text.startsWith('0x')) return 'Hex has only the digits 0 to 9 and a to f, and an even number of them. Copy it again, to its end.'
  if (/^[{[]/.test(text)) return 'Copy the whole JSON text, from its first brace to its last: typed data, or a user operation with hex values.'
  return 'Paste the typed data or the user operation as JSON, or a signature as hex that starts with 0x.'
}

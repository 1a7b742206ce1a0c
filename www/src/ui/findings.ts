// What the linter found: the gravest first, each marked in words.
import type { Finding } from 'hallpass'
import { inWords, type Words } from '../words'
import { h } from './dom'

const MARKS: Readonly<Record<Finding['severity'], string>> = { error: 'Danger', warning: 'Warning', info: 'Note' }
const ORDER = ['error', 'warning', 'info'] as const

/** `fixes`: also how it would be written instead. That is for whoever asks for the grant, not for its owner. */
export function findingList(findings: readonly Finding[], words: Words, fixes: boolean): HTMLElement {
  const sorted = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity))
  return h('ul', { class: 'findings' }, ...sorted.map((finding) => item(finding, words, fixes)))
}

function item({ id, severity, path, message, fix }: Finding, words: Words, fixes: boolean): HTMLElement {
  return h(
    'li',
    { class: 'finding', 'data-testid': 'finding', 'data-severity': severity, 'data-id': id, title: path },
    h('p', {}, h('strong', { class: 'mark' }, MARKS[severity]), ' ', ...inWords(message, words)),
    fixes && h('p', { class: 'fix' }, 'Better: ', ...inWords(fix, words)),
    fixes && h('p', { class: 'finding-id' }, h('code', {}, id)),
  )
}

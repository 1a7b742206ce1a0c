// What the owner should know before signing, beside what the pass allows: what a thief with its key could take, what to mind, and which
// rules only this page keeps.
import type { ScopeReview } from 'hallpass'
import type { Words } from '../words'
import { h } from './dom'
import { localRules } from './enforcement'
import { findingList } from './findings'
import { riskList } from './risks'

export function stolenSection({ scope, worstCase, findings, enforcement }: ScopeReview, words: Words): HTMLElement {
  const minded = findings.filter(({ severity }) => severity !== 'info')
  return h(
    'section',
    { class: 'stolen', 'data-testid': 'stolen', 'aria-labelledby': 'stolen-title' },
    h('h3', { id: 'stolen-title' }, 'If the key were stolen'),
    worstCase && riskList(worstCase, words),
    enforcement && h('h3', {}, 'Kept by this page only'),
    enforcement && h('p', { class: 'quiet' }, 'A thief would not be bound by this.'),
    enforcement && localRules(enforcement, scope, words),
    minded.length > 0 && h('h3', {}, 'What the check found'),
    minded.length > 0 && findingList(minded, words, false),
  )
}

// All verdicts in a line.
import { count } from '../format'
import { h } from '../ui/dom'
import type { Attack, Verdict } from './attack'

export function summary(results: readonly (readonly [Attack, Verdict | null])[]): HTMLElement {
  const made = results.filter(([, verdict]) => verdict !== null)
  const number = (wanted: Verdict) => made.filter(([, verdict]) => verdict === wanted).length
  const [held, limit, broken, notMade] = [number('holds'), number('limit'), number('broken'), number('not-made')]
  const limits = [...new Set(made.flatMap(([{ limit }, verdict]) => (verdict === 'limit' && limit ? [limit.name] : [])))].sort()
  const parts = [
    `${held} refused`,
    `${limit} got through${limit > 0 ? `, as ${limits.join(', ')} say beforehand` : ''}`,
    `${broken} got through against a promise`,
    ...(notMade > 0 ? [`${notMade} could not be made`] : []),
  ]
  const level = broken > 0 ? 'danger' : notMade > 0 || limit > 0 ? 'warning' : 'clean'
  const counts = { 'data-holds': held, 'data-limit': limit, 'data-broken': broken, 'data-not-made': notMade }
  return h(
    'section',
    { class: 'verdict', 'data-testid': 'summary', 'data-level': level, ...counts },
    h('h2', {}, `${count(made.length, 'attack')}: ${parts.join('; ')}.`),
    h('p', {}, 'What got through is why a session has a small scope, a short life and a budget.'),
  )
}

// The counters at the top: what this page is about, in four numbers.
import type { Counters } from '../counters'
import { byId, h, setText } from './dom'

const SHOWN = [
  ['signatures', 'Signatures', 'typed data that the owner signed'],
  ['prompts', 'Wallet prompts', 'all that the wallet asked, connecting included'],
  ['operations', 'Operations', 'included on chain'],
  ['without', 'Prompts without Hallpass', 'one to connect, one per call'],
] as const

export function mountCounters(counters: Counters) {
  const list = byId('counters')
  const show = SHOWN.map(([name, label, meaning]) => {
    const number = h('dd', { 'data-testid': `counter-${name}` })
    list.append(h('div', { class: `counter counter-${name}`, title: meaning }, h('dt', {}, label), number))
    return () => setText(number, String(counters.now[name]))
  })
  const update = () => show.forEach((each) => each())
  counters.changed.on(update)
  update()
}

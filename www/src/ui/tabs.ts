// Game and feed as tabs where they do not fit side by side.
import { byId, h } from './dom'

const TABS = [
  ['game', 'Game'],
  ['feed', 'Feed'],
] as const

export function mountTabs() {
  const tabs = TABS.map(([id, label]) => {
    const tab = h('button', { type: 'button', role: 'tab', id: `tab-${id}`, class: 'tab', 'aria-controls': id, 'data-testid': `tab-${id}` }, label)
    tab.addEventListener('click', () => select(id))
    return tab
  })
  const select = (chosen: string) => {
    for (const [index, [id]] of TABS.entries()) {
      const active = id === chosen
      tabs[index]?.setAttribute('aria-selected', String(active))
      tabs[index]?.setAttribute('tabindex', active ? '0' : '-1')
      byId(id).toggleAttribute('data-active', active)
    }
  }
  const list = byId('tabs')
  list.append(...tabs)
  list.addEventListener('keydown', ({ key }) => {
    if (key !== 'ArrowLeft' && key !== 'ArrowRight') return
    const other = tabs.find((tab) => tab.getAttribute('aria-selected') !== 'true')
    other?.click()
    other?.focus()
  })
  select('game')
}

// The pass: the session as a ticket. Before there is one, the card that asks for it.
import type { App } from '../app'
import type { Start } from '../start'
import { byId } from './dom'
import { SessionCard } from './session-card'
import { StartCard } from './start-card'

export function mountPass(app: App, start: Start) {
  const place = byId('pass')
  const startCard = new StartCard(app, start)
  const sessionCard = new SessionCard(app)
  const update = () => {
    const card = app.session === null ? startCard : sessionCard
    card.update()
    if (card.element.parentElement === place) return
    place.replaceChildren(card.element)
    // What the player came for is next.
    if (app.session !== null && !app.restored) document.querySelector<HTMLElement>('.board')?.focus()
  }
  app.changed.on(update)
  start.changed.on(update)
  app.operations.changed.on(update)
  setInterval(() => app.session && sessionCard.tick(), 1000)
  update()
}

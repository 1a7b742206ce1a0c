// The shop: three items for gold. The first purchase collects the gold and lets the shop take it, all in one operation.
import type { Address } from 'hallpass'
import { ITEMS, type Item } from '../actions'
import type { App } from '../app'
import type { Purse } from '../chain'
import { units } from '../format'
import { GIFT } from '../scope'
import type { Board } from './board'
import { button, h, setText } from './dom'
import { icon } from './icons'

export class Shop {
  readonly element = h('section', { class: 'shop', 'aria-labelledby': 'shop-title' })
  private readonly gold = h('span', { class: 'gold', 'data-testid': 'gold' })
  private readonly shelves = ITEMS.map((item) => new Shelf(item, () => void this.buy(item)))
  private account: Address | null = null
  /** Null until it is read. */
  private purse: Purse | null = null
  /** Items of purchases on their way. */
  private readonly pending: Item[] = []
  /** The purchase that collects the gold or lets the shop take it, until it is included. */
  private preparing: Promise<void> | null = null

  constructor(
    private readonly app: App,
    private readonly board: Board,
  ) {
    const shelves = h('ul', { class: 'shelves' }, ...this.shelves.map(({ element }) => element))
    this.element.append(h('div', { class: 'shop-head' }, h('h3', { id: 'shop-title' }, 'Shop'), this.gold), shelves)
    app.changed.on(() => this.follow())
    app.landedLate.on(() => void this.reread())
    this.draw()
  }

  private follow() {
    const account = this.app.session?.account ?? null
    if (account !== this.account) {
      this.account = account
      this.purse = null
      void this.reread()
    }
    this.draw()
  }

  private async reread() {
    const { account } = this
    if (account === null) return
    const purse = await this.app.reader.purse(account).catch(() => null)
    if (purse && account === this.account) this.purse = purse
    this.draw()
  }

  private async buy(item: Item) {
    const { account, purse } = this
    if (account === null || purse === null || !this.app.playable) return
    this.pending.push(item)
    this.draw()
    // Bundlers simulate on the chain as it is: what the first purchase prepares must be there before the next one is sent.
    while (this.preparing !== null) await this.preparing
    const { mint, approve } = this.purse ?? purse
    const buying = this.app.run(this.app.actions.buy(item, account, { mint, approve })).then(() => this.reread())
    if (mint || approve) this.preparing = buying.finally(() => (this.preparing = null))
    await buying
    this.pending.splice(this.pending.indexOf(item), 1)
    this.draw()
  }

  /** Gold after what is on its way; before the first purchase the gift counts. */
  private get spendable(): bigint {
    const spent = this.pending.reduce((sum, { price }) => sum + price, 0n)
    return (this.purse === null || this.purse.mint ? GIFT : this.purse.gold) - spent
  }

  private draw() {
    const { purse } = this
    const waiting = (purse === null || purse.mint) && this.pending.length === 0
    setText(this.gold, waiting ? `${units(GIFT)} gold with your first purchase` : `${units(this.spendable)} gold`)
    for (const shelf of this.shelves) {
      const pending = this.pending.filter((item) => item === shelf.item).length
      const buyable = this.app.playable && purse !== null && this.spendable >= shelf.item.price
      shelf.show(purse?.items[shelf.item.id - 1] ?? 0, pending, buyable)
    }
    this.board.crowned = (purse?.items[2] ?? 0) > 0
  }
}

class Shelf {
  readonly element: HTMLElement
  private readonly buy: HTMLButtonElement
  private readonly owned = h('span', { class: 'owned' })

  constructor(
    readonly item: Item,
    onBuy: () => void,
  ) {
    this.buy = button(`buy-${item.id}`, `${units(item.price)} gold`, onBuy, { class: 'button small', 'aria-label': `Buy a ${item.name.toLowerCase()} for ${units(item.price)} gold` })
    this.owned.dataset['testid'] = `owned-${item.id}`
    this.element = h('li', { class: 'shelf' }, icon(item.id), h('span', { class: 'item-name' }, item.name), this.owned, this.buy)
  }

  show(owned: number, pending: number, buyable: boolean) {
    setText(this.owned, pending > 0 ? `${owned} + ${pending}` : String(owned))
    this.owned.title = `You own ${owned}`
    this.owned.toggleAttribute('data-some', owned + pending > 0)
    this.buy.disabled = !buyable
  }
}

// Everything a player can do, as the calls of one operation.
import type { Address, Call } from 'hallpass'
import type { Config } from './config'
import { GIFT, TIP } from './scope'

export interface Action {
  /** For the list of operations. */
  readonly label: string
  readonly calls: readonly Call[]
}

export interface Item {
  readonly id: 1 | 2 | 3
  readonly name: string
  readonly symbol: string
  /** In gold. */
  readonly price: bigint
}

const GOLD = 10n ** 18n
export const ITEMS: readonly Item[] = [
  { id: 1, name: 'Lantern', symbol: '🏮', price: 5n * GOLD },
  { id: 2, name: 'Compass', symbol: '🧭', price: 20n * GOLD },
  { id: 3, name: 'Crown', symbol: '👑', price: 50n * GOLD },
]

const STRANGER: Address = '0x00000000000000000000000000000000deadbeef'

/** What of the way to a first purchase is still to be done. */
export interface Preparation {
  readonly mint: boolean
  readonly approve: boolean
}

export function actions({ contracts: { board, gold, shop, feed } }: Config) {
  const buyCall = (item: number, amount: number): Call => ({
    to: shop,
    function: 'buy(uint256 item,uint256 amount)',
    args: [item, amount],
  })
  return {
    move: (x: number, y: number): Action => ({
      label: `Move to ${x}, ${y}`,
      calls: [{ to: board, function: 'move(uint8 x,uint8 y)', args: [x, y] }],
    }),

    /** One operation, even where the player has no gold yet and the shop may not take any. */
    buy: (item: Item, account: Address, { mint, approve }: Preparation): Action => {
      const calls: Call[] = []
      if (mint) calls.push({ to: gold, function: 'mint(address to)', args: [account] })
      if (approve) calls.push({ to: gold, function: 'approve(address spender,uint256 value)', args: [shop, GIFT] })
      const before = mint ? 'Collect gold, ' : ''
      return { label: `${before}${mint ? 'buy' : 'Buy'} a ${item.name.toLowerCase()}`, calls: [...calls, buyCall(item.id, 1)] }
    },

    post: (text: string): Action => ({
      label: `Post “${text.length > 24 ? `${text.slice(0, 23)}…` : text}”`,
      calls: [{ to: feed, function: 'post(string text)', args: [text] }],
    }),
    like: (id: number): Action => ({
      label: `Like post ${id}`,
      calls: [{ to: feed, function: 'like(uint256 id)', args: [id] }],
    }),
    tip: (id: number): Action => ({
      label: `Tip post ${id}`,
      calls: [{ to: feed, function: 'tip(uint256 id)', args: [id], value: TIP }],
    }),

    /** What the session must refuse. */
    forbidden: {
      gold: {
        label: 'Send 100 gold to a stranger',
        calls: [{ to: gold, function: 'transfer(address to,uint256 value)', args: [STRANGER, 100n * GOLD] }],
      },
      amount: { label: 'Buy 6 crowns at once', calls: [buyCall(3, 6)] },
      value: {
        label: 'Tip 1 ETH',
        calls: [{ to: feed, function: 'tip(uint256 id)', args: [0], value: 10n ** 18n }],
      },
    } satisfies Record<string, Action>,
  }
}

export type Actions = ReturnType<typeof actions>

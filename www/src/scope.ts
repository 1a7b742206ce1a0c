// What the session may do: the game and the feed, and nothing else.
import { defineScope, eq, lte, oneOf, self, type Scope } from 'hallpass'
import type { Config } from './config'

/** How long a session lasts. */
export const DURATION = '4h'
/** Most of one item in one purchase. */
export const MOST_AT_ONCE = 5
/** The gift with which every player starts; the shop is allowed to take as much. */
export const GIFT = 1000n * 10n ** 18n
/** What a tip is, and the most it can be. */
export const TIP = 10n ** 15n

export function demoScope({ contracts, paymasterAddress }: Config, sponsored: boolean): Scope {
  const { board, gold, shop, feed } = contracts
  return defineScope({
    calls: [
      { to: board, function: 'move(uint8 x,uint8 y)' },
      { to: gold, function: 'mint(address to)', args: { to: self() } },
      { to: gold, function: 'approve(address spender,uint256 value)', args: { spender: eq(shop), value: lte(GIFT) } },
      { to: shop, function: 'buy(uint256 item,uint256 amount)', args: { item: oneOf([1, 2, 3]), amount: lte(MOST_AT_ONCE) } },
      { to: feed, function: 'post(string text)' },
      { to: feed, function: 'like(uint256 id)' },
      { to: feed, function: 'tip(uint256 id)', value: { max: TIP } },
    ],
    spend: [{ token: 'native', limit: 20n * TIP }],
    limits: { gas: { maxFeePerGas: '50 gwei', total: '0.5 ether' } },
    // The account's contracts keep no sums, so the total for tips is kept by this page alone; the owner reads that too.
    accept: ['local:spend[0]'],
    paymaster: sponsored ? paymasterAddress : 'none',
  })
}

/** The same in short, before a wallet is connected. Then `explain` says it exactly. */
export const IN_SHORT: readonly string[] = [
  'Move your piece and buy up to five items at a time',
  'Post, like, and tip at most 0.001 ETH each, 0.02 ETH in all',
  'Spend at most 0.5 ETH on gas in all',
  'End by itself after four hours',
]

// Rules for common tokens. Each says what it cannot bound: conditions hold per call, and a session makes as many calls as its gas
// budget pays. To bound a total, keep no more in the account, or use `spend` where the account's contracts keep sums.
import { helperOptions } from '../boundary/plain.js'
import type { Address } from '../types.js'
import { any, type ArgumentRule, eq, type Integer, lte, oneOf, self } from './conditions.js'
import type { CallRule } from './define.js'

/** Options of {@link erc20}. */
export interface Erc20Options {
  /** Lets it send tokens of the account: to these addresses only, at most `max` per call, in the token's smallest units. */
  transfer?: { to: Address | readonly Address[]; max: Integer }
  /** Lets it set the allowance of one spender, to at most `max`. What was allowed outlives the session. */
  approve?: { spender: Address; max: Integer }
}

/** Options of {@link erc721}. */
export interface Erc721Options {
  /**
   * Lets it mint to the account: `true` for `mint(address to)`, or the function as text with a parameter `to`. Its other parameters
   * are free.
   */
  mint?: boolean | string
  /** Lets it send any token of the collection that the account holds, to these addresses only. */
  transferTo?: Address | readonly Address[]
}

/** Options of {@link erc1155}. */
export interface Erc1155Options {
  /**
   * Lets it mint to the account: `true` for `mint(address to,uint256 id,uint256 amount,bytes data)`, or the function as text with a
   * parameter `to`, and `id` and `amount` where these are bounded. Its other parameters are free.
   */
  mint?: boolean | string
  /** Lets it send tokens that the account holds, to these addresses only. */
  transferTo?: Address | readonly Address[]
  /** Token ids that may be minted or sent. Default: all. */
  ids?: readonly Integer[]
  /** Most units per call. Default: all the account holds. */
  maxAmount?: Integer
}

/** One address or several, as the condition that allows exactly these. */
const among = (addresses: Address | readonly Address[]) =>
  typeof addresses === 'string' ? eq(addresses) : oneOf(addresses)

/**
 * Rules for an ERC-20 token: what the options name, and nothing else. `max` bounds each call, not their sum: `transfer` can send all
 * that the account holds to the addresses named, and `approve` can be renewed each time the spender has used it up. The linter wants a
 * total in `spend` beside them.
 */
export function erc20(token: Address, options: Erc20Options): CallRule[] {
  const { transfer, approve } = helperOptions(options, 'erc20', ['transfer', 'approve'])
  const rules: CallRule[] = []
  if (transfer !== undefined) {
    helperOptions(transfer, 'erc20.transfer', ['to', 'max'])
    const args = [among(transfer.to), lte(transfer.max)]
    rules.push({ to: token, function: 'transfer(address to,uint256 amount)', args })
  }
  if (approve !== undefined) {
    helperOptions(approve, 'erc20.approve', ['spender', 'max'])
    const args = [eq(approve.spender), lte(approve.max)]
    rules.push({ to: token, function: 'approve(address spender,uint256 amount)', args })
  }
  return rules
}

/**
 * Rules for an ERC-721 collection: minting to the account, and sending what it holds to a fixed list of addresses. Sending is
 * `safeTransferFrom` without data, which calls a recipient that is a contract; `transferFrom` is left out, because on an ERC-20 token
 * the same bytes move an amount. There are no approvals.
 */
export function erc721(collection: Address, options: Erc721Options): CallRule[] {
  const { mint, transferTo } = helperOptions(options, 'erc721', ['mint', 'transferTo'])
  const rules: CallRule[] = []
  if (mint) rules.push(mintToSelf(collection, mint === true ? 'mint(address to)' : mint, {}))
  if (transferTo) {
    const text = 'safeTransferFrom(address from,address to,uint256 tokenId)'
    rules.push({ to: collection, function: text, args: [self(), among(transferTo), any()] })
  }
  return rules
}

/**
 * Rules for an ERC-1155 collection: minting to the account, and sending what it holds to a fixed list of addresses, one id per call.
 * The recipient is called with `data`, which is free. There are no approvals and no batches, whose lists no rule can bound.
 */
export function erc1155(collection: Address, options: Erc1155Options): CallRule[] {
  const { mint, transferTo, ids, maxAmount } = helperOptions(options, 'erc1155', ['mint', 'transferTo', 'ids', 'maxAmount'])
  const bounds = {
    ...(ids === undefined ? {} : { id: oneOf(ids) }),
    ...(maxAmount === undefined ? {} : { amount: lte(maxAmount) }),
  }
  const rules: CallRule[] = []
  if (mint) {
    const text = mint === true ? 'mint(address to,uint256 id,uint256 amount,bytes data)' : mint
    rules.push(mintToSelf(collection, text, bounds))
  }
  if (transferTo) {
    const text = 'safeTransferFrom(address from,address to,uint256 id,uint256 amount,bytes data)'
    rules.push({ to: collection, function: text, args: { from: self(), to: among(transferTo), ...bounds } })
  }
  return rules
}

/** By name: a text without a parameter that is bounded is refused when the scope is read. */
function mintToSelf(collection: Address, text: string, bounds: { readonly [name: string]: ArgumentRule }): CallRule {
  return { to: collection, function: text, args: { to: self(), ...bounds } }
}

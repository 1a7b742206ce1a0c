// Conveniences that exist on the local chain only: money for the account, and posts to like.
import type { Address } from 'hallpass'
import { Answer, callData, textCallData } from './abi'
import { isLocal, type Config } from './config'
import { rpc } from './rpc'

/** Balance that funding leaves an account with. */
const PURSE = 2n * 10n ** 18n
const POST = '0x8ee93cf3' // post(string)
const POST_COUNT = '0x17906c2e' // postCount()
const FIRST_POSTS = [
  'The lantern in the east room is worth its five gold.',
  'Moved forty squares today and saw my wallet once.',
  'Tips go to whoever wrote the post. Try it on this one.',
]

export async function fund(config: Config, account: Address): Promise<void> {
  if (!isLocal(config)) throw new Error('Only the local chain hands out money.')
  await rpc(config.chain, 'anvil_setBalance', [account, `0x${PURSE.toString(16)}`])
}

/** Writes a few posts from development accounts if the feed is empty. */
export async function seedFeed(config: Config): Promise<void> {
  if (!isLocal(config)) return
  const { feed } = config.contracts
  const posts = new Answer(await rpc(config.chain, 'eth_call', [{ to: feed, data: callData(POST_COUNT) }, 'latest']))
  if (posts.number(0) !== 0n) return
  const accounts = (await rpc(config.chain, 'eth_accounts')) as Address[]
  for (const [index, text] of FIRST_POSTS.entries()) {
    const from = accounts[accounts.length - 1 - index]
    if (from) await rpc(config.chain, 'eth_sendTransaction', [{ from, to: feed, data: textCallData(POST, text) }])
  }
}

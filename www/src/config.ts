// Where the chain is. `stack.json` lies beside the page and is what `cargo xtask stack` prints.
import type { Address, Chain, KernelVersion } from 'hallpass'
import type { Words } from './words'

export interface Config {
  readonly chain: string
  readonly bundler: string
  readonly paymaster: string
  readonly chainId: number
  readonly contracts: { readonly board: Address; readonly gold: Address; readonly shop: Address; readonly feed: Address }
  readonly paymasterAddress: Address
  /** Version of the accounts' contract. Default: the one of the local chain. */
  readonly kernelVersion?: KernelVersion
}

/** anvil's chain id: only there the page hands out money. */
const LOCAL_CHAIN = 31337

/** Why the page cannot start, in words for its visitor. */
export class ConfigError extends Error {}

const MISSING =
  'This page has no chain to play on: there is no stack.json beside it. Run `cargo xtask stack`, save the JSON it prints as stack.json, and reload.'

export async function loadConfig(): Promise<Config> {
  let found: Partial<Config>
  try {
    const response = await fetch('./stack.json', { cache: 'no-store' })
    if (!response.ok) throw new Error(`HTTP status ${response.status}`)
    found = (await response.json()) as Partial<Config>
  } catch (cause) {
    throw new ConfigError(MISSING, { cause })
  }
  const { chain, bundler, paymaster, chainId, contracts, paymasterAddress } = found
  const complete = chain && bundler && paymaster && chainId && paymasterAddress && contracts?.board && contracts.gold && contracts.shop && contracts.feed
  if (!complete) throw new ConfigError('stack.json is not complete: the page needs what `cargo xtask stack` prints.')
  return found as Config
}

export const isLocal = (config: Config): boolean => config.chainId === LOCAL_CHAIN

/** The chain in the form that hallpass, and wallets that do not know it, want. */
export const chainOf = (config: Config): Chain => ({
  id: config.chainId,
  name: isLocal(config) ? 'Local chain' : `Chain ${config.chainId}`,
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [config.chain] } },
})

/** Names of the demo's contracts and its one token, for sentences that show addresses and units. */
export const wordsOf = ({ contracts: { board, gold, shop, feed }, paymasterAddress }: Config): Words => ({
  names: new Map([
    [board.toLowerCase(), 'Board'],
    [gold.toLowerCase(), 'Gold'],
    [shop.toLowerCase(), 'Shop'],
    [feed.toLowerCase(), 'Feed'],
    [paymasterAddress.toLowerCase(), 'Paymaster'],
  ]),
  tokens: { [gold]: { symbol: 'gold', decimals: 18 } },
})

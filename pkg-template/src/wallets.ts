import { plain } from './boundary/plain.js'
import { HallpassError } from './error.js'
import type { Address } from './types.js'

/** A wallet's provider (EIP-1193). */
export interface Eip1193Provider {
  request(args: { readonly method: string; readonly params?: readonly unknown[] | object | undefined }): Promise<unknown>
  on?(event: string, listener: (...args: never[]) => void): unknown
  removeListener?(event: string, listener: (...args: never[]) => void): unknown
}

/** A wallet that announced itself (EIP-6963). */
export interface AnnouncedWallet {
  info: { uuid: string; name: string; icon: string; rdns: string }
  provider: Eip1193Provider
}

/** The owner: a provider, an announced wallet, or either with the address that is to own the account. */
export type OwnerInput = Eip1193Provider | { provider: Eip1193Provider; address?: Address | undefined }

/** Provider and address of an owner, however it was given. Whether it is a wallet is for Rust to say. */
export function providerOf(owner: OwnerInput): { provider: Eip1193Provider; address: Address | undefined } {
  try {
    if (typeof owner !== 'object' || owner === null || !('provider' in owner)) return { provider: owner, address: undefined }
    const { provider, address } = owner
    return { provider, address: address === undefined ? undefined : (plain(address, 'owner.address') as Address) }
  } catch (fault) {
    throw HallpassError.from(fault)
  }
}

/** Asks installed wallets to announce themselves and answers those that did within `wait` milliseconds (EIP-6963). */
export async function announcedWallets(wait = 100): Promise<AnnouncedWallet[]> {
  if (typeof window === 'undefined') return []
  const found = new Map<string, AnnouncedWallet>()
  const onAnnounce = (event: Event) => {
    const { detail } = event as CustomEvent<AnnouncedWallet>
    if (typeof detail?.provider?.request === 'function') found.set(detail.info.uuid, detail)
  }
  window.addEventListener('eip6963:announceProvider', onAnnounce)
  window.dispatchEvent(new Event('eip6963:requestProvider'))
  await new Promise((resolve) => setTimeout(resolve, wait))
  window.removeEventListener('eip6963:announceProvider', onAnnounce)
  return [...found.values()]
}

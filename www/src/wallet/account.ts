// Which account a wallet shows this page.
import type { Address, AnnouncedWallet } from 'hallpass'

/** The connected account, without a prompt; null while the wallet is locked or not connected. */
export async function accountOf({ provider }: AnnouncedWallet): Promise<Address | null> {
  const accounts = await provider.request({ method: 'eth_accounts' }).catch(() => [])
  const [first] = Array.isArray(accounts) ? (accounts as unknown[]) : []
  return typeof first === 'string' ? (first as Address) : null
}

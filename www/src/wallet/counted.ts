// Counts what a wallet asks of its user, whichever wallet it is.
import type { AnnouncedWallet, Eip1193Provider } from 'hallpass'

export interface PromptCounter {
  prompt(method: string): void
  signature(): void
}

const ALWAYS = new Set(['eth_signTypedData_v4', 'personal_sign', 'eth_sendTransaction', 'wallet_addEthereumChain', 'wallet_sendCalls'])
const SIGNATURES = new Set(['eth_signTypedData_v4', 'personal_sign'])

/** The wallet with its prompts counted. */
export const counted = ({ info, provider }: AnnouncedWallet, counter: PromptCounter): AnnouncedWallet => ({
  info,
  provider: countedProvider(provider, counter),
})

function countedProvider(provider: Eip1193Provider, counter: PromptCounter): Eip1193Provider {
  return {
    async request(args) {
      if (await opensPrompt(provider, args)) counter.prompt(args.method)
      const result = await provider.request(args)
      if (SIGNATURES.has(args.method)) counter.signature()
      return result
    },
    on: (event, listener) => provider.on?.(event, listener),
    removeListener: (event, listener) => provider.removeListener?.(event, listener),
  }
}

/** Wallets do not ask to connect a page that is connected, nor to switch to the chain they are on. */
async function opensPrompt(provider: Eip1193Provider, { method, params }: Parameters<Eip1193Provider['request']>[0]): Promise<boolean> {
  if (method === 'eth_requestAccounts') {
    const accounts = await provider.request({ method: 'eth_accounts' })
    return !(Array.isArray(accounts) && accounts.length > 0)
  }
  if (method === 'wallet_switchEthereumChain') {
    const current = await provider.request({ method: 'eth_chainId' })
    const wanted = Array.isArray(params) ? (params[0] as { chainId?: string } | undefined)?.chainId : undefined
    return BigInt(String(current)) !== BigInt(wanted ?? 0)
  }
  return ALWAYS.has(method)
}

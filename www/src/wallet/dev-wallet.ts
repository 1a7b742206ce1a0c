// A wallet for people without one. It owns nothing secret: the local chain signs for its development accounts itself. What it shares
// with a real wallet is that it announces itself (EIP-6963), speaks EIP-1193, and does nothing that counts without asking.
import type { Address, AnnouncedWallet, Eip1193Provider } from 'hallpass'
import { count, ether, short } from '../format'
import { rpc, RpcFault } from '../rpc'
import { ask, type Question } from './dialog'
import { typedDataDetails, type TypedData } from './typed-data'

export const DEV_WALLET = 'localhost.hallpass.development-wallet'

const STORED = 'hallpass-demo:dev-wallet'
/** anvil's accounts that the wallet picks from; the ones before pay for bundles. */
const [FIRST, LAST] = [3, 9]

interface Stored {
  index: number
  connected: boolean
}

interface TransactionRequest {
  readonly from?: string
  readonly to?: string
  readonly value?: string
  readonly data?: string
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#8a5a00"/><path d="M9 10l5 6-5 6M16 22h8" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>',
)}`

/** An error as EIP-1193 has it. */
const failure = (code: number, message: string) => Object.assign(new Error(message), { code })

class DevWallet implements Eip1193Provider {
  private readonly listeners = new Map<string, Set<(...args: unknown[]) => void>>()
  private stored: Stored

  constructor(private readonly node: string) {
    this.stored = load()
  }

  async request({ method, params }: { method: string; params?: readonly unknown[] | object | undefined }): Promise<unknown> {
    const given = Array.isArray(params) ? (params as unknown[]) : params === undefined ? [] : [params]
    switch (method) {
      case 'eth_accounts':
        return this.stored.connected ? [await this.account()] : []
      case 'eth_requestAccounts':
        return this.connect()
      case 'eth_signTypedData_v4':
        return this.signTypedData(given)
      case 'eth_sendTransaction':
        return this.sendTransaction((given[0] ?? {}) as TransactionRequest)
      case 'wallet_switchEthereumChain':
        return this.switchChain((given[0] ?? {}) as { chainId?: string })
      default:
        if (!/^(eth|net|web3)_/.test(method) || /sign|sendRaw|accounts/i.test(method)) {
          throw failure(4200, `The development wallet does not know ${method}.`)
        }
        return this.forward(method, given)
    }
  }

  on(event: string, listener: (...args: never[]) => void) {
    const listeners = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, listeners.add(listener as (...args: unknown[]) => void))
  }

  removeListener(event: string, listener: (...args: never[]) => void) {
    this.listeners.get(event)?.delete(listener as (...args: unknown[]) => void)
  }

  private async account(): Promise<Address> {
    const accounts = (await this.forward('eth_accounts', [])) as Address[]
    const account = accounts[this.stored.index]
    if (account === undefined) throw failure(4900, 'The node has no development accounts: it is not a local chain.')
    return account
  }

  private async connect(): Promise<Address[]> {
    const account = await this.account()
    if (!this.stored.connected) {
      await this.confirm({
        title: 'Connect to this page?',
        meaning: 'The page gets to see the address, and may ask for signatures. Nothing is signed now.',
        details: [['Page', location.host], ['Address', account]],
        approve: 'Connect',
      })
      this.stored.connected = true
      save(this.stored)
      this.listeners.get('accountsChanged')?.forEach((listener) => listener([account]))
    }
    return [account]
  }

  private async signTypedData([address, given]: unknown[]): Promise<unknown> {
    const account = await this.authorized(address)
    const typedData = (typeof given === 'string' ? JSON.parse(given) : given) as TypedData
    await this.confirm({
      title: `Sign “${typedData.primaryType}”?`,
      meaning: 'A signature, not a transaction: it costs nothing. Like most wallets this one shows bytes; the page says what they allow.',
      details: [['Signer', account], ...typedDataDetails(typedData)],
      approve: 'Sign',
    })
    return this.forward('eth_signTypedData_v4', [account, typedData])
  }

  private async sendTransaction(transaction: TransactionRequest): Promise<unknown> {
    const account = await this.authorized(transaction.from)
    const data = transaction.data ?? '0x'
    await this.confirm({
      title: 'Send this transaction?',
      meaning: 'It is made by your own address, which pays for its gas.',
      details: [
        ['From', account],
        ['To', transaction.to ?? 'a new contract'],
        ['Value', ether(BigInt(transaction.value ?? 0))],
        ['Data', data === '0x' ? 'none' : `${short(data, 18, 8)}\n${count((data.length - 2) / 2, 'byte')}`],
      ],
      approve: 'Send',
    })
    return this.forward('eth_sendTransaction', [{ ...transaction, from: account }])
  }

  private async switchChain({ chainId }: { chainId?: string }): Promise<null> {
    const current = String(await this.forward('eth_chainId', []))
    if (BigInt(chainId ?? 0) === BigInt(current)) return null
    await this.confirm({
      title: 'Switch to another chain?',
      meaning: 'This wallet knows the local chain only: it cannot follow.',
      details: [['Chain now', current], ['Chain asked for', chainId ?? 'none']],
      approve: 'Try',
    })
    throw failure(4902, 'The development wallet knows the local chain only.')
  }

  /** The account, if the page is connected and asks for no other one. */
  private async authorized(address: unknown): Promise<Address> {
    const account = await this.account()
    const same = typeof address === 'string' && address.toLowerCase() === account.toLowerCase()
    if (!this.stored.connected || !same) throw failure(4100, 'The page is not connected to this account.')
    return account
  }

  private async confirm(question: Question): Promise<void> {
    if (!(await ask(question))) throw failure(4001, 'The request was rejected in the development wallet.')
  }

  private async forward(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await rpc(this.node, method, params)
    } catch (fault) {
      if (!(fault instanceof RpcFault)) throw failure(4900, 'The local chain does not answer.')
      throw Object.assign(failure(fault.code, fault.message), { data: fault.data })
    }
  }
}

/** The account is chosen by chance once per browser profile, so that players do not meet as one, and kept, so that a reload keeps it. */
function load(): Stored {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? '') as Partial<Stored>
    const { index } = stored
    if (index !== undefined && index >= FIRST && index <= LAST) return { index, connected: stored.connected === true }
  } catch {
    // first visit
  }
  const chosen = { index: FIRST + Math.floor(Math.random() * (LAST - FIRST + 1)), connected: false }
  save(chosen)
  return chosen
}

const save = (stored: Stored) => localStorage.setItem(STORED, JSON.stringify(stored))

/** Announces the wallet to this page, now and whenever somebody asks (EIP-6963). */
export function announceDevWallet(node: string) {
  const wallet: AnnouncedWallet = Object.freeze({
    info: Object.freeze({ uuid: crypto.randomUUID(), name: 'Development wallet (local chain only)', icon: ICON, rdns: DEV_WALLET }),
    provider: new DevWallet(node),
  })
  const announce = () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: wallet }))
  window.addEventListener('eip6963:requestProvider', announce)
  announce()
}

import type { SuspendOptions } from './custody.js'
import type { OpenSession } from './open-session.js'
import type { Eip1193Provider } from './wallets.js'

/** What a page that comes back does before its sessions read storage again. */
type OnShown = () => Promise<void>

/** Longest delay that timers take, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Milliseconds within which a wallet must say that it is still there. */
const WALLET_PATIENCE = 3000

/** Tells open sessions when the page is left, frozen, or comes back, for as long as they are open. */
export class PageLife {
  readonly #sessions = new Set<OpenSession>()
  readonly #options: () => SuspendOptions
  readonly #onShown: OnShown
  #listens = false

  constructor(options: () => SuspendOptions, onShown: OnShown) {
    this.#options = options
    this.#onShown = onShown
  }

  add(session: OpenSession): void {
    this.#sessions.add(session)
    if (this.#listens) return
    this.#listens = true
    const { pagehide = true, freeze = true } = this.#options()
    const suspendAll = () => this.#sessions.forEach((open) => open.suspend())
    if (pagehide) globalThis.addEventListener?.('pagehide', suspendAll)
    if (freeze) globalThis.document?.addEventListener('freeze', suspendAll)
    globalThis.addEventListener?.('pageshow', (event) => {
      // From the back-forward cache: other tabs may have gone on meanwhile.
      if ((event as PageTransitionEvent).persisted) void this.#shown()
    })
  }

  remove(session: OpenSession): void {
    this.#sessions.delete(session)
  }

  async #shown(): Promise<void> {
    await this.#onShown().catch(() => {})
    await Promise.all([...this.#sessions].map((session) => session.readAnew()))
  }
}

/** A timer that does not keep Node.js from ending; `seconds` may be more than timers take. Answers how to stop it. */
export function after(seconds: number, work: () => void): () => void {
  const left = seconds * 1000
  let stop = () => {}
  const timer: unknown = setTimeout(
    () => (left > LONGEST_TIMER ? (stop = after((left - LONGEST_TIMER) / 1000, work)) : work()),
    Math.min(Math.max(left, 0), LONGEST_TIMER),
  )
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
  return () => {
    clearTimeout(timer as number)
    stop()
  }
}

/** Calls back with the wallet's accounts when they change, or when the wallet says that it is gone. Answers how to stop. */
export function onAccounts(provider: Eip1193Provider, changed: (accounts: readonly string[]) => void): () => void {
  const onChange = (accounts: unknown) => changed(Array.isArray(accounts) ? accounts.filter((account) => typeof account === 'string') : [])
  // Wallets also say this when only their network is away: then they still show their accounts.
  const onDisconnect = () => void shownAccounts(provider).then(onChange)
  ignored(() => {
    provider.on?.('accountsChanged', onChange)
    provider.on?.('disconnect', onDisconnect)
  })
  return () =>
    ignored(() => {
      provider.removeListener?.('accountsChanged', onChange)
      provider.removeListener?.('disconnect', onDisconnect)
    })
}

/** A wallet that cannot be listened to tells nothing; the session goes on. */
function ignored(work: () => void): void {
  try {
    work()
  } catch {
    // Its own affair.
  }
}

async function shownAccounts(provider: Eip1193Provider): Promise<unknown> {
  const silence = new Promise<never[]>((resolve) => after(WALLET_PATIENCE / 1000, () => resolve([])))
  const asked = (async () => provider.request({ method: 'eth_accounts' }))().catch(() => [])
  return Promise.race([asked, silence])
}

// How a session comes to be: one request, its stages, and money for the account where the chain is local.
import { HallpassError, type Address, type AnnouncedWallet, type RequestStage, type ScopeReview, type Sentence, type Session } from 'hallpass'
import type { App } from './app'
import { isLocal, wordsOf } from './config'
import { faultOf, isAbort, type Fault } from './faults'
import { fund } from './local-chain'
import { DURATION } from './scope'
import { Signal } from './signal'
import { accountOf } from './wallet/account'

export class Start {
  readonly changed = new Signal()
  stage: RequestStage | null = null
  /** Whether the local chain gave the account money. */
  funded = false
  /** What the owner is about to sign for. */
  sentences: Sentence[] = []
  /** What a thief could take, what to mind, and who keeps which rule. Before the owner is known it counts no balances. */
  review: ScopeReview | null = null
  fault: Fault | null = null
  private abort: AbortController | null = null

  constructor(private readonly app: App) {
    void this.look()
  }

  get busy(): boolean {
    return this.abort !== null
  }

  /** Reviews the scope: before anybody is asked, when who pays changed, and again for the owner and what the account holds. */
  async look(owner?: Address) {
    const { scope, hallpass, reader, config } = this.app
    const { tokens } = wordsOf(config)
    const account = owner && (await hallpass.account({ owner }).catch(() => undefined))?.address
    const balances = account && (await reader.holdings(account).catch(() => undefined))
    const review = await hallpass.review({ scope, owner, expiresIn: DURATION, balances, tokens }).catch(() => null)
    // Another scope was chosen, or its owner became known, in the meantime.
    if (scope !== this.app.scope || (owner === undefined && this.busy)) return
    this.review = review
    this.changed.emit()
  }

  /** Asks for a session. */
  async request(wallet: AnnouncedWallet) {
    this.app.counters.reset()
    await this.follow(wallet, (common) =>
      this.app.hallpass.request({ ...common, scope: this.app.scope, expiresIn: DURATION }),
    )
  }

  /** Finishes a request that was cut off. */
  async resume(wallet: AnnouncedWallet) {
    await this.follow(wallet, (common) => this.app.hallpass.resume(common))
  }

  /** Gives up waiting; the request stays pending. */
  cancel() {
    this.abort?.abort()
  }

  private async follow(wallet: AnnouncedWallet, ask: (common: Common) => Promise<Session | null>) {
    if (this.busy) return
    const abort = new AbortController()
    Object.assign(this, { abort, stage: 'choosing', funded: false, sentences: [], fault: null })
    this.changed.emit()
    const onStage = (stage: RequestStage) => {
      this.stage = stage
      if (stage === 'awaiting-signature') void this.explain(wallet)
      this.changed.emit()
    }
    const common: Common = { owner: wallet.provider, onStage, signal: abort.signal }
    try {
      this.app.remember(wallet)
      const session = await this.withFunds(() => ask(common))
      if (session) this.app.use(session, false)
    } catch (thrown) {
      this.fault = isAbort(thrown) ? null : faultOf(thrown)
    }
    this.abort = null
    this.stage = null
    await this.app.findPending().catch(() => undefined)
    this.changed.emit()
  }

  /** Asks again, once, after the local chain gave the account what it lacked. */
  private async withFunds<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (thrown) {
      const { code, address } = HallpassError.from(thrown)
      if (code !== 'funds.needed' || address === undefined || !isLocal(this.app.config)) throw thrown
      await fund(this.app.config, address)
      this.funded = true
      return ask()
    }
  }

  private async explain(wallet: AnnouncedWallet) {
    const owner = await accountOf(wallet)
    if (owner === null) return
    // What the account holds is read from the node: nothing else waits for that.
    void this.look(owner)
    this.sentences = await this.app.hallpass.explain({ scope: this.app.scope, owner, expiresIn: DURATION }).catch(() => [])
    this.changed.emit()
  }
}

interface Common {
  readonly owner: AnnouncedWallet['provider']
  readonly onStage: (stage: RequestStage) => void
  readonly signal: AbortSignal
}

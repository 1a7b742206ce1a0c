// The state that the parts of the page share: the chain, the wallets, the session.
import { createHallpass, type AnnouncedWallet, type Balances, type Hallpass, type OperationReceipt, type Scope, type Session } from 'hallpass'
import { actions, type Action, type Actions } from './actions'
import { ChainReader } from './chain'
import { chainOf, type Config } from './config'
import { Counters } from './counters'
import { Operations } from './operations'
import { demoScope } from './scope'
import { Signal } from './signal'
import { accountOf } from './wallet/account'
import { counted } from './wallet/counted'

const STORED = { wallet: 'hallpass-demo:wallet', sponsored: 'hallpass-demo:sponsored' }

export class App {
  readonly counters = new Counters()
  readonly operations = new Operations(this.counters)
  readonly reader: ChainReader
  readonly actions: Actions
  /** The session or its state changed. */
  readonly changed = new Signal()
  /** An operation landed after it was shown as failed. */
  readonly landedLate = new Signal()

  wallets: AnnouncedWallet[] = []
  /** Whether a request waits for its signature, from before a reload perhaps. */
  pending = false
  /** Whether the session was taken up after a reload. */
  restored = false
  sponsored = localStorage.getItem(STORED.sponsored) === 'yes'
  scope: Scope
  hallpass: Hallpass
  session: Session | null = null
  /** What the account that acts holds; null until it is read. */
  balances: (Balances & { readonly native: bigint }) | null = null

  constructor(readonly config: Config) {
    this.reader = new ChainReader(config)
    this.actions = actions(config)
    this.scope = demoScope(config, this.sponsored)
    this.hallpass = this.open()
  }

  /** Finds wallets, and the session of before a reload. Opens no prompt. */
  async begin() {
    this.wallets = (await this.hallpass.wallets()).map((wallet) => counted(wallet, this.counters))
    const { wallet } = this
    // A wallet that is locked, or not here, does not keep anybody from playing on.
    const known = wallet !== undefined && (await accountOf(wallet)) !== null
    const { session } = await this.hallpass.restore({ scope: this.scope, owner: known ? wallet.provider : undefined })
    if (session) this.use(session, true)
    await this.findPending()
  }

  /** Whether the session can be used now. */
  get playable(): boolean {
    return this.session !== null && ['granted', 'enabling', 'enabled'].includes(this.session.status)
  }

  /** The wallet that was used last, if it is here. */
  get wallet(): AnnouncedWallet | undefined {
    const rdns = localStorage.getItem(STORED.wallet)
    return this.wallets.find(({ info }) => info.rdns === rdns)
  }

  remember({ info }: AnnouncedWallet) {
    localStorage.setItem(STORED.wallet, info.rdns)
  }

  /** Who pays for gas is part of the scope, so it is chosen before the session. */
  setSponsored(sponsored: boolean) {
    localStorage.setItem(STORED.sponsored, sponsored ? 'yes' : 'no')
    this.sponsored = sponsored
    this.scope = demoScope(this.config, sponsored)
    this.hallpass = this.open()
  }

  use(session: Session, restored: boolean) {
    this.session = session
    this.restored = restored
    this.pending = false
    for (const event of ['locked', 'unlocked', 'revoked', 'expired'] as const) session.on(event, () => this.changed.emit())
    session.on('landed-late', ({ id, receipt }) => {
      this.operations.landed(id, receipt)
      this.landedLate.emit()
      void this.readBalances()
    })
    this.changed.emit()
    void this.readBalances()
  }

  async readBalances() {
    const { session } = this
    if (session === null) return
    this.balances = await this.reader.holdings(session.account).catch(() => null)
    this.changed.emit()
  }

  /** Lets go of the session's key and record. The grant ends by itself. */
  async forget() {
    await this.session?.forget()
    this.session = null
    this.balances = null
    this.restored = false
    this.changed.emit()
  }

  async findPending() {
    const sessions = await this.hallpass.list()
    this.pending = this.session === null && sessions.some(({ status }) => status === 'pending')
    this.changed.emit()
  }

  /** Sends an action through the session; null if it failed or there is no session. */
  async run(action: Action): Promise<OperationReceipt | null> {
    if (this.session === null) return null
    const receipt = await this.operations.run(this.session, action)
    void this.readBalances()
    return receipt
  }

  private open(): Hallpass {
    const { bundler, paymaster, kernelVersion = '3.1' } = this.config
    return createHallpass({
      app: 'hallpass-demo',
      chain: chainOf(this.config),
      bundler,
      paymaster: this.sponsored ? { url: paymaster } : undefined,
      account: { kind: 'kernel', version: kernelVersion },
    })
  }
}

// The session: who acts, what it may do, how long and for how much it lasts, and how to take it back.
import type { Session } from 'hallpass'
import type { App } from '../app'
import { isLocal } from '../config'
import { faultOf } from '../faults'
import { clock, count, ether, short } from '../format'
import { fund } from '../local-chain'
import { announce, button, h, setText } from './dom'
import { faultNote } from './fault'
import { SessionDetails } from './session-details'

const STATUS: Record<Session['status'], string> = {
  pending: 'waiting for its signature',
  granted: 'ready',
  enabling: 'first operation on its way',
  enabled: 'active',
  locked: 'locked',
  expired: 'expired',
  revoked: 'revoked',
}

export class SessionCard {
  readonly element = h('div', { class: 'pass-body session' })
  private readonly status = h('span', { class: 'status', 'data-testid': 'session-status' })
  private readonly restored = h('p', { class: 'restored', 'data-testid': 'restored' }, 'Still your pass: taken up after the reload, no wallet asked.')
  private readonly account = h('code', { 'data-testid': 'account-address' })
  private readonly owner = h('code', { 'data-testid': 'owner-address' })
  private readonly countdown = h('p', { class: 'countdown', 'data-testid': 'countdown' })
  private readonly gasText = h('dd', { 'data-testid': 'remaining-gas' })
  private readonly gasMeter = h('meter', { min: 0, max: 1, low: 0.2, value: 1, 'aria-label': 'Gas budget that is left' })
  private readonly operations = h('div', {}, h('dt', {}, 'Operations left'), h('dd', { 'data-testid': 'remaining-operations' }))
  private readonly balance = h('dd', { 'data-testid': 'account-balance' })
  private readonly fault = h('div')
  private readonly lock = button('lock', 'Lock', () => this.perform((session) => session.lock(), 'Locked'))
  private readonly unlock = button('unlock', 'Unlock', () => this.perform((session) => session.unlock(), 'Unlocked'))
  private readonly revoke = button('revoke', 'Revoke on chain', () => this.perform((session) => this.revokeWith(session), 'Revoked'))
  private readonly forget = button('forget', 'Forget', () => this.perform(() => this.app.forget(), 'Forgotten'), {
    title: 'Deletes the key here. The grant itself ends by expiry or by revoking it.',
  })
  private readonly money = button('fund', 'Add ETH', () => this.perform((session) => this.fundIt(session), 'The account has ETH'), {
    class: 'button small',
    title: 'A convenience of the local chain',
  })
  private readonly details: SessionDetails
  private busy = false

  constructor(private readonly app: App) {
    this.details = new SessionDetails(app)
    this.element.append(
      h('div', { class: 'pass-head' }, h('h2', { id: 'pass-title' }, 'Your pass'), this.status),
      this.restored,
      this.countdown,
      h('dl', { class: 'parties' }, h('div', {}, h('dt', {}, 'Acts'), h('dd', {}, this.account)), h('div', {}, h('dt', {}, 'Owner'), h('dd', {}, this.owner))),
      h('hr', { class: 'tear' }),
      h(
        'dl',
        { class: 'budgets' },
        h('div', {}, h('dt', {}, 'Gas left'), this.gasText, this.gasMeter),
        this.operations,
        h('div', { class: 'purse' }, h('dt', {}, 'Balance'), this.balance, isLocal(app.config) ? h('dd', {}, this.money) : null),
      ),
      h('div', { class: 'pass-buttons' }, this.lock, this.unlock, this.revoke, this.forget),
      this.fault,
      this.details.element,
    )
  }

  update() {
    const { session, restored, balances } = this.app
    if (session === null) return
    const { status } = session
    this.status.dataset['status'] = status
    setText(this.status, STATUS[status])
    this.restored.hidden = !restored
    showAddress(this.account, session.account)
    showAddress(this.owner, session.owner)
    setText(this.balance, balances === null ? '…' : ether(balances.native))
    const over = status === 'expired' || status === 'revoked'
    this.lock.hidden = over || status === 'locked'
    this.unlock.hidden = status !== 'locked'
    this.revoke.hidden = over
    setText(this.forget, over ? 'Get a new pass' : 'Forget')
    for (const each of [this.lock, this.unlock, this.revoke, this.forget, this.money]) each.disabled = this.busy
    this.details.update()
    this.tick()
  }

  /** What changes by itself. */
  tick() {
    const { session } = this.app
    if (session === null) return
    const { gas, operations, seconds } = session.remaining()
    const ended = session.status === 'revoked' ? 'taken back' : 'over'
    setText(this.countdown, seconds > 0 && session.status !== 'revoked' ? clock(seconds) : ended)
    this.countdown.title = `Ends ${session.expiresAt.toLocaleString()}`
    setText(this.gasText, ether(gas))
    const total = totalGas(session)
    this.gasMeter.hidden = total === null
    if (total !== null && total > 0n) this.gasMeter.value = Number((gas * 1000n) / total) / 1000
    this.operations.hidden = operations === null
    if (operations !== null) setText(this.operations.lastElementChild ?? this.operations, count(operations, 'operation'))
  }

  private async perform(act: (session: Session) => Promise<unknown>, done: string) {
    const { session } = this.app
    if (session === null || this.busy) return
    this.busy = true
    this.fault.replaceChildren()
    this.app.changed.emit()
    try {
      await act(session)
      announce(done)
    } catch (thrown) {
      const fault = faultOf(thrown)
      this.fault.replaceChildren(faultNote(fault, 'session-fault'))
      announce(fault.message)
    }
    this.busy = false
    this.app.changed.emit()
  }

  private async revokeWith(session: Session) {
    const wallet = this.app.wallet ?? this.app.wallets[0]
    if (wallet === undefined) throw new Error('The wallet that owns this session is not here.')
    await session.revoke({ owner: { provider: wallet.provider, address: session.owner } })
  }

  private async fundIt(session: Session) {
    await fund(this.app.config, session.account)
    await this.app.readBalances()
  }
}

function showAddress(element: HTMLElement, address: string) {
  setText(element, short(address, 8, 6))
  element.title = address
  element.dataset['address'] = address
}

/** The budget the scope began with, in wei; the canonical scope writes it as digits. */
function totalGas({ scope }: Session): bigint | null {
  try {
    return BigInt(scope.limits.gas.total)
  } catch {
    return null
  }
}

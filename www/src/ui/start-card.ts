// Before there is a session: which wallet, who pays for gas, and the one button. While it is asked for: how far it is.
import type { AnnouncedWallet, RequestStage } from 'hallpass'
import type { App } from '../app'
import { wordsOf } from '../config'
import { IN_SHORT } from '../scope'
import type { Start } from '../start'
import { DEV_WALLET } from '../wallet/dev-wallet'
import { button, h, setText } from './dom'
import { faultNote } from './fault'
import { sentenceList, TOPICS } from './sentences'
import { stolenSection } from './stolen'

const STEPS: readonly { readonly label: string; readonly stages: readonly RequestStage[] }[] = [
  { label: 'Connect the wallet', stages: ['choosing', 'connecting'] },
  { label: 'See who pays for gas', stages: ['funding', 'switching'] },
  { label: 'Sign once, in the wallet', stages: ['awaiting-signature'] },
  { label: 'Verify the signature here', stages: ['verifying', 'stored'] },
]

export class StartCard {
  readonly element = h('div', { class: 'pass-body start' })
  private shown = ''

  constructor(
    private readonly app: App,
    private readonly start: Start,
  ) {}

  /** Drawn anew only when something that it shows is another. */
  update() {
    const { app, start } = this
    const wallets = app.wallets.map(({ info }) => info.uuid)
    const risks = start.review?.worstCase?.map(({ text }) => text)
    const state = [start.busy, start.stage, start.funded, start.sentences.length, risks, start.fault, app.pending, app.sponsored, wallets]
    const shown = JSON.stringify(state)
    if (shown === this.shown) return
    this.shown = shown
    this.element.replaceChildren(...(start.busy ? this.progress() : this.offer()))
  }

  private offer(): HTMLElement[] {
    const { app, start } = this
    const parts: (HTMLElement | null)[] = [
      h('h2', { id: 'pass-title' }, 'Get your pass'),
      h('p', { class: 'quiet' }, 'One signature lets this page do this, and only this, for you:'),
      h('ul', { class: 'promises' }, ...IN_SHORT.map((text) => h('li', {}, text))),
      app.wallets.length > 0 ? this.walletChoice() : h('p', { class: 'fault' }, 'No wallet announced itself to this page. Install one, then reload.'),
      this.payerChoice(),
      button('start', 'Start a session', () => this.withWallet((wallet) => start.request(wallet)), { class: 'button primary big', disabled: app.wallets.length === 0 }),
      app.pending ? button('resume', 'Finish the signature you began', () => this.withWallet((wallet) => start.resume(wallet)), { class: 'button wide' }) : null,
      start.fault ? faultNote(start.fault, 'start-fault') : null,
      start.review ? h('details', { class: 'allowed' }, h('summary', {}, 'What if its key were stolen?'), stolenSection(start.review, wordsOf(app.config))) : null,
    ]
    return parts.filter((part) => part !== null)
  }

  private walletChoice(): HTMLElement {
    const chosen = this.app.wallet ?? this.app.wallets.find(({ info }) => info.rdns !== DEV_WALLET) ?? this.app.wallets[0]
    const options = this.app.wallets.map((wallet) => {
      const { info } = wallet
      const input = h('input', { type: 'radio', name: 'wallet', value: info.uuid, checked: wallet === chosen, 'data-testid': `wallet-${info.rdns}` })
      const icon = info.icon.startsWith('data:image/') ? h('img', { src: info.icon, alt: '', width: 28, height: 28 }) : null
      return h('label', { class: 'option' }, input, icon, h('span', {}, info.name))
    })
    return h('fieldset', { class: 'options' }, h('legend', {}, 'Wallet'), ...options)
  }

  private payerChoice(): HTMLElement {
    const input = h('input', { type: 'checkbox', 'data-testid': 'sponsored', checked: this.app.sponsored })
    input.addEventListener('change', () => {
      this.app.setSponsored(input.checked)
      void this.start.look()
    })
    return h('label', { class: 'option check' }, input, h('span', {}, 'Let the paymaster pay for gas'))
  }

  private progress(): HTMLElement[] {
    const { start } = this
    const current = STEPS.findIndex(({ stages }) => start.stage !== null && stages.includes(start.stage))
    const steps = STEPS.map(({ label }, index) => {
      const state = index < current ? 'done' : index === current ? 'now' : 'later'
      return h('li', { class: 'request-step', 'data-state': state, 'aria-current': state === 'now' ? 'step' : null }, label)
    })
    const stage = h('p', { class: 'quiet', 'data-testid': 'request-stage', 'data-stage': start.stage ?? '', role: 'status' })
    setText(stage, start.stage === 'awaiting-signature' ? 'Waiting for your wallet.' : 'One moment.')
    const parts: (HTMLElement | null)[] = [
      h('h2', { id: 'pass-title' }, 'Getting your pass'),
      h('ol', { class: 'request-steps' }, ...steps),
      start.funded ? h('p', { class: 'note', 'data-testid': 'funded' }, 'The account got 2 ETH from the local chain: a convenience of this demo.') : null,
      stage,
      start.sentences.length > 0 ? this.question() : null,
      button('cancel', 'Stop waiting', () => start.cancel(), { class: 'button wide' }),
    ]
    return parts.filter((part) => part !== null)
  }

  /** What the owner is asked: who acts, what it can cost at worst, and what it allows. */
  private question(): HTMLElement {
    const { start, app } = this
    const words = wordsOf(app.config)
    const rest = TOPICS.filter((topic) => topic !== 'actor')
    return h(
      'div',
      { class: 'question', 'data-testid': 'question' },
      h('section', { class: 'who' }, h('h3', {}, 'What you sign for'), sentenceList(start.sentences, words, ['actor'])),
      start.review && stolenSection(start.review, words),
      h('section', { class: 'what' }, sentenceList(start.sentences, words, rest)),
    )
  }

  private withWallet(use: (wallet: AnnouncedWallet) => Promise<void>) {
    const chosen = this.element.querySelector<HTMLInputElement>('input[name=wallet]:checked')?.value
    const wallet = this.app.wallets.find(({ info }) => info.uuid === chosen)
    if (wallet) void use(wallet)
  }
}

// What there is to know of an open session beyond its budgets: what a thief could take now, what it allows, who keeps its rules, what
// they cost.
import type { Session } from 'hallpass'
import type { App } from '../app'
import { wordsOf } from '../config'
import { h, setText } from './dom'
import { costTable, ruleTable } from './enforcement'
import { riskList } from './risks'
import { sentenceList } from './sentences'

export class SessionDetails {
  readonly element: HTMLElement
  private readonly risks = h('div', { 'data-testid': 'session-stolen' })
  private readonly sentences = h('div')
  private readonly custody = h('dl', { class: 'custody', 'data-testid': 'session-custody' })
  private readonly rules = h('div', { class: 'rules-place', 'data-testid': 'session-rules' })
  private readonly costs = h('div', { class: 'rules-place' })
  private readonly cost = h('span', { class: 'cost', 'data-testid': 'session-costs' })
  private readonly stolen: HTMLElement
  /** The session that is shown, and what its risks were computed from. */
  private session: Session | null = null
  private balances: App['balances'] | undefined

  constructor(private readonly app: App) {
    const roomy = matchMedia('(min-width: 60rem)').matches
    const fold = (title: string, open: boolean, ...content: HTMLElement[]) =>
      h('details', { class: 'allowed', open }, h('summary', {}, title), ...content)
    this.stolen = fold('If the key were stolen', true, this.risks)
    const costs = fold('What its rules cost', false, h('p', { class: 'quiet' }, 'Units of gas. What is later is for an operation that uses every rule.'), this.costs)
    costs.querySelector('summary')?.append(this.cost)
    const [allowed, rules] = [fold('What it allows', roomy, this.sentences), fold('Who keeps its rules', false, this.rules)]
    const custody = fold('Where its key is', false, this.custody)
    this.element = h('div', { class: 'folds' }, this.stolen, allowed, custody, rules, costs)
  }

  update() {
    const { session, balances, config } = this.app
    if (session === null) return
    // Nobody can do anything with the key of a session that is over.
    this.stolen.hidden = session.status === 'expired' || session.status === 'revoked'
    const words = wordsOf(config)
    const same = session === this.session
    if (!same) {
      this.session = session
      this.sentences.replaceChildren(sentenceList(session.explain(), words))
      this.custody.replaceChildren(...custodyRows(session))
      this.rules.replaceChildren(ruleTable(session.enforcement(), session.scope, words))
      const costs = session.costs()
      this.costs.replaceChildren(costTable(costs, words))
      setText(this.cost, `${costs.first.toLocaleString('en')} gas at first, then ${costs.later.toLocaleString('en')}`)
    }
    if (same && balances === this.balances) return
    this.balances = balances
    this.risks.replaceChildren(riskList(session.worstCase({ balances: balances ?? undefined }), words))
  }
}

const PLACES: Record<Session['custody']['tier'], string> = {
  memory: 'In the memory of this page',
  tab: 'Sealed, in this tab',
  device: 'Sealed, in this browser',
  passkey: 'Sealed under a passkey, in this browser',
  custom: 'Sealed, where this app keeps it',
}

function custodyRows({ custody }: Session): HTMLElement[] {
  const { tier, because, script, copiedProfile, closedTab } = custody
  const row = (term: string, text: string) => h('div', {}, h('dt', {}, term), h('dd', {}, text))
  return [
    row('Kept', because === null ? PLACES[tier] : `${PLACES[tier]}, because ${because.message}`),
    row('Script in the page', script),
    row('A copied profile', copiedProfile),
    row('A closed tab', closedTab),
  ]
}

// One attack as it is shown: what it wants, its code, and what came of it.
import { faultOf } from '../faults'
import { button, h } from '../ui/dom'
import { verdictOf, verdictText, type Attack, type Verdict } from './attack'
import { codeOf } from './list'
import type { Victim } from './victim'

export class Card {
  readonly button: HTMLButtonElement
  readonly element: HTMLElement
  verdict: Verdict | null = null
  private readonly outcome = h('div', {})

  constructor(readonly attack: Attack, run: () => void) {
    const { id, title, wants, promise, limit } = attack
    this.button = button(`run-${id}`, 'Run', run, { class: 'button small', 'aria-label': `Run: ${title}` })
    this.element = h(
      'article',
      { class: 'card attack', 'data-testid': 'attack', 'data-id': id },
      h('div', { class: 'attack-head' }, h('h3', {}, title), this.button),
      h('p', {}, `Wants ${wants}.`),
      h('p', { class: 'quiet' }, `Aimed at ${promise}${limit ? `; see ${limit.name}` : ''}.`),
      this.outcome,
      h('details', {}, h('summary', {}, 'The code'), h('pre', { tabindex: 0 }, h('code', {}, codeOf(attack)))),
    )
  }

  async run(victim: Victim): Promise<void> {
    delete this.element.dataset['verdict']
    this.outcome.replaceChildren(h('p', { class: 'quiet' }, 'Running…'))
    try {
      const result = await this.attack.run(victim)
      this.show(verdictOf(this.attack, result), result.facts)
    } catch (thrown) {
      const { code, message } = thrown instanceof Error && !('code' in thrown) ? { code: '', message: thrown.message } : faultOf(thrown)
      this.show('not-made', [code === '' ? message : `${code}: ${message}`])
    }
  }

  private show(verdict: Verdict, facts: readonly string[]) {
    this.verdict = verdict
    this.element.dataset['verdict'] = verdict
    this.outcome.replaceChildren(
      h('p', { class: 'attack-verdict', 'data-testid': 'verdict' }, verdictText(this.attack, verdict)),
      h('ul', { 'data-testid': 'facts' }, ...facts.map((fact) => h('li', {}, fact))),
    )
  }
}

// Tries what the session must not do, and shows how it is refused.
import type { Violation } from 'hallpass'
import type { Action } from '../actions'
import type { App } from '../app'
import { faultOf, type Fault } from '../faults'
import { readable } from '../format'
import { announce, button, byId, h } from './dom'
import { faultNote } from './fault'
import { icon } from './icons'

export function mountRefusals(app: App) {
  const result = h('div', { class: 'refusal-place', 'aria-live': 'polite' })
  const { gold, amount, value } = app.actions.forbidden
  const attempt = (testId: string, action: Action) =>
    button(testId, action.label, () => void attemptOf(app, action).then((shown) => result.replaceChildren(shown)))
  const buttons = [attempt('out-of-scope', gold), attempt('out-of-scope-amount', amount), attempt('out-of-scope-value', value)]
  byId('refusals').append(
    h('h2', { id: 'refusals-title' }, 'Try something it must refuse'),
    h('p', { class: 'quiet' }, 'What a bug, or a stolen page, could ask for.'),
    h('div', { class: 'choices' }, ...buttons),
    result,
  )
  const update = () => {
    for (const each of buttons) each.disabled = !app.playable
    byId('refusals').hidden = app.session === null
    if (app.session === null) result.replaceChildren()
  }
  app.changed.on(update)
  update()
}

/** Asks the session first, then sends anyway: both must refuse. */
async function attemptOf({ session }: App, action: Action): Promise<HTMLElement> {
  if (session === null) return h('p')
  try {
    const violations = session.check(action.calls)
    await session.sendCalls({ calls: action.calls }).wait()
    return violations.length === 0 ? h('p', {}, `The session allows this: ${action.label}.`) : h('p', {}, 'It was sent although it is out of scope.')
  } catch (thrown) {
    const fault = faultOf(thrown)
    announce(`Refused: ${fault.message}`)
    return refusal(action, fault, session.check(action.calls))
  }
}

function refusal({ label }: Action, fault: Fault, violations: readonly Violation[]): HTMLElement {
  const rules = violations.map(({ path, wanted, got }) =>
    h(
      'dl',
      { class: 'violation', 'data-testid': 'violation' },
      h('div', {}, h('dt', {}, 'Rule'), h('dd', {}, h('code', {}, path))),
      h('div', {}, h('dt', {}, 'Allowed'), h('dd', {}, readable(wanted))),
      h('div', {}, h('dt', {}, 'Asked'), h('dd', {}, readable(got))),
    ),
  )
  return h(
    'div',
    { class: 'refusal', 'data-testid': 'refusal', 'data-code': fault.code },
    h('h3', {}, icon('shield'), `${violations.length > 0 ? 'Refused' : 'Failed'}: ${label}`),
    faultNote(fault, 'refusal-fault'),
    ...rules,
    violations.length > 0 && h('p', { class: 'quiet' }, 'Nothing was signed and nothing was sent.'),
  )
}

// Who keeps which rule: the chain, or this page alone. A thief with the key is bound by the chain's rules only.
import type { CanonicalCall, CanonicalScope, EnforcementReport, GasCosts, RuleEnforcement } from 'hallpass'
import { count } from '../format'
import { inWords, named, type Words } from '../words'
import { h } from './dom'

const isLocal = ({ enforcedBy }: RuleEnforcement) => enforcedBy === 'local'

/** Rules that only this page keeps. Those that come with every scope are folded away: nobody chose them. */
export function localRules({ rules }: EnforcementReport, scope: CanonicalScope, words: Words): HTMLElement {
  const local = rules.filter(isLocal)
  const [chosen, implicit] = [local.filter((rule) => !rule.implicit), local.filter((rule) => rule.implicit)]
  const list = (shown: readonly RuleEnforcement[]) => h('ul', { class: 'local-rules' }, ...shown.map((rule) => localRule(rule, scope, words)))
  return h(
    'div',
    { class: 'local' },
    chosen.length > 0 ? list(chosen) : h('p', {}, 'None of this pass’s own rules: the chain keeps them all.'),
    implicit.length > 0 && h('details', {}, h('summary', {}, `${count(implicit.length, 'more rule')} that every pass has`), list(implicit)),
  )
}

function localRule(rule: RuleEnforcement, scope: CanonicalScope, words: Words): HTMLElement {
  return h(
    'li',
    { class: 'local-rule', 'data-testid': 'local-rule', 'data-path': rule.path, 'data-implicit': String(rule.implicit) },
    h('p', {}, ...ruleInWords(rule, scope, words)),
    rule.reason !== null && h('p', { class: 'why' }, `Not on chain: ${rule.reason}.`),
  )
}

/** Every rule with its keeper, those of this page first. */
export function ruleTable({ rules }: EnforcementReport, scope: CanonicalScope, words: Words): HTMLElement {
  const sorted = [...rules.filter(isLocal), ...rules.filter((rule) => !isLocal(rule))]
  const rows = sorted.map((rule) => {
    const { enforcedBy, contract, reason, path } = rule
    const keeper = contract === null ? 'this page only' : contract.name
    const title = contract === null ? reason : `${contract.name} at ${contract.address}`
    return h(
      'tr',
      { 'data-testid': 'rule', 'data-by': enforcedBy, 'data-path': path },
      h('td', { class: !isLocal(rule) && /^calls\[\d+\]\./.test(path) && 'sub', title: path }, ...ruleInWords(rule, scope, words)),
      h('td', { class: 'keeper', title }, keeper),
    )
  })
  const head = h('tr', {}, h('th', { scope: 'col' }, 'Rule'), h('th', { scope: 'col' }, 'Kept by'))
  return h('table', { class: 'rules' }, h('thead', {}, head), h('tbody', {}, ...rows))
}

/** Units of gas that the rules take, part by part. */
export function costTable({ first, later, parts }: GasCosts, words: Words): HTMLElement {
  const row = (what: string, once: bigint, each: bigint, props = {}) =>
    h('tr', props, h('td', {}, ...inWords(what, words)), h('td', {}, once.toLocaleString('en')), h('td', {}, each.toLocaleString('en')))
  const head = h('tr', {}, ...['For', 'First', 'Later'].map((title) => h('th', { scope: 'col' }, title)))
  const body = parts.map((part) => row(part.what, part.first, part.later))
  return h('table', { class: 'rules costs' }, h('thead', {}, head), h('tbody', {}, ...body, row('All of them', first, later, { class: 'sum' })))
}

const callOf = ({ path }: RuleEnforcement, { calls }: CanonicalScope): CanonicalCall | undefined =>
  calls[Number(/^calls\[(\d+)\]/.exec(path)?.[1] ?? Number.NaN)]

/** Numbers in a rule about a call's arguments count what the called contract counts. */
function ruleInWords(rule: RuleEnforcement, scope: CanonicalScope, words: Words): (Node | string)[] {
  const call = callOf(rule, scope)
  const text = inWords(rule.rule, words, rule.path.includes('.args') ? call?.to : undefined)
  // Rules of this page are shown apart from the call that they are about.
  return isLocal(rule) && call ? [...text, `, in ${call.function ?? 'payments'} of `, named(call.to, words)] : text
}

// The list of operations: a row each, with its stages and what it cost.
import { count, elapsed, ether, short } from '../format'
import type { Operation, Operations, Stage } from '../operations'
import { byId, h, setText } from './dom'
import { faultNote } from './fault'

/** Stages as steps of the bar. `queued` and `sponsored` happen to some operations only. */
const STEPS: readonly Stage[] = ['checked', 'estimated', 'signed', 'sent', 'included']

const WORDS: Record<Stage, string> = {
  started: 'checking',
  checked: 'in scope',
  queued: 'queued behind the first operation',
  estimated: 'gas estimated',
  sponsored: 'paymaster pays',
  signed: 'signed here',
  sent: 'sent to the bundler',
  included: 'included',
  final: 'final',
  replaced: 'another took its place',
  dropped: 'never lands',
  unknown: 'may still land',
  failed: 'failed',
}

export function mountOperations(operations: Operations) {
  const rows = new Map<Operation, Row>()
  const list = h('ol', { class: 'operations', 'data-testid': 'operations' })
  const empty = h('p', { class: 'empty' }, 'Nothing yet. Every action shows here how far it is and what its gas cost.')
  byId('operations').append(h('h2', { id: 'operations-title' }, 'Operations'), empty, list)
  operations.changed.on(() => {
    empty.hidden = operations.all.length > 0
    for (const operation of [...operations.all].reverse()) {
      let row = rows.get(operation)
      if (row === undefined) {
        row = new Row(operation)
        rows.set(operation, row)
        list.prepend(row.element)
      }
      row.update()
    }
  })
}

class Row {
  readonly element: HTMLElement
  private readonly state = h('span', { class: 'operation-state' })
  private readonly facts = h('p', { class: 'operation-facts' })
  private readonly steps = STEPS.map((step) => h('span', { class: 'step', title: WORDS[step] }))
  private note: HTMLElement | null = null

  constructor(private readonly operation: Operation) {
    const calls = operation.calls > 1 ? h('span', { class: 'operation-calls' }, count(operation.calls, 'call')) : null
    this.element = h(
      'li',
      { class: 'operation', 'data-testid': 'operation' },
      h('p', { class: 'operation-head' }, h('span', { class: 'operation-label' }, operation.label, calls), this.state),
      h('div', { class: 'steps', 'aria-hidden': 'true' }, ...this.steps),
      this.facts,
    )
  }

  update() {
    const { stage, passed, receipt, took, fault } = this.operation
    this.element.dataset['stage'] = stage
    setText(this.state, WORDS[stage])
    const reached = Math.max(...passed.map((name) => STEPS.indexOf(name)), -1)
    this.steps.forEach((step, index) => step.toggleAttribute('data-reached', index <= reached))
    const facts = [took === undefined ? null : elapsed(took)]
    if (receipt) facts.push(`${receipt.gasUsed.toLocaleString('en')} gas`, ether(receipt.gasCost))
    setText(this.facts, facts.filter(Boolean).join(' · '))
    if (receipt) {
      this.element.dataset['hash'] = receipt.userOpHash
      this.element.title = `Operation ${short(receipt.userOpHash)} in transaction ${short(receipt.transactionHash)}, block ${receipt.blockNumber}`
    }
    if (fault && this.note === null) {
      this.note = faultNote(fault)
      this.element.append(this.note)
    } else if (fault === undefined) {
      this.note?.remove()
      this.note = null
    }
  }
}

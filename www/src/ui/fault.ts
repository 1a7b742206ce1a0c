// An error as people get to see it: what happened, and what to do.
import type { Fault } from '../faults'
import { readable } from '../format'
import { h } from './dom'

export const faultNote = ({ code, message, remedy }: Fault, testId = 'fault'): HTMLElement =>
  h(
    'div',
    { class: 'fault', 'data-testid': testId, 'data-code': code },
    h('p', { class: 'fault-message' }, readable(message)),
    h('p', { class: 'fault-remedy' }, remedy),
    h('p', { class: 'fault-code' }, h('code', {}, code)),
  )

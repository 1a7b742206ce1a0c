// The development wallet's confirmation: a dialog of its own, as a wallet's window would be.
import { button, h } from '../ui/dom'

/** What the wallet asks its user. */
export interface Question {
  readonly title: string
  /** What it means, in a sentence. */
  readonly meaning: string
  /** Names and values, in order. A value of several lines is shown as a block. */
  readonly details: readonly (readonly [name: string, value: string])[]
  readonly approve: string
}

let last: Promise<unknown> = Promise.resolve()

/** Asks; resolves with the answer. Questions come one after the other. */
export function ask(question: Question): Promise<boolean> {
  const answer = last.then(() => show(question))
  last = answer
  return answer
}

function show({ title, meaning, details, approve }: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (approved: boolean) => () => {
      dialog.close()
      dialog.remove()
      resolve(approved)
    }
    const list = h('dl', { class: 'wallet-details' })
    for (const [name, value] of details) list.append(h('div', {}, h('dt', {}, name), h('dd', {}, value)))
    const dialog = h(
      'dialog',
      { class: 'wallet', 'data-testid': 'dev-wallet-dialog', 'aria-labelledby': 'wallet-title', 'aria-describedby': 'wallet-meaning' },
      h('p', { class: 'wallet-brand' }, h('span', {}, 'Development wallet'), h('span', { class: 'tag' }, 'local chain only')),
      h('h2', { id: 'wallet-title' }, title),
      h('p', { id: 'wallet-meaning' }, meaning),
      list,
      h(
        'div',
        { class: 'wallet-answers' },
        button('dev-wallet-reject', 'Reject', answer(false)),
        button('dev-wallet-approve', approve, answer(true), { class: 'button primary', autofocus: true }),
      ),
    )
    // Escape rejects, as closing a wallet's window does.
    dialog.addEventListener('cancel', (event) => {
      event.preventDefault()
      answer(false)()
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

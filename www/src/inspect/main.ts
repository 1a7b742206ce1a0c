// The page that says what bytes allow: decodes what is pasted, as it is typed. Nothing here reaches beyond the page.
import { inspect } from 'hallpass/inspect'
import { announce, button, byId, h } from '../ui/dom'
import { resultOf, unreadable } from './result'
import { SAMPLES } from './samples'

/** Milliseconds of silence before what is typed is decoded. */
const PAUSE = 250

const input = byId('input') as HTMLTextAreaElement
const result = byId('result')
const hint = h('p', { class: 'empty' }, 'What the bytes allow will be told here.')
let timer = 0
/** Only the answer to the newest question is shown. */
let asked = 0

async function decode() {
  clearTimeout(timer)
  const text = input.value.trim()
  const question = (asked += 1)
  if (text === '') return result.replaceChildren(hint)
  const shown = await inspect(text).then(resultOf, (thrown: unknown) => unreadable(text, thrown))
  if (question !== asked) return
  result.replaceChildren(shown)
  announce(shown.querySelector('h2')?.textContent ?? '')
}

function fill(text: string) {
  input.value = text
  input.scrollTop = 0
  void decode()
}

input.addEventListener('input', (event) => {
  clearTimeout(timer)
  if (event instanceof InputEvent && event.inputType === 'insertFromPaste') void decode()
  else timer = window.setTimeout(() => void decode(), PAUSE)
})
const buttons = SAMPLES.map(({ id, label, text }) => button(`sample-${id}`, label, () => fill(text()), { class: 'button small' }))
byId('samples').append(...buttons, button('clear', 'Clear', () => fill(''), { class: 'button small plain' }))
// A browser may bring back what was pasted before a reload.
await decode()
document.documentElement.dataset['ready'] = 'yes'

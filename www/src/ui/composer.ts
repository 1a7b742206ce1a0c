// Where a post is written.
import { button, h, setText } from './dom'

/** Most bytes of a post; the contract refuses more. */
const LONGEST = 280

export class Composer {
  readonly element = h('form', { class: 'composer' })
  private readonly text = h('textarea', { rows: 2, placeholder: 'Say something on chain', 'aria-label': 'Your post', 'data-testid': 'post-text' })
  private readonly left = h('span', { class: 'quiet' })
  private readonly submit = button('post', 'Post', () => void this.send(), { class: 'button primary' })
  private isEnabled = false

  constructor(private readonly post: (text: string) => Promise<boolean>) {
    this.element.append(this.text, h('div', { class: 'composer-foot' }, this.left, this.submit))
    this.element.addEventListener('submit', (event) => event.preventDefault())
    this.text.addEventListener('input', () => this.update())
    this.text.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void this.send()
    })
    this.update()
  }

  set enabled(enabled: boolean) {
    if (enabled === this.isEnabled) return
    this.isEnabled = enabled
    this.update()
  }

  private get length(): number {
    return new TextEncoder().encode(this.text.value.trim()).length
  }

  /** The text comes back if it was not posted and nothing new was begun. */
  private async send() {
    const text = this.text.value.trim()
    if (this.submit.disabled) return
    this.text.value = ''
    this.update()
    if (!(await this.post(text)) && this.text.value === '') this.text.value = text
    this.update()
  }

  private update() {
    this.text.disabled = !this.isEnabled
    this.submit.disabled = !this.isEnabled || this.length === 0 || this.length > LONGEST
    setText(this.left, this.length === 0 ? '' : `${LONGEST - this.length} left`)
  }
}

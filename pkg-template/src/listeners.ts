import { HallpassError } from './error.js'
import { tell } from './sending.js'

/** Listeners of events, by name. */
export class Listeners<Events> {
  readonly #all: { [E in keyof Events]?: Set<(detail: Events[E]) => void> } = {}
  readonly #names: readonly string[]

  /** `names` has those of all events. */
  constructor(names: { readonly [E in keyof Events]: true }) {
    this.#names = Object.keys(names)
  }

  /**
   * Calls back at every event from now on; answers how to stop.
   *
   * @throws `HallpassError` `input.invalid` for an event that there is not, `input.type` for a listener that is no function
   */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void {
    const refuse = (code: 'input.invalid' | 'input.type', shortMessage: string) => new HallpassError({ code, shortMessage })
    if (!this.#names.includes(event as string)) throw refuse('input.invalid', `no event ${String(event)}; there are ${this.#names.join(', ')}`)
    if (typeof listener !== 'function') throw refuse('input.type', `the listener of ${String(event)} is no function`)
    const listeners = (this.#all[event] ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  emit<E extends keyof Events>(event: E, detail: Events[E]): void {
    for (const listener of this.#all[event] ?? []) tell(() => listener(detail))
  }
}

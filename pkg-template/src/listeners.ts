import { tell } from './sending.js'

/** Listeners of events, by name. */
export class Listeners<Events> {
  readonly #all: { [E in keyof Events]?: Set<(detail: Events[E]) => void> } = {}

  /** Calls back at every event from now on; answers how to stop. */
  on<E extends keyof Events>(event: E, listener: (detail: Events[E]) => void): () => void {
    const listeners = (this.#all[event] ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  emit<E extends keyof Events>(event: E, detail: Events[E]): void {
    for (const listener of this.#all[event] ?? []) tell(() => listener(detail))
  }
}

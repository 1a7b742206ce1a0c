import { HallpassError } from './error.js'

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
    checkListener(this.#names, event, listener)
    const listeners = (this.#all[event] ??= new Set())
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  emit<E extends keyof Events>(event: E, detail: Events[E]): void {
    for (const listener of this.#all[event] ?? []) tell(() => listener(detail))
  }
}

/**
 * Refuses what is listened to in vain.
 *
 * @throws `HallpassError` `input.invalid`, `input.type`
 */
export function checkListener(names: readonly string[], event: unknown, listener: unknown): void {
  const refuse = (code: 'input.invalid' | 'input.type', shortMessage: string) => new HallpassError({ code, shortMessage })
  if (!(names as readonly unknown[]).includes(event)) throw refuse('input.invalid', `no event ${String(event)}; there are ${names.join(', ')}`)
  if (typeof listener !== 'function') throw refuse('input.type', `the listener of ${String(event)} is no function`)
}

/** What a listener of the app throws is reported as its own, and stops nothing here. */
export function tell(listener: () => void): void {
  try {
    listener()
  } catch (fault) {
    queueMicrotask(() => {
      throw fault
    })
  }
}

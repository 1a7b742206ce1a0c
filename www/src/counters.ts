// What the player was asked, beside what they would have been asked without sessions. Kept for the tab, as the session is.
import { Signal } from './signal'
import type { PromptCounter } from './wallet/counted'

interface Counts {
  /** Typed data the owner signed. */
  signatures: number
  /** Everything the wallet asked, connecting included. */
  prompts: number
  /** Operations included on chain. */
  operations: number
  /** Prompts of a plain account: one to connect, and one for every call. */
  without: number
}

const STORED = 'hallpass-demo:counters'
const NOTHING: Counts = { signatures: 0, prompts: 0, operations: 0, without: 0 }

export class Counters implements PromptCounter {
  readonly changed = new Signal()
  private counts: Counts = load()

  get now(): Readonly<Counts> {
    return this.counts
  }

  prompt(method: string) {
    this.add({ prompts: 1, without: method === 'eth_requestAccounts' ? 1 : 0 })
  }

  signature() {
    this.add({ signatures: 1 })
  }

  /** An operation with this many calls is on chain. */
  operation(calls: number) {
    this.add({ operations: 1, without: calls })
  }

  reset() {
    this.counts = { ...NOTHING }
    this.add({})
  }

  private add({ signatures = 0, prompts = 0, operations = 0, without = 0 }: Partial<Counts>) {
    this.counts.signatures += signatures
    this.counts.prompts += prompts
    this.counts.operations += operations
    this.counts.without += without
    sessionStorage.setItem(STORED, JSON.stringify(this.counts))
    this.changed.emit()
  }
}

function load(): Counts {
  try {
    return { ...NOTHING, ...(JSON.parse(sessionStorage.getItem(STORED) ?? '{}') as Partial<Counts>) }
  } catch {
    return { ...NOTHING }
  }
}

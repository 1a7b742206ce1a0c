// What an attack is, and what comes of it.
import type { Victim } from './victim'

export interface Attack {
  /** Name of its file. */
  readonly id: string
  readonly title: string
  /** What the attacker is after. */
  readonly wants: string
  /** The promise of SECURITY.md that it is aimed at. */
  readonly promise: string
  /** The limit that says beforehand that it works, and what to do about it. Left out where it must not work. */
  readonly limit?: { readonly name: string; readonly advice: string }
  /** Leaves the session as it found it. Throws when the attack cannot be made at all. */
  run(victim: Victim): Promise<Result>
}

export interface Result {
  /** Whether the attacker got what they were after. */
  readonly got: boolean
  /** What happened, in sentences. */
  readonly facts: readonly string[]
}

/** `limit`: it worked, as a limit says. `broken`: it worked against a promise. */
export type Verdict = 'holds' | 'limit' | 'broken' | 'not-made'

export function verdictOf({ limit }: Attack, { got }: Result): Verdict {
  if (!got) return 'holds'
  return limit ? 'limit' : 'broken'
}

/** The verdict in a sentence. */
export function verdictText({ promise, limit }: Attack, verdict: Verdict): string {
  switch (verdict) {
    case 'holds':
      return `Holds (${promise}).`
    case 'limit':
      return `Does not hold, as ${limit?.name} says. ${limit?.advice}`
    case 'broken':
      return `Does not hold, against ${promise}. This is a fault: please report it as SECURITY.md says.`
    case 'not-made':
      return 'The attack could not be made, so nothing is known.'
  }
}

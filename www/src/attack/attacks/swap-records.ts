import type { Attack } from '../attack'
import { recordOf, stateOf, writeRecord, writeState } from '../tools/storage'
import { refusal } from '../victim'

/** A record with the sealed key of another. */
const withSealOf = (text: string, other: string): string =>
  JSON.stringify({ ...(JSON.parse(text) as object), sealed: (JSON.parse(other) as { sealed: string }).sealed })

// Two sessions of one account: the sealed key, then the state, of one in the place of the other's.
export const attack: Attack = {
  id: 'swap-records',
  title: 'Swap the keys and the counters of two sessions',
  wants: 'one session with the key or the budgets of another',
  promise: 'P6',
  async run(victim) {
    const other = await victim.second()
    const [mine, theirs] = [recordOf(victim.session), recordOf(other)]
    const [state, otherState] = [await stateOf(mine), await stateOf(theirs)]
    try {
      victim.session.suspend()
      writeRecord(mine, withSealOf(mine.text, theirs.text))
      const key = await refusal(victim.session.unlock())
      writeRecord(mine, theirs.text)
      const whole = await refusal(victim.session.unlock())
      writeRecord(mine, mine.text)
      await writeState(mine, otherState)
      const counters = await refusal(victim.session.refresh())
      return {
        got: [key, whole, counters].includes(null),
        facts: [`Its sealed key: ${key ?? 'taken'}.`, `Its whole record: ${whole ?? 'taken'}.`, `Its counters: ${counters ?? 'taken'}.`],
      }
    } finally {
      writeRecord(mine, mine.text)
      await writeState(mine, state)
      await other.forget()
    }
  },
}

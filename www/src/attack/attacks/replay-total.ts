import type { Attack } from '../attack'
import { recordOf, stateOf, writeState } from '../tools/storage'
import { refusal } from '../victim'

// The scope allows one tip in all. No contract of this account keeps sums, so only this browser counts: `enforcement()` says "local".
export const attack: Attack = {
  id: 'replay-total',
  title: 'Put old counters back: a total that only this browser keeps',
  wants: 'two tips where the scope allows one',
  promise: 'P6',
  limit: { name: 'P6', advice: 'Its counters may be stale. The owner accepted this rule as one that only this browser enforces; the worst case never counts on it.' },
  async run(victim) {
    const record = recordOf(victim.session)
    const old = await stateOf(record)
    await victim.send(victim.tip())
    const second = await refusal(victim.send(victim.tip()))
    if (second === null) return { got: true, facts: ['A second tip went through without any replay.'] }
    const newest = await stateOf(record)
    await writeState(record, old)
    try {
      const found = await victim.afterReload()
      const replayed = found.session ? await refusal(victim.send(victim.tip(), found.session)) : found.why
      return {
        got: replayed === null,
        facts: [`A second tip: ${second}.`, `A second tip after the replay: ${replayed ?? 'included on chain'}.`],
      }
    } finally {
      await writeState(record, newest)
      await victim.session.refresh()
    }
  },
}

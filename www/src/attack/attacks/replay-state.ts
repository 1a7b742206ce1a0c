import type { Attack } from '../attack'
import { recordOf, stateOf, writeState } from '../tools/storage'

// Puts counters of before an operation back. They open: they are the session's own, only older.
export const attack: Attack = {
  id: 'replay-state',
  title: 'Put old counters back: the gas budget',
  wants: 'a gas budget that is spent twice, or a session with another key or scope',
  promise: 'P6',
  async run(victim) {
    const { session } = victim
    const record = recordOf(session)
    const before = session.remaining().gas
    const old = await stateOf(record)
    await victim.send(victim.move())
    const left = session.remaining().gas
    if (left >= before) throw new Error('The operation counted nothing.')
    const newest = await stateOf(record)
    await writeState(record, old)
    try {
      const found = await victim.afterReload()
      if (found.session === null) return { got: false, facts: [`After a reload: ${found.why}.`] }
      const again = found.session.remaining().gas
      const same = found.session.key.address === session.key.address && found.session.scopeHash === session.scopeHash
      return {
        got: again > left || !same,
        facts: [
          `Left of the gas budget: ${before} wei before the operation, ${left} after it, ${again} after the replay.`,
          `Key and scope are ${same ? 'the same' : 'others'}.`,
          'What is left was read from the contract that keeps the budget.',
        ],
      }
    } finally {
      await writeState(record, newest)
    }
  },
}

import type { Attack } from '../attack'
import { recordOf, stateOf, writeState } from '../tools/storage'
import { refusal } from '../victim'

// Keeps the state of before the lock and puts it back. Script that reaches the session object need not even do that: it calls `unlock()`.
export const attack: Attack = {
  id: 'unlock-replay',
  title: 'Unlock a locked session with a state of before the lock',
  wants: 'a locked session that signs',
  promise: 'P5',
  limit: { name: 'N1', advice: 'A lock is for people and for other tabs. Against script in the origin only the scope, expiry and revocation help.' },
  async run(victim) {
    const { session } = victim
    const record = recordOf(session)
    const open = await stateOf(record)
    await session.lock()
    try {
      const here = await refusal(victim.send(victim.move()))
      await writeState(record, open)
      const found = await victim.afterReload()
      const there = found.session ? await refusal(victim.send(victim.move(), found.session)) : found.why
      return {
        got: there === null,
        facts: [`The locked session: ${here ?? 'signed'}.`, `After the replay and a reload: ${there ?? 'signed, and included on chain'}.`],
      }
    } finally {
      await session.unlock()
    }
  },
}

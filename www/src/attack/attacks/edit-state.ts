import type { Attack } from '../attack'
import { recordOf, stateOf, writeState } from '../tools/storage'
import { refusal } from '../victim'

// Counters, lock and grant signature are sealed: without the wrapping key they can only be changed blindly.
export const attack: Attack = {
  id: 'edit-state',
  title: 'Change a byte of the sealed counters',
  wants: 'budgets other than those that are left',
  promise: 'P6',
  async run(victim) {
    const record = recordOf(victim.session)
    const state = await stateOf(record)
    const middle = state.length >> 1
    const digit = state[middle] === '0' ? '1' : '0'
    await writeState(record, state.slice(0, middle) + digit + state.slice(middle + 1))
    try {
      const code = await refusal(victim.session.refresh())
      const found = await victim.afterReload()
      return {
        got: code === null || found.session !== null,
        facts: [`The open session: ${code ?? 'took it'}.`, `After a reload: ${found.session ? 'a session' : found.why}.`],
      }
    } finally {
      await writeState(record, state)
    }
  },
}

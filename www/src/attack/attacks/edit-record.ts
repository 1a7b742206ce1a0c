import type { Attack } from '../attack'
import { recordOf, writeRecord } from '../tools/storage'
import { MOST, refusal, scopeOf } from '../victim'

// Writes a wider scope into the stored record: 500 items at a time, not 5.
export const attack: Attack = {
  id: 'edit-record',
  title: 'Widen the scope in the stored record',
  wants: 'a session that buys more than the owner allowed',
  promise: 'P6',
  async run(victim) {
    const record = recordOf(victim.session)
    const wider = record.text.replace(`"lte":"${MOST}"`, `"lte":"${100 * MOST}"`)
    if (wider === record.text) throw new Error('The record says nothing of the limit.')
    writeRecord(record, wider)
    try {
      victim.session.suspend()
      const code = await refusal(victim.session.unlock())
      const found = await victim.afterReload(scopeOf(victim.config, 100 * MOST))
      return {
        got: code === null || found.session !== null,
        facts: [`The open session: ${code ?? 'opened its key'}.`, `After a reload: ${found.session ? 'a wider session' : found.why}.`],
      }
    } finally {
      writeRecord(record, record.text)
    }
  },
}

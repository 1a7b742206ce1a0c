import type { Attack } from '../attack'
import { recordOf, stateOf, writeState } from '../tools/storage'
import { refusal } from '../victim'

// That the session is locked is written in its sealed state. Here it is overwritten, cut, and emptied.
export const attack: Attack = {
  id: 'unlock-edit',
  title: 'Unlock a locked session by editing storage',
  wants: 'a locked session that signs',
  promise: 'P5',
  async run(victim) {
    const { session } = victim
    const record = recordOf(session)
    await session.lock()
    const locked = await stateOf(record)
    const facts: string[] = []
    let got = false
    try {
      const edits = { 'as it is': locked, overwritten: locked.replaceAll('0', '1'), cut: locked.slice(0, -2), emptied: '' }
      for (const [how, text] of Object.entries(edits)) {
        await writeState(record, text)
        const here = await refusal(victim.send(victim.move()))
        const found = await victim.afterReload()
        const there = found.session ? await refusal(victim.send(victim.move(), found.session)) : found.why
        got ||= here === null || there === null
        facts.push(`State ${how}: ${here ?? 'signed'}; after a reload ${there ?? 'signed'}.`)
      }
    } finally {
      await writeState(record, locked)
      await session.unlock()
    }
    return { got, facts }
  },
}

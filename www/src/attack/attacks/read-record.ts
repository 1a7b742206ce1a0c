import type { Attack } from '../attack'
import { boundOf, claim, openRecord, publicKeyOf } from '../tools/key'
import { recordOf, wrappingKeyOf } from '../tools/storage'

// The wrapping key cannot be exported, but any script in the origin can read its handle and decrypt with it.
export const attack: Attack = {
  id: 'read-record',
  title: 'Decrypt the stored record with the wrapping key in IndexedDB',
  wants: 'the key, out of storage alone',
  promise: 'P4',
  limit: { name: 'N2', advice: 'With a passkey the wrapping key is not stored; then this works only after a gesture.' },
  async run(victim) {
    const record = recordOf(victim.session)
    const wrapping = await wrappingKeyOf(record)
    const opened = await openRecord(wrapping, record.text, boundOf(record.text, 'key'))
    return claim(victim.session, victim.config.chain, opened.length, publicKeyOf(opened))
  },
}

import type { Attack } from '../attack'
import { boundOf, fromHex, openRecord, seal } from '../tools/key'
import { recordOf, stateOf, wrappingKeyOf, writeRecord, writeState, type StoredRecord } from '../tools/storage'
import { MOST, scopeOf, told } from '../victim'

// With the wrapping key everything can be sealed anew, bound to a wider scope. Then this package is fooled, and the chain decides.
export const attack: Attack = {
  id: 'widen-stolen',
  title: 'Seal the session anew with a wider scope, and use it',
  wants: 'a purchase of 500 items where the owner allowed 5',
  promise: 'P1 and P3',
  async run(victim) {
    const record = recordOf(victim.session)
    const state = await stateOf(record)
    try {
      const { text, sealedState } = await forge(record, state)
      writeRecord(record, text)
      await writeState(record, sealedState)
      const found = await victim.afterReload(scopeOf(victim.config, 100 * MOST))
      if (found.session === null) return { got: false, facts: [`After a reload: ${found.why}.`] }
      const allowed = found.session.check([victim.buy(500n)]).length === 0
      const five = await told(victim.send(victim.buy(5n), found.session))
      const sent = await told(victim.send(victim.buy(500n), found.session))
      // Unless the forged session works at all, the refusal proves nothing.
      if (!allowed || five !== null) throw new Error(`The forged session does not work: ${five ?? 'its check refuses'}.`)
      return {
        got: sent === null,
        facts: [
          'The forged record was taken. Its check allows 500 items.',
          'A purchase of 5 items was included on chain.',
          `A purchase of 500: ${sent ?? 'included on chain'}.`,
          'Refused by the contracts that hold what the owner signed, not by this page.',
        ].slice(0, sent === null ? 3 : 4),
      }
    } finally {
      writeRecord(record, record.text)
      await writeState(record, state)
    }
  },
}

async function forge(record: StoredRecord, state: string) {
  const wrapping = await wrappingKeyOf(record)
  const key = await openRecord(wrapping, record.text)
  const wider = record.text.replace(`"lte":"${MOST}"`, `"lte":"${100 * MOST}"`)
  const sealed = await seal(wrapping, key, boundOf(wider, 'key'))
  const iv = fromHex(state.slice(0, 24))
  const algorithm = { name: 'AES-GCM', iv, additionalData: boundOf(record.text, 'state') }
  const plain = new Uint8Array(await crypto.subtle.decrypt(algorithm, wrapping, fromHex(state.slice(24))))
  const sealedState = await seal(wrapping, plain, boundOf(wider, 'state'))
  return { text: wider.replace(/"sealed":"0x[0-9a-f]+"/, `"sealed":"0x${sealed}"`), sealedState }
}

import type { Attack } from '../attack'
import { claim, publicKeyOf } from '../tools/key'
import { bytesOf, patch } from '../tools/patch'

// Gives the module random bytes of the attacker's choice, and waits for the next session.
export const attack: Attack = {
  id: 'choose-key',
  title: 'Choose the next key: patch the random generator',
  wants: 'a session whose key is known before it is made',
  promise: 'P4',
  async run(victim) {
    const chosen = crypto.getRandomValues(new Uint8Array(32))
    // One draw is swallowed whole: that of 32 bytes, as keys are.
    const undo = patch(crypto, 'getRandomValues', (real) =>
      function (this: unknown, ...values) {
        const bytes = bytesOf(values[0])
        if (bytes?.length !== 32) return Reflect.apply(real, crypto, values)
        bytes.set(chosen)
        return values[0]
      },
    )
    try {
      const session = await victim.second()
      const { got, facts } = await claim(session, victim.config.chain, chosen.length, publicKeyOf(chosen))
      await session.forget()
      const drawn = crypto.getRandomValues(new Uint8Array(32))
      const inEffect = drawn.every((byte, index) => byte === chosen[index])
      if (!inEffect) throw new Error('The patch was not in effect.')
      return { got, facts: ['Whoever draws 32 bytes in the page got those that were chosen.', ...facts] }
    } finally {
      undo()
    }
  },
}

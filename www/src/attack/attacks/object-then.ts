import type { Attack } from '../attack'
import { claim, publicKeyOf } from '../tools/key'

// The engine itself looks for `then` on whatever a promise of its own resolves to: on the opened bytes too.
export const attack: Attack = {
  id: 'object-then',
  title: 'Give every object a “then”',
  wants: 'the key, as the engine hands it over, after hallpass was loaded',
  promise: 'P4',
  limit: { name: 'N2', advice: 'No code can keep the engine from looking. Where nothing may ever see the key, it must be one that cannot be exported.' },
  async run(victim) {
    let caught = new Uint8Array(0)
    let looks = 0
    const look = function (this: unknown): undefined {
      looks += 1
      if (this instanceof ArrayBuffer && this.byteLength === 32) caught = new Uint8Array(this.slice(0))
    }
    Object.defineProperty(Object.prototype, 'then', { configurable: true, get: look })
    try {
      victim.session.suspend()
      await victim.session.unlock()
    } finally {
      Reflect.deleteProperty(Object.prototype, 'then')
      victim.session.suspend()
    }
    if (looks === 0) throw new Error('Nobody looked for `then`.')
    return claim(victim.session, victim.config.chain, caught.length, publicKeyOf(caught))
  },
}

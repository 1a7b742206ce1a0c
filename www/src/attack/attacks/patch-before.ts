import type { Attack } from '../attack'
import { inFrame } from '../tools/frame'
import { claim } from '../tools/key'

// The frame is this page again, of the same origin. It patches SubtleCrypto.prototype.decrypt before it loads hallpass: `early.ts`.
export const attack: Attack = {
  id: 'patch-before',
  title: 'Patch SubtleCrypto before hallpass is loaded',
  wants: 'the key, when the session opens it',
  promise: 'P4',
  limit: { name: 'N2', advice: 'Whoever runs first owns the page: load hallpass before anything you do not trust, and keep scopes small.' },
  async run(victim) {
    const { length, publicKey } = (await inFrame('early', location.origin, victim.setup)) as { length: number; publicKey: string | null }
    return claim(victim.session, victim.config.chain, length, publicKey)
  },
}

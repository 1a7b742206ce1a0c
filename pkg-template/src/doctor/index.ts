// Works without the wasm module: one of its questions is why the module does not start.
import { clock } from './clock.js'
import { indexedDb, sessionStore, webCrypto } from './keys.js'
import { framed, persistence, secureContext } from './page.js'
import { passkeyPrf } from './passkey.js'
import { perform } from './probe.js'
import { broadcastChannel, webLocks } from './tabs.js'
import type { Check, CheckId, Diagnosis, DoctorOptions, Tiers } from './types.js'
import { policy, wasmFeatures } from './wasm.js'
import { hideEndpoint } from '../redact.js'

export type * from './types.js'

/**
 * Looks at the place this runs in: what of it keeps sessions from working, and what to do about it. Opens no prompt, leaves nothing
 * behind, and answers within seconds. Never throws.
 */
export async function doctor(options: DoctorOptions = {}): Promise<Diagnosis> {
  const { rpc, allowFramedBy = [], wasm = true } = options ?? {}
  hideEndpoint(rpc)
  const probes = [
    secureContext(),
    policy(wasm),
    wasmFeatures(wasm),
    webCrypto(),
    indexedDb(),
    sessionStore(),
    webLocks(),
    broadcastChannel(),
    passkeyPrf(),
    framed(allowFramedBy),
    clock(rpc),
    persistence(),
  ]
  const checks = await Promise.all(probes.map(perform))
  return { ok: checks.every(({ state }) => state !== 'fault'), checks, tiers: tiers(checks) }
}

function tiers(checks: readonly Check[]): Tiers {
  const state = (wanted: CheckId) => checks.find(({ id }) => id === wanted)?.state
  const isOk = (id: CheckId) => state(id) === 'ok'
  const memory = isOk('webcrypto') && !(['csp', 'wasm-features', 'framed'] as const).some((id) => state(id) === 'fault')
  const device = memory && isOk('indexeddb')
  return { memory, tab: device && isOk('session-storage'), device, passkey: device && isOk('passkey-prf') }
}

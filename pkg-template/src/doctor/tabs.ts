import { type Probe, notHere, place, scope } from './probe.js'

/** Locks that all tabs of the origin share. */
export function webLocks(): Probe {
  return {
    id: 'web-locks',
    async look() {
      const locks = scope.navigator?.locks
      if (locks === undefined && place() === 'other') return notHere('Web Locks', 'sessions are coordinated within this program only')
      if (locks === undefined) throw new Error('they are missing')
      // A name of its own: no other run is waited for.
      const held = await locks.request(`hallpass-doctor-${Math.random()}`, (lock) => lock !== null)
      if (!held) throw new Error('a free lock was not given')
      return { state: 'ok', sentence: 'Web Locks keep tabs from getting in each other’s way.' }
    },
    failed: () => ({
      state: 'warning',
      sentence:
        'Web Locks do not work here: tabs cannot take turns, so each takes nonces of its own, and counts for itself what the session ' +
        'has used.',
      remedy: 'Serve the page over https, and not in a frame; or play in one tab at a time.',
    }),
  }
}

/** News from tab to tab. */
export function broadcastChannel(): Probe {
  return {
    id: 'broadcast-channel',
    async look() {
      if (scope.BroadcastChannel === undefined) {
        if (place() === 'other') return notHere('BroadcastChannel', 'no news reach other programs')
        throw new Error('it is missing')
      }
      const name = `hallpass-doctor-${Math.random()}`
      const [here, there] = [new BroadcastChannel(name), new BroadcastChannel(name)]
      try {
        await new Promise<void>((resolve) => {
          there.onmessage = () => resolve()
          here.postMessage(name)
        })
      } finally {
        here.close()
        there.close()
      }
      return { state: 'ok', sentence: 'BroadcastChannel brings news to other tabs.' }
    },
    failed: () => ({
      state: 'warning',
      sentence:
        'BroadcastChannel does not work here: other tabs learn of a lock or a revocation only when they next read the session, and a ' +
        'new tab cannot take up the session of this one.',
      remedy: 'Use a current browser, and no frame; or play in one tab at a time.',
    }),
  }
}

import { type Probe, place, scope, type Verdict } from './probe.js'

/** Whether the browser trusts the way the page came. */
export function secureContext(): Probe {
  return {
    id: 'secure-context',
    look() {
      if (scope.isSecureContext) return { state: 'ok', sentence: 'The page is a secure context.' }
      if (scope.isSecureContext === undefined) return { state: 'unknown', sentence: 'Secure contexts are a matter of browsers.' }
      return INSECURE
    },
    failed: () => INSECURE,
  }
}

const INSECURE: Verdict = {
  state: 'fault',
  sentence: 'The page is no secure context: the browser gives it no WebCrypto, no locks and no passkeys, so there are no sessions.',
  remedy: 'Serve it over https, or open it at http://localhost. A frame is secure only if all pages around it are.',
}

/** Whether the page is in a frame of another origin, where no key is opened (`allowFramedBy` names the exceptions). */
export function framed(allowed: readonly string[]): Probe {
  return {
    id: 'framed',
    look() {
      if (place() !== 'window') return { state: 'unknown', sentence: 'Only pages are in frames.' }
      if (window.top === window) return { state: 'ok', sentence: 'The page is in no frame.' }
      const around = origins().filter((origin) => origin !== location.origin)
      if (around.length === 0) return { state: 'ok', sentence: 'The page is in a frame of its own origin.' }
      const named = allowed.map((origin) => origin.replace(/\/+$/, ''))
      const foreign = around.filter((origin) => !named.includes(origin))
      if (foreign.length > 0) return foreignFrame(foreign)
      return {
        state: 'ok',
        sentence: `The page is in a frame of ${around.join(' in ')}, which is allowed. Most browsers keep a storage of its own for that.`,
      }
    },
    failed: () => foreignFrame([UNTOLD]),
  }
}

const UNTOLD = 'an origin that the browser does not tell'

/** Origins of the pages around this one, the nearest first, as far as the browser tells them. */
function origins(): string[] {
  const listed = Array.from(location.ancestorOrigins ?? [])
  if (listed.length > 0) return listed
  const found: string[] = []
  for (let frame: Window = window; frame.parent !== frame; frame = frame.parent) {
    found.push(originOf(frame.parent) ?? (frame === window ? opener() : UNTOLD))
  }
  return found
}

/** Only windows of the own origin tell theirs. */
function originOf({ location }: Window): string | undefined {
  try {
    return location.origin
  } catch {
    return undefined
  }
}

/** The page that this one was opened from. One that went on within its frame has itself there, which says nothing of the frame. */
function opener(): string {
  const { referrer } = document
  const { origin } = new URL(referrer === '' ? location.href : referrer)
  return origin === location.origin ? UNTOLD : origin
}

function foreignFrame(foreign: readonly string[]): Verdict {
  return {
    state: 'fault',
    sentence: `The page is in a frame of ${foreign.join(' in ')}: no session key is made or opened there.`,
    remedy: 'Open the page by itself, or name that origin in allowFramedBy of createHallpass if you trust it with every click in this page.',
  }
}

/** Bytes that records need in the end, with some room for the database around them. */
const ROOM = 1_000_000

/** Whether storage is nearly full, and whether the browser may clear it. */
export function persistence(): Probe {
  return {
    id: 'storage-persistence',
    async look() {
      const storage = scope.navigator?.storage
      if (storage?.estimate === undefined) return UNKNOWN
      const [{ usage, quota }, persisted] = await Promise.all([storage.estimate(), storage.persisted?.()])
      if (usage === undefined || quota === undefined) return UNKNOWN
      const left = Math.max(quota - usage, 0)
      const detail = `${size(left)} left of ${size(quota)}`
      if (left < ROOM) {
        return {
          state: 'warning',
          sentence: 'The storage of this site is nearly full: a new session may find no place, and then is in memory only.',
          remedy: REMEDY_FULL,
          detail,
        }
      }
      if (persisted) return { state: 'ok', sentence: 'The browser keeps the storage of this site until somebody clears it.', detail }
      return {
        state: 'ok',
        sentence:
          'There is room. The browser may clear it when space runs short, Safari after seven days without a visit: then a session is ' +
          'asked for again.',
        detail,
      }
    },
    failed: () => UNKNOWN,
  }
}

const size = (bytes: number): string => (bytes < 1e7 ? `${Math.floor(bytes / 1e3)} kB` : `${Math.floor(bytes / 1e6)} MB`)

const REMEDY_FULL = 'Delete data of this site that is not needed, or free space on the device.'
const UNKNOWN: Verdict = { state: 'unknown', sentence: 'Nothing here says how much storage is left, or how long it lasts.' }

import type { Duration } from './scope/index.js'

/** Where the sealed key of a session is kept, from what ends first to what stays longest. */
export type CustodyTier = 'memory' | 'tab' | 'device' | 'passkey' | 'custom'

/** The tiers that an app can ask for by name. */
export type StorageTier = Exclude<CustodyTier, 'custom'>

/**
 * Storage of the app's own: texts under names. What it gets is ciphertext; the wrapping keys stay in IndexedDB, or in memory where there
 * is none. `put` writes all of a text or nothing of it.
 */
export interface SessionStore {
  /** The text under this name; `null` or `undefined` when there is none. */
  get(name: string): string | null | undefined | PromiseLike<string | null | undefined>
  put(name: string, text: string): void | PromiseLike<void>
  remove(name: string): void | PromiseLike<void>
  /** Names that start with `prefix`. */
  names(prefix: string): readonly string[] | PromiseLike<readonly string[]>
}

const writes = new Set<Promise<void>>()

/** The app's own store, whose writes can be waited for. What it lacks is for Rust to say. */
export function tracked(store: SessionStore): SessionStore {
  const method = (name: keyof SessionStore, follow = (written: unknown) => written) =>
    typeof store[name] === 'function' && ((...given: unknown[]) => follow(Reflect.apply(store[name], store, given)))
  const noted = (written: unknown) => {
    const nothing = () => {}
    const done: Promise<void> = Promise.resolve(written).then(nothing, nothing).then(() => void writes.delete(done))
    writes.add(done)
    return written
  }
  return { get: method('get'), put: method('put', noted), remove: method('remove', noted), names: method('names') } as SessionStore
}

/** What a module that stopped was writing may not come after what the next one reads. A store that does not answer is waited for so long. */
const PATIENCE = 10_000

/** Once all that was to be written is, or nobody waits any longer. */
export async function written(): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  await Promise.race([Promise.all(writes), new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE)))])
  clearTimeout(timer)
}

/** When the keys of sessions leave memory by themselves. The next use brings them back: silently, or with a gesture for a passkey. */
export interface SuspendOptions {
  /** After so long without use, such as `'5m'`; `false` for never. Default: five minutes. */
  idle?: Duration | false | undefined
  /** When the page is left. Default: `true`. */
  pagehide?: boolean | undefined
  /** When the browser freezes the page in the background. Default: `true`. */
  freeze?: boolean | undefined
}

/** Why a weaker tier is used than the one asked for. */
export interface DowngradeReason {
  /** `shared-host`, `storage.unavailable`, `storage.quota`, `storage.failed`, `storage.no-passkey`. */
  readonly code: string
  readonly message: string
}

/** A tier that the browser refused, and the one that took its place. */
export interface Downgrade extends DowngradeReason {
  readonly from: CustodyTier
  readonly to: CustodyTier
}

/** Where the key of a session is kept, and what that means. */
export interface Custody {
  readonly tier: CustodyTier
  /** What the app asked for, or what is usual in this place. */
  readonly asked: CustodyTier
  /** Why it is not what was asked for; `null` when it is. */
  readonly because: DowngradeReason | null
  /** What script in the page can do to it, such as a bad dependency. */
  readonly script: string
  /** What a copy of the browser profile can do to it. */
  readonly copiedProfile: string
  /** What is left of it when the tab is closed. */
  readonly closedTab: string
}

/** What the module tells of a session's custody. */
export type RawCustody = Pick<Custody, 'tier' | 'asked' | 'because'>

const SCRIPT = 'Script in the page can use the session within its scope, and can copy the key while the page lives.'
const COPY = 'A copy of the browser profile opens the session until it expires.'

const WORDS: Record<CustodyTier, Pick<Custody, 'script' | 'copiedProfile' | 'closedTab'>> = {
  memory: {
    script: SCRIPT,
    copiedProfile: 'A copy of the browser profile holds nothing of it.',
    closedTab: 'It is gone with the page, also when the page is loaded anew.',
  },
  tab: {
    script: SCRIPT,
    copiedProfile: `${COPY} Browsers write what they keep for a tab to disk too.`,
    closedTab: 'It is gone with the last tab of this app; what is left of it is deleted at the next visit.',
  },
  device: {
    script: SCRIPT,
    copiedProfile: COPY,
    closedTab: 'It stays in the browser profile until it expires, or is forgotten.',
  },
  passkey: {
    script: `${SCRIPT} While it is suspended, the key opens only after the user has confirmed with the passkey.`,
    copiedProfile: 'A copy of the browser profile does not open it without the passkey.',
    closedTab: 'It stays in the browser profile until it expires, or is forgotten; the next use asks for the passkey.',
  },
  custom: {
    script: SCRIPT,
    copiedProfile: 'A copy of the browser profile opens it together with what the app itself stored.',
    closedTab: 'It stays as long as the app keeps what it stored.',
  },
}

/** Custody in words. */
export function readCustody(raw: RawCustody): Custody {
  return { ...raw, ...WORDS[raw.tier] }
}

import { type Probe, notHere, place, scope, type Verdict, within } from './probe.js'

const NAME = 'hallpass-doctor'
const TEXT = 'hallpass'
/** Milliseconds that cleaning up may take: another tab may be in the middle of the same. */
const CLEANING = 500

/** AES-GCM with a key of 256 bits and bound data, as session keys are sealed. */
export function webCrypto(): Probe {
  const lost = 'no session key can be sealed, so there are no sessions at all'
  return {
    id: 'webcrypto',
    async look() {
      if (scope.crypto?.subtle === undefined) {
        const remedy = place() === 'other' ? 'Use Node.js 20 or later.' : 'Serve the page over https, or open it at http://localhost.'
        return { state: 'fault', sentence: `There is no WebCrypto here: ${lost}.`, remedy }
      }
      await roundTrip(await newKey())
      return { state: 'ok', sentence: 'WebCrypto seals and opens as it should.' }
    },
    failed: () => ({
      state: 'fault',
      sentence: `WebCrypto does not seal as it should (AES-GCM, 256 bits): ${lost}.`,
      remedy: 'Switch off extensions and scripts that replace crypto.subtle, or use another browser.',
    }),
  }
}

const newKey = (): Promise<CryptoKey> => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])

/** Seals, opens with `opener`, and makes sure that other bound data does not open. */
async function roundTrip(key: CryptoKey, opener = key): Promise<void> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const bytes = (text: string) => new TextEncoder().encode(text)
  const bound = (text: string) => ({ name: 'AES-GCM', iv, additionalData: bytes(text) })
  const sealed = await crypto.subtle.encrypt(bound('this'), key, bytes(TEXT))
  const opened = await crypto.subtle.decrypt(bound('this'), opener, sealed)
  if (new TextDecoder().decode(opened) !== TEXT) throw new Error('what was sealed came back altered')
  const isOpened = await crypto.subtle.decrypt(bound('that'), opener, sealed).then(() => true, () => false)
  if (isOpened) throw new Error('bound data is not looked at')
}

/** Whether a key that no script can export stays in a database and still opens what it sealed. */
export function indexedDb(): Probe {
  return {
    id: 'indexeddb',
    async look() {
      const { indexedDB } = scope
      if (indexedDB === undefined && place() === 'other') return notHere('IndexedDB', 'sessions are in memory, and end with the program')
      if (!indexedDB) throw new Error('it is missing')
      // Without WebCrypto there is no key to be stored.
      const key = scope.crypto?.subtle && (await newKey())
      const stored = await kept(indexedDB, key ?? TEXT)
      if (key === undefined) return { state: 'unknown', sentence: 'IndexedDB stores text; whether it stores keys needs WebCrypto.' }
      if (!(stored instanceof CryptoKey) || stored.extractable) throw new Error('the key came back as something else')
      await roundTrip(key, stored)
      return { state: 'ok', sentence: 'IndexedDB stores keys that scripts cannot export.' }
    },
    failed: (thrown) => ({
      state: 'fault',
      sentence: 'IndexedDB does not store keys here: sessions are in memory only, and end with a reload.',
      remedy: storageRemedy(thrown),
    }),
  }
}

/** The value as it comes back from a database of its own, which is deleted again. */
async function kept(factory: IDBFactory, value: unknown): Promise<unknown> {
  // Another run may be here at the same time.
  const slot = String(Math.random())
  const opening = factory.open(NAME, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(NAME)
  const database = await answered(opening)
  try {
    const writing = database.transaction(NAME, 'readwrite')
    const committed = new Promise<void>((resolve, reject) => {
      writing.oncomplete = () => resolve()
      writing.onabort = () => reject(writing.error ?? new Error('the write was aborted'))
    })
    // An abort is told by `committed`.
    answered(writing.objectStore(NAME).put(value, slot)).catch(() => undefined)
    await committed
    return await answered(database.transaction(NAME).objectStore(NAME).get(slot))
  } finally {
    database.close()
    await within(CLEANING, answered(factory.deleteDatabase(NAME))).catch(() => undefined)
  }
}

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Whether the tab's own storage takes something and gives it back. */
export function sessionStore(): Probe {
  return {
    id: 'session-storage',
    look() {
      const { sessionStorage } = scope
      if (!sessionStorage && place() !== 'window') return notHere('sessionStorage', 'the tier tab is not to be had')
      if (!sessionStorage) throw new Error('it is missing')
      sessionStorage.setItem(NAME, TEXT)
      const text = sessionStorage.getItem(NAME)
      sessionStorage.removeItem(NAME)
      if (text !== TEXT) throw new Error('what was stored did not come back')
      return { state: 'ok', sentence: 'The sessionStorage of this tab keeps what is written.' }
    },
    failed: (thrown) => ({
      state: 'fault',
      sentence: 'The sessionStorage of this tab does not work: the tier tab, which is the default, is not to be had, so sessions end with a reload.',
      remedy: storageRemedy(thrown),
    }),
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  QuotaExceededError: 'Free space on the device, or delete data of this site.',
  SecurityError: 'Allow this site to store data (cookies).',
  DataCloneError: 'Use a window that is not private: some browsers store no keys in private ones.',
}

function storageRemedy(thrown: unknown): string {
  if (place() === 'window' && window.top !== window) {
    return 'Open the page by itself: in frames of other sites browsers refuse storage, and a sandbox must have allow-same-origin.'
  }
  const { name } = (thrown ?? {}) as { name?: string }
  const remedy: Verdict['remedy'] = name === undefined ? undefined : REMEDIES[name]
  return remedy ?? 'Use a window that is not private, and allow this site to store data.'
}

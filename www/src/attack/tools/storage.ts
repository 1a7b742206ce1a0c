// The storage of this origin as any script in it can read and write it: without hallpass.
import type { Session } from 'hallpass'

const DATABASE = 'hallpass'
type Store = 'records' | 'keys'

/** A record as it lies in sessionStorage. What is in it is public but for `sealed`, which is ciphertext. */
export interface StoredRecord {
  readonly name: string
  readonly text: string
}

const finished = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

async function within<T>(store: Store, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await finished(indexedDB.open(DATABASE))
  try {
    return await finished(work(database.transaction(store, mode).objectStore(store)))
  } finally {
    database.close()
  }
}

export function recordOf({ id }: Session): StoredRecord {
  const name = Object.keys(sessionStorage).find((key) => key.startsWith('hallpass/') && key.endsWith(id))
  if (name === undefined) throw new Error('The record is not in sessionStorage.')
  return { name, text: sessionStorage.getItem(name) ?? '' }
}

export function writeRecord({ name }: StoredRecord, text: string) {
  sessionStorage.setItem(name, text)
}

/** The sealed state of a session, in hex: counters, locks, the owner's signature. */
export async function stateOf({ name }: StoredRecord): Promise<string> {
  const text: unknown = await within('records', 'readonly', (store) => store.get(`state/${name}`))
  if (typeof text !== 'string') throw new Error('The state is not in IndexedDB.')
  return text
}

export async function writeState({ name }: StoredRecord, text: string): Promise<void> {
  await within('records', 'readwrite', (store) => store.put(text, `state/${name}`))
}

/** What wraps the session key: a handle, which scripts cannot export. */
export async function wrappingKeyOf({ name }: StoredRecord): Promise<CryptoKey> {
  const key: unknown = await within('keys', 'readonly', (store) => store.get(name))
  if (!(key instanceof CryptoKey)) throw new Error('The wrapping key is not in IndexedDB.')
  return key
}

/** Removes what earlier visits of this page left. */
export async function dropLeftovers(app: string): Promise<void> {
  const prefix = `hallpass/${app}/`
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(prefix)) sessionStorage.removeItem(name)
  // Opening a database that is not there would make an empty one.
  if (!(await indexedDB.databases()).some(({ name }) => name === DATABASE)) return
  for (const store of ['keys', 'records'] as const) {
    const names = await within(store, 'readonly', (from) => from.getAllKeys())
    for (const name of names) {
      if (String(name).includes(prefix)) await within(store, 'readwrite', (from) => from.delete(name))
    }
  }
}

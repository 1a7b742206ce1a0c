// What a page's origin has stored, read with the browser's own interfaces.

/** Runs in the page: all of web storage, and the two object stores of the package. */
async function read() {
  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const stored = { session: { ...sessionStorage }, local: { ...localStorage }, cookie: document.cookie, records: {}, states: {}, keys: {}, passkeys: {} }
  // Opening a database that is not there would make an empty one.
  const names = (await indexedDB.databases()).map(({ name }) => name)
  stored.databases = names
  if (!names.includes('hallpass')) return stored
  const database = await asked(indexedDB.open('hallpass'))
  stored.stores = [...database.objectStoreNames]
  const all = async (name) => {
    const store = database.transaction(name).objectStore(name)
    const [keys, values] = await Promise.all([asked(store.getAllKeys()), asked(store.getAll())])
    return keys.map((key, index) => [key, values[index]])
  }
  for (const [name, text] of await all('records')) {
    if (name.startsWith('state/')) stored.states[name.slice('state/'.length)] = text
    else stored.records[name] = text
  }
  for (const [id, value] of await all('keys')) {
    // Beside a key that a passkey guards lies what is needed to ask for it; of a passkey itself there is no more than its id.
    const key = value instanceof CryptoKey ? value : value.key
    if (key === undefined) {
      stored.passkeys[id] = Object.keys(value).sort()
      continue
    }
    const tries = ['raw', 'jwk'].map((format) => crypto.subtle.exportKey(format, key).then(() => 'exported', ({ name }) => name))
    stored.keys[id] = {
      isCryptoKey: key instanceof CryptoKey, extractable: key.extractable, algorithm: key.algorithm.name,
      usages: [...key.usages].sort(), exports: await Promise.all(tries),
    }
  }
  database.close()
  return stored
}

/** All that is stored: `session`, `local`, `records`, `states` by the name of their record, `keys`, `passkeys`, `cookie`, `databases`. */
export const stored = (page) => page.evaluate(read)

/** The only session's record, wherever the tier keeps it. */
export async function onlyRecord(page) {
  const { session, records } = await stored(page)
  const texts = [...Object.values(session), ...Object.values(records)]
  if (texts.length !== 1) throw new Error(`${texts.length} records, not one`)
  return JSON.parse(texts[0])
}

/** Where the stored sessions are in their lives. */
export const statuses = (page) => page.evaluate(async () => (await driver.hallpass.list()).map(({ status }) => status))

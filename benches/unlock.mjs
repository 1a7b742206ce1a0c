// How long a suspended session takes until it can sign again, in milliseconds; beside it what the browser alone needs for the same: to
// read a wrapping key from IndexedDB and to decrypt 60 bytes with it. Prints a line of JSON.
import { test } from 'node:test'
import { join } from '../tests/browser/player.mjs'

const ROUNDS = 400
/** What is to be reached: milliseconds at the 95th percentile. */
const GOAL = 5

async function measure(rounds) {
  const asked = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = reject)))
  const { session } = driver
  const database = await asked(indexedDB.open('hallpass'))
  const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) }
  const [name] = await asked(database.transaction('keys').objectStore('keys').getAllKeys())
  const own = await asked(database.transaction('keys').objectStore('keys').get(name))
  const sealed = await crypto.subtle.encrypt(algorithm, own, new Uint8Array(44))
  const ready = []
  const bare = []
  for (let round = 0; round < rounds; round += 1) {
    session.suspend()
    let start = performance.now()
    await session.unlock()
    ready.push(performance.now() - start)
    start = performance.now()
    const key = await asked(database.transaction('keys').objectStore('keys').get(name))
    await crypto.subtle.decrypt(algorithm, key, sealed)
    bare.push(performance.now() - start)
  }
  return { ready, bare }
}

const at = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]

test('unlock', async (t) => {
  const rows = []
  for (const storage of ['tab', 'device']) {
    const player = await join(t, { storage })
    await player.session()
    const { ready, bare } = await player.page.evaluate(measure, ROUNDS)
    const row = { storage, rounds: ROUNDS, p50: at(ready, 0.5), p95: at(ready, 0.95), bareP50: at(bare, 0.5), bareP95: at(bare, 0.95) }
    rows.push({ ...row, ratio: row.p50 / row.bareP50, goal: GOAL, reached: row.p95 <= GOAL })
  }
  process.on('exit', () => console.log(JSON.stringify(rows)))
})

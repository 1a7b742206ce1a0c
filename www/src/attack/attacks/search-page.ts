import type { Attack } from '../attack'
import { steal, toHex } from '../tools/key'
import { bytesOf } from '../tools/patch'

/** More objects than the page has. */
const MOST = 200_000

// Walks through everything that can be reached from the window and from the session, without patching anything.
export const attack: Attack = {
  id: 'search-page',
  title: 'Search the window and the session object',
  wants: 'the key, a handle of a key, or the memory of the module, in anything that can be reached',
  promise: 'P4',
  async run(victim) {
    await victim.session.unlock()
    const stolen = await steal(victim.session)
    const forms = [toHex(stolen), toHex(stolen.slice().reverse()), btoa(String.fromCharCode(...stolen))]
    const found: string[] = []
    const look = (value: unknown) => {
      const bytes = bytesOf(value)
      if (bytes && forms.some((form) => toHex(bytes).includes(form))) found.push('bytes of the key')
      if (typeof value === 'string' && forms.some((form) => value.includes(form))) found.push('the key as text')
      if (value instanceof CryptoKey) found.push('a CryptoKey')
      if (value instanceof WebAssembly.Memory || value instanceof WebAssembly.Instance) found.push('the module')
    }
    look(stolen)
    if (found.pop() === undefined) throw new Error('The search does not find a key where there is one.')
    const seen = new Set<unknown>()
    const waiting: unknown[] = [globalThis, victim.session, victim.hallpass]
    while (waiting.length > 0 && seen.size < MOST) {
      const value = waiting.pop()
      look(value)
      // Elements of the page hold nothing of it and have no end.
      if (value === null || !['object', 'function'].includes(typeof value) || value instanceof Node || seen.has(value)) continue
      seen.add(value)
      for (const key of Reflect.ownKeys(value as object)) waiting.push(read(value as object, key))
      waiting.push(Reflect.getPrototypeOf(value as object))
    }
    victim.session.suspend()
    const facts = [`${seen.size.toLocaleString('en')} objects were looked at.`, found.length === 0 ? 'Nothing was found.' : `Found: ${found.join(', ')}.`]
    return { got: found.length > 0, facts }
  },
}

/** A property; of the window's getters too. Others may do something when they are read. */
function read(object: object, key: PropertyKey): unknown {
  try {
    const property = Reflect.getOwnPropertyDescriptor(object, key)
    if (property === undefined || 'value' in property) return property?.value
    return object === globalThis ? Reflect.get(object, key) : property.get
  } catch {
    return undefined
  }
}

import type { Attack } from '../attack'
import { steal, toHex } from '../tools/key'
import { bytesOf, patch, spy } from '../tools/patch'

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const PLACES: readonly [object, readonly string[]][] = [
  [SubtleCrypto.prototype, ['encrypt', 'decrypt', 'importKey', 'deriveKey']],
  [typedArray, ['set', 'fill', 'slice', 'subarray']],
  [Function.prototype, ['call', 'apply']],
  [Reflect, ['apply']],
]

// Looks at everything that is handed over while the session opens its key and signs.
export const attack: Attack = {
  id: 'patch-later',
  title: 'Patch what seals and opens, after hallpass was loaded',
  wants: 'the key, as an argument or a result of SubtleCrypto, typed arrays, promises, Function.prototype and Reflect',
  promise: 'P4',
  async run(victim) {
    // Known here only so that it can be recognised.
    const stolen = await steal(victim.session)
    const key = toHex(stolen)
    let [calls, seen] = [0, 0]
    const look = (values: readonly unknown[]) => {
      calls += 1
      for (const value of values) {
        const bytes = bytesOf(value)
        if (bytes?.length === 32 && toHex(bytes) === key) seen += 1
      }
    }
    const undo = PLACES.flatMap(([object, names]) => names.map((name) => spy(object, name, look)))
    undo.push(
      patch(Promise.prototype, 'then', (real) =>
        function (this: unknown, ...[resolved, rejected]: unknown[]) {
          const shown = (value: unknown) => (look([value]), (resolved as (value: unknown) => unknown)(value))
          return Reflect.apply(real, this, [typeof resolved === 'function' ? shown : resolved, rejected] as never[])
        },
      ),
    )
    let works = false
    try {
      victim.session.suspend()
      await victim.send(victim.move())
      // They would have known it: here it is handed to them.
      const before = seen
      stolen.slice()
      works = seen > before
      seen = before
    } finally {
      for (const end of undo.reverse()) end()
    }
    if (!works) throw new Error('The patches were not in effect.')
    return { got: seen > 0, facts: [`The patches were called ${calls} times and met the key ${seen} times.`] }
  },
}

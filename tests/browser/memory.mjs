// Looks for session keys in the module's memory. The page is watched from before it loads: what the module seals is copied (threat model,
// N2), and every memory of a module is kept.

/** Runs in the page before anything else: `spy.keys` are the session keys that were sealed, `spy.copies()` counts them in memory. */
export const spy = () => {
  // Pages without a name of their own have none.
  if (!globalThis.SubtleCrypto) return
  const keys = []
  const memories = []
  const { encrypt } = SubtleCrypto.prototype
  SubtleCrypto.prototype.encrypt = function (algorithm, key, data) {
    // States are longer.
    if (data.byteLength === 32) keys.push(new Uint8Array(data).slice())
    return encrypt.call(this, algorithm, key, data)
  }
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, parts) {
      const instance = Reflect.construct(target, parts)
      memories.push(instance.exports.memory)
      return instance
    },
  })
  /** The key and its halves, in both orders of bytes. */
  const forms = (key) => [key, key.slice(0, 16), key.slice(16)].flatMap((part) => [part, part.toReversed()])
  const count = (bytes, wanted) => {
    let found = 0
    for (let at = bytes.indexOf(wanted[0]); at >= 0; at = bytes.indexOf(wanted[0], at + 1)) {
      if (wanted.every((byte, index) => bytes[at + index] === byte)) found += 1
    }
    return found
  }
  const copies = () => {
    let found = 0
    for (const memory of memories) {
      for (const key of keys) for (const form of forms(key)) found += count(new Uint8Array(memory.buffer), form)
    }
    return found
  }
  window.spy = { keys, memories, copies }
}

/** How many copies of session keys, whole or half, are in the module's memory. */
export const copiesOfKeys = (page) => page.evaluate(() => spy.copies())

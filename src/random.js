// Random bytes of the platform. The functions are taken when this loads: whoever patches them afterwards does not choose a key.

const { apply, getOwnPropertyDescriptor } = Reflect
const Bytes = Uint8Array
const platform = globalThis.crypto
const getRandomValues = platform?.getRandomValues
// Some places have no WebAssembly, and importing this must not fail there.
const bufferOf = getOwnPropertyDescriptor(globalThis.WebAssembly?.Memory?.prototype ?? {}, 'buffer')?.get

/** Fills a place in wasm memory; `false` where there is no generator. */
export function fillRandom(memory, at, length) {
  if (getRandomValues === undefined) return false
  apply(getRandomValues, platform, [new Bytes(apply(bufferOf, memory, []), at, length)])
  return true
}

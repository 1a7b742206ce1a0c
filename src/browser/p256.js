// P-256 keys of WebCrypto. The built-ins are taken when this loads and called by the `Reflect.apply` of that
// time: whoever patches `generateKey` or `Function.prototype.call` afterwards does not make a key exportable.
// One thing no code can keep from a script: the engine itself looks for `then` on the pair that it resolves to.

const { apply } = Reflect
const subtle = globalThis.crypto?.subtle
// Nothing to take in pages that are no secure context.
const { generateKey, exportKey, sign: makeSignature, verify: checkSignature } = subtle ?? {}

// Without a prototype, so that nothing put on Object.prototype counts as an option.
const CURVE = { __proto__: null, name: 'ECDSA', namedCurve: 'P-256' }
const SCHEME = { __proto__: null, name: 'ECDSA', hash: 'SHA-256' }

/** Whether there is WebCrypto. */
export const offered = () => typeof generateKey === 'function'

/** A new key as `{ privateKey, publicKey }`. The private half can only sign. */
export async function generate() {
  const { privateKey, publicKey } = await apply(generateKey, subtle, [CURVE, false, ['sign', 'verify']])
  return { __proto__: null, privateKey, publicKey }
}

/** The point of a key: `04 ‖ x ‖ y`. */
export async function publicPoint({ publicKey }) {
  return apply(exportKey, subtle, ['raw', publicKey])
}

/** `r ‖ s` over SHA-256 of the message; s may be high. The message is copied before this returns. */
export async function sign({ privateKey }, message) {
  return apply(makeSignature, subtle, [SCHEME, privateKey, message])
}

/** Whether a signature is by this key over SHA-256 of the message. Both are copied before this returns. */
export async function verify({ publicKey }, signature, message) {
  return apply(checkSignature, subtle, [SCHEME, publicKey, signature, message])
}

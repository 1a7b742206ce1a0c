// What touches secrets outside wasm memory: sealing, opening, and keys that a passkey derives.
//
// Everything needed of the platform is taken here once, when the module loads; what a script patches later is never called. Lookups
// that the language makes by itself find own properties of objects made here. One is left that no code can keep from a script: the
// engine looks for `then` on what its own promises resolve to.
//
// Opened bytes wait in `slots`, out of everybody's reach, until `takeOpened` moves them into wasm memory, in the same turn as a rule;
// the next task wipes them in any case. A function that fails resolves to a text: a code, then after a colon what the platform said.

const NO_WEB_CRYPTO = 'no-webcrypto'
const NO_PASSKEYS = 'no-passkey:the browser offers no WebAuthn here'
const NO_PRF = 'no-passkey:the authenticator derives no keys'
const IV_LENGTH = 12

// Some scopes throw where others have nothing.
const read = (object, name) => {
  try {
    return object?.[name] ?? undefined
  } catch {
    return undefined
  }
}
const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect
const getter = (prototype, name) => prototype && getOwnPropertyDescriptor(prototype, name)?.get
const Bytes = Uint8Array
const { set, fill } = Bytes.prototype
const lengthOf = getter(getPrototypeOf(Bytes.prototype), 'length')
const bufferOf = getter(read(read(globalThis.WebAssembly, 'Memory'), 'prototype'), 'buffer')
const NativePromise = (async () => {})().constructor
const later = globalThis.setTimeout

const webCrypto = read(globalThis, 'crypto')
const subtle = read(webCrypto, 'subtle')
const getRandomValues = read(webCrypto, 'getRandomValues')
const encrypt = read(subtle, 'encrypt')
const decrypt = read(subtle, 'decrypt')
const generateKey = read(subtle, 'generateKey')
const importKey = read(subtle, 'importKey')
const deriveKey = read(subtle, 'deriveKey')

const credentials = read(read(globalThis, 'navigator'), 'credentials')
const create = read(credentials, 'create')
const get = read(credentials, 'get')
const resultsOf = read(read(read(globalThis, 'PublicKeyCredential'), 'prototype'), 'getClientExtensionResults')

const AES = { __proto__: null, name: 'AES-GCM', length: 256 }
const USAGES = ['encrypt', 'decrypt']
const DERIVE = ['deriveKey']

const gcm = (iv, bound) => ({ __proto__: null, name: 'AES-GCM', iv, additionalData: bound, tagLength: 128 })
const view = (memory, at, length) => new Bytes(apply(bufferOf, memory, []), at, length)
const described = (thrown) => `${read(thrown, 'name') ?? 'Error'}: ${read(thrown, 'message') ?? ''}`
const failed = (thrown) => `failed:${described(thrown)}`

// `await` looks for `constructor`, and no further once it finds this.
const native = (promise) => {
  defineProperty(promise, 'constructor', { __proto__: null, value: NativePromise })
  return promise
}

const random = (length) => {
  const bytes = new Bytes(length)
  apply(getRandomValues, webCrypto, [bytes])
  return bytes
}

let last = 0
const slots = { __proto__: null }

const wipe = (slot) => {
  const opened = slots[slot]
  if (opened === undefined) return
  apply(fill, opened, [0])
  delete slots[slot]
}

export function hasWebCrypto() {
  return decrypt !== undefined && getRandomValues !== undefined
}

export function hasPasskeys() {
  return create !== undefined && get !== undefined && resultsOf !== undefined
}

// A wrapping key that scripts cannot export.
export async function newKey() {
  if (!hasWebCrypto()) return NO_WEB_CRYPTO
  try {
    return await native(apply(generateKey, subtle, [AES, false, USAGES]))
  } catch (thrown) {
    return failed(thrown)
  }
}

// Seals `length` bytes of wasm memory: initialisation vector, then ciphertext.
export async function sealBytes(key, memory, at, length, bound) {
  if (!hasWebCrypto()) return NO_WEB_CRYPTO
  try {
    const iv = random(IV_LENGTH)
    // The platform copies its input before the call returns, so the bytes themselves need no copy.
    const sealing = apply(encrypt, subtle, [gcm(iv, bound), key, view(memory, at, length)])
    const sealed = new Bytes(await native(sealing))
    const whole = new Bytes(IV_LENGTH + apply(lengthOf, sealed, []))
    apply(set, whole, [iv])
    apply(set, whole, [sealed, IV_LENGTH])
    return whole
  } catch (thrown) {
    return failed(thrown)
  }
}

// Opens what `sealBytes` gave and answers the slot where it waits.
export async function openBytes(key, iv, sealed, bound) {
  if (!hasWebCrypto()) return NO_WEB_CRYPTO
  let opened
  try {
    opened = new Bytes(await native(apply(decrypt, subtle, [gcm(iv, bound), key, sealed])))
  } catch {
    // Nothing else can be wrong with these arguments than that they do not belong together.
    return 'not-opened'
  }
  last += 1
  const slot = last
  slots[slot] = opened
  apply(later, undefined, [() => wipe(slot), 0])
  return slot
}

export function openedLength(slot) {
  const opened = slots[slot]
  return opened === undefined ? 0 : apply(lengthOf, opened, [])
}

// Moves opened bytes to wasm memory, if there are exactly as many as there is room for.
export function takeOpened(slot, memory, at, length) {
  const opened = slots[slot]
  const fits = opened !== undefined && apply(lengthOf, opened, []) === length
  if (fits) apply(set, view(memory, at, length), [opened])
  wipe(slot)
  return fits
}

const passkeyFault = (thrown) => {
  switch (read(thrown, 'name')) {
    case 'NotAllowedError':
    case 'AbortError':
      return 'passkey-declined'
    // An address or a page that may have no passkeys, or an authenticator that cannot do what is asked.
    case 'SecurityError':
    case 'NotSupportedError':
    case 'ConstraintError':
      return `no-passkey:${described(thrown)}`
    default:
      return failed(thrown)
  }
}

// From a passkey's secret to a key that opens one session, and no other.
const derive = async (secret, info) => {
  const bytes = new Bytes(secret)
  let importing
  try {
    importing = apply(importKey, subtle, ['raw', bytes, 'HKDF', false, DERIVE])
  } finally {
    apply(fill, bytes, [0])
  }
  const base = await native(importing)
  const hkdf = { __proto__: null, name: 'HKDF', hash: 'SHA-256', salt: new Bytes(0), info }
  return await native(apply(deriveKey, subtle, [hkdf, base, AES, false, USAGES]))
}

const prf = (salt) => ({ __proto__: null, prf: { __proto__: null, eval: { __proto__: null, first: salt } } })

const algorithm = (alg) => ({ __proto__: null, type: 'public-key', alg })

// Makes a passkey for the app and derives a key: `[passkey, key]`. Where deriving alone fails, its fault stands for the key, and the
// passkey is good for another attempt. A passkey is an object that can be stored; it holds no secret.
export async function createPasskey(app, saltView, infoView) {
  if (!hasWebCrypto()) return NO_WEB_CRYPTO
  if (!hasPasskeys()) return NO_PASSKEYS
  // Views of wasm memory do not last over a wait.
  const salt = new Bytes(saltView)
  const info = new Bytes(infoView)
  try {
    const publicKey = {
      __proto__: null,
      challenge: random(32),
      rp: { __proto__: null, name: app },
      user: { __proto__: null, id: random(16), name: app, displayName: app },
      pubKeyCredParams: [algorithm(-7), algorithm(-257)],
      authenticatorSelection: {
        __proto__: null,
        // Some authenticators derive keys for resident passkeys only; none is required to be one.
        residentKey: 'preferred',
        requireResidentKey: false,
        userVerification: 'required',
      },
      attestation: 'none',
      extensions: prf(salt),
    }
    const made = await native(apply(create, credentials, [{ __proto__: null, publicKey }]))
    const { prf: result } = apply(resultsOf, made, [])
    const secret = result?.results?.first
    if (!secret && !result?.enabled) return NO_PRF
    const passkey = { id: new Bytes(made.rawId), transports: made.response.getTransports?.() ?? [] }
    const key = secret ? await derive(secret, info) : await usePasskey(passkey, salt, info)
    return [passkey, key]
  } catch (thrown) {
    return passkeyFault(thrown)
  }
}

// Derives the key of one session.
export async function usePasskey(passkey, saltView, infoView) {
  if (!hasWebCrypto()) return NO_WEB_CRYPTO
  if (!hasPasskeys()) return NO_PASSKEYS
  const salt = new Bytes(saltView)
  const info = new Bytes(infoView)
  try {
    const { id, transports } = passkey
    const publicKey = {
      __proto__: null,
      challenge: random(32),
      allowCredentials: [{ __proto__: null, type: 'public-key', id, transports }],
      userVerification: 'required',
      extensions: prf(salt),
    }
    const used = await native(apply(get, credentials, [{ __proto__: null, publicKey }]))
    const secret = apply(resultsOf, used, []).prf?.results?.first
    return secret ? await derive(secret, info) : NO_PRF
  } catch (thrown) {
    return passkeyFault(thrown)
  }
}

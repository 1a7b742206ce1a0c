// What a thief does with bytes: opens what is sealed, and tells whether they are a session's key. No key leaves for anywhere else.
import type { Hex, Session } from 'hallpass'
import { rpc } from '../../rpc'
import { multiplied } from './curve'
import { recordOf, wrappingKeyOf, type StoredRecord } from './storage'

const IV_LENGTH = 12

export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.replace(/^0x/, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** What the sealed bytes of a record are bound to: nothing in it is secret. */
export function boundOf(text: string, purpose: 'key' | 'state'): Uint8Array<ArrayBuffer> {
  const { sealed: _, ...terms } = JSON.parse(text) as { sealed: string; v: number }
  return new TextEncoder().encode(JSON.stringify(['hallpass', terms.v, purpose, location.origin, terms]))
}

const gcm = (iv: Uint8Array<ArrayBuffer>, additionalData: Uint8Array<ArrayBuffer>) => ({ name: 'AES-GCM', iv, additionalData, tagLength: 128 })

/** The session key out of a record, opened with a wrapping key. */
export async function openRecord(wrapping: CryptoKey, text: string, bound = boundOf(text, 'key')): Promise<Uint8Array<ArrayBuffer>> {
  const sealed = fromHex((JSON.parse(text) as { sealed: string }).sealed)
  const opened = await crypto.subtle.decrypt(gcm(sealed.slice(0, IV_LENGTH), bound), wrapping, sealed.slice(IV_LENGTH))
  return new Uint8Array(opened)
}

/** Seals bytes as the package does. */
export async function seal(wrapping: CryptoKey, plain: Uint8Array<ArrayBuffer>, bound: Uint8Array<ArrayBuffer>): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_LENGTH))
  return toHex(iv) + toHex(new Uint8Array(await crypto.subtle.encrypt(gcm(iv, bound), wrapping, plain)))
}

/** Steals the key of a session from its storage. */
export async function steal(session: Session): Promise<Uint8Array<ArrayBuffer>> {
  const record: StoredRecord = recordOf(session)
  return openRecord(await wrappingKeyOf(record), record.text)
}

/** The public key of a private one: `x ‖ y` in hex. Null for bytes that are no key. */
export function publicKeyOf(bytes: Uint8Array): string | null {
  if (bytes.length !== 32) return null
  const point = multiplied(BigInt(`0x${toHex(bytes)}`))
  return point && point.map((coordinate) => coordinate.toString(16).padStart(64, '0')).join('')
}

/** Whether a public key is the session's. The node hashes it: it is public. */
export async function isKeyOf(session: Session, publicKey: string | null, node: string): Promise<boolean> {
  if (publicKey === null) return false
  const hash = (await rpc(node, 'web3_sha3', [`0x${publicKey}`])) as Hex
  return `0x${hash.slice(-40)}`.toLowerCase() === session.key.address.toLowerCase()
}

/** The result of whoever holds what may be the key. */
export async function claim(session: Session, node: string, length: number, publicKey: string | null): Promise<{ got: boolean; facts: string[] }> {
  const got = await isKeyOf(session, publicKey, node)
  const facts = [`It has ${length} bytes.`, got ? `Their address is that of the session key, ${session.key.address}.` : 'They are not the session key.']
  return { got, facts }
}

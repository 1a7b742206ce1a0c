import type { Endpoint } from '../hallpass.js'

/** What is looked at. `docs/doctor.md` has a section for each. */
export type CheckId =
  | 'secure-context'
  | 'csp'
  | 'wasm-features'
  | 'webcrypto'
  | 'indexeddb'
  | 'session-storage'
  | 'web-locks'
  | 'broadcast-channel'
  | 'passkey-prf'
  | 'framed'
  | 'clock'
  | 'storage-persistence'

/**
 * `ok`: as it should be. `warning`: works, but for what the sentence names. `fault`: something does not work. `unknown`: cannot be told
 * here, or is nothing that this place has, such as IndexedDB in Node.js.
 */
export type CheckState = 'ok' | 'warning' | 'fault' | 'unknown'

/** What was found. */
export interface Check {
  readonly id: CheckId
  readonly state: CheckState
  /** What is so and, where that is a fault or a warning, what does not work because of it. */
  readonly sentence: string
  /** What to do about it. With every fault and every warning. */
  readonly remedy?: string | undefined
  /** What the browser or the node said, or figures. For developers; never a URL with its path, which may hold a key. */
  readonly detail?: string | undefined
}

/**
 * Which tiers of storage this place can offer, as far as could be seen. It does not know what the package decides by itself, such as
 * to keep nothing on hosts that unrelated apps share.
 */
export interface Tiers {
  readonly memory: boolean
  /** Needs sessionStorage, and IndexedDB that stores keys. */
  readonly tab: boolean
  /** Needs IndexedDB that stores keys. */
  readonly device: boolean
  /** Needs `device`, and a browser that says that its passkeys derive keys (WebAuthn, PRF extension). */
  readonly passkey: boolean
}

/** What {@link doctor} found. */
export interface Diagnosis {
  /** Whether there is no fault. Warnings, and what could not be told, do not count. */
  readonly ok: boolean
  /** One of each id, in the order of {@link CheckId}. */
  readonly checks: readonly Check[]
  readonly tiers: Tiers
}

/** Options of {@link doctor}. */
export interface DoctorOptions {
  /** A node of the chain: with it, the clock is compared with the newest block. */
  rpc?: Endpoint | undefined
  /** Origins that may have this page in a frame, as `createHallpass` takes them. */
  allowFramedBy?: readonly string[] | undefined
  /**
   * Whether to try WebAssembly. Default `true`. Where a policy forbids it, the browser reports the try like any other violation; `false`
   * is for a page that leaves the module to another frame and wants no such report.
   */
  wasm?: boolean | undefined
}

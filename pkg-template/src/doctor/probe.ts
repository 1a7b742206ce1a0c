import { redacted } from '../redact.js'
import type { Check, CheckId } from './types.js'

/** What is said of a check. */
export type Verdict = Omit<Check, 'id'>

/** A check that can be made. */
export interface Probe {
  readonly id: CheckId
  /** Looks. Whatever it throws is told by `failed`. */
  readonly look: () => Verdict | Promise<Verdict>
  readonly failed: (thrown: unknown) => Verdict
}

/** Milliseconds that a check may take. */
const PATIENCE = 2000

/** Makes a check; never throws and never hangs. */
export async function perform({ id, look, failed }: Probe): Promise<Check> {
  const looking = async () => look()
  const verdict: Verdict = await within(PATIENCE, looking()).catch((thrown: unknown) => ({ detail: described(thrown), ...failed(thrown) }))
  // Nodes and clients write what they like into it.
  const { detail } = verdict
  return { id, ...verdict, ...(detail !== undefined && { detail: redacted(detail) }) }
}

/** What `work` answers, unless it takes longer than so many milliseconds. */
export async function within<T>(milliseconds: number, work: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const reason = Object.assign(new Error(`no answer within ${milliseconds / 1000} s`), { name: 'TimeoutError' })
    timer = setTimeout(() => reject(reason), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Name and message of whatever was thrown. */
export function described(thrown: unknown): string {
  const { name, message } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Partial<Error>
  return [name, message].filter((text) => typeof text === 'string' && text !== '').join(': ').trim() || String(thrown)
}

/** The global scope, in which anything may be missing. Reading some of it throws where the browser refuses storage. */
export const scope = globalThis as Partial<Window & typeof globalThis>

/** A window, a worker of a browser, or another runtime. */
export function place(): 'window' | 'worker' | 'other' {
  if (typeof document === 'object' && typeof window === 'object') return 'window'
  return 'WorkerGlobalScope' in globalThis ? 'worker' : 'other'
}

/** What is missing where nobody would look for it. */
export const notHere = (what: string, so: string): Verdict => ({ state: 'unknown', sentence: `No ${what} here: ${so}.` })

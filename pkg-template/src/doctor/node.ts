import type { Endpoint } from '../hallpass.js'
import { scope, within } from './probe.js'

/** A block's number and its time in Unix seconds. */
export interface Block {
  readonly number: number
  readonly time: number
}

/** What came of asking a node for its newest block. */
export type NodeAnswer =
  /** `now` is this device's time at the answer, in Unix seconds. */
  | { readonly kind: 'answered'; readonly latest: Block; readonly now: number; readonly ask: Ask }
  /** The page's policy forbids it. */
  | { readonly kind: 'forbidden'; readonly origin: string }
  | { readonly kind: 'silent'; readonly detail: string }

/** Asks for a block by number, or for the newest. */
export type Ask = (number?: number) => Promise<Block>

/** Milliseconds: less than a check has, so that it can tell what came of it. */
const PATIENCE = 1700
/** Milliseconds in which the browser tells of a violation, once the request failed. */
const NEWS = 100

/** Asks the node for its newest block. Never rejects. */
export async function askNode(endpoint: Endpoint): Promise<NodeAnswer> {
  const violation = violationOf(endpoint)
  const ask: Ask = async (number) => {
    const abort = new AbortController()
    const tag = number === undefined ? 'latest' : `0x${number.toString(16)}`
    try {
      return blockOf(await within(PATIENCE, request(endpoint, tag, abort.signal)))
    } finally {
      abort.abort()
    }
  }
  try {
    const latest = await ask()
    return { kind: 'answered', latest, now: Date.now() / 1000, ask }
  } catch (thrown) {
    const origin = await violation.told()
    return origin === undefined ? { kind: 'silent', detail: named(thrown) } : { kind: 'forbidden', origin }
  } finally {
    violation.end()
  }
}

/** What went wrong, without the messages of others: they may quote the address of the node, and that its key. */
function named(thrown: unknown): string {
  if (thrown instanceof Fault) return thrown.message
  const { name, code } = (thrown ?? {}) as { name?: unknown; code?: unknown }
  return [name, code].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ') || 'it failed'
}

class Fault extends Error {}

async function request(endpoint: Endpoint, tag: string, signal: AbortSignal): Promise<unknown> {
  const question = { method: 'eth_getBlockByNumber', params: [tag, false] }
  if (typeof endpoint !== 'string') return endpoint.request(question)
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...question }),
    signal,
  })
  if (!response.ok) throw new Fault(`HTTP status ${response.status}`)
  const { result, error } = (await response.json()) as { result?: unknown; error?: { code?: number } }
  if (error) throw new Fault(`JSON-RPC error ${error.code}`)
  return result
}

function blockOf(result: unknown): Block {
  const { number, timestamp } = (result ?? {}) as { number?: unknown; timestamp?: unknown }
  const block = { number: quantity(number), time: quantity(timestamp) }
  if (!Number.isSafeInteger(block.number) || !Number.isSafeInteger(block.time)) throw new Fault('the answer is no block')
  return block
}

const quantity = (value: unknown): number => (typeof value === 'string' ? Number(value) : NaN)

/** Listens whether the page's policy forbids the endpoint. `told` gives the origin that it forbids. */
function violationOf(endpoint: Endpoint): { told: () => Promise<string | undefined>; end: () => void } {
  const target: EventTarget | undefined = scope.document ?? (scope.addEventListener ? globalThis : undefined)
  const origin = typeof endpoint === 'string' ? originOf(endpoint) : undefined
  if (origin === undefined || target === undefined) return { told: async () => undefined, end() {} }
  const abort = new AbortController()
  const news = new Promise<string>((resolve) => {
    const listen = (event: Event) => {
      const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent
      if (effectiveDirective === 'connect-src' && originOf(blockedURI) === origin) resolve(origin)
    }
    target.addEventListener('securitypolicyviolation', listen, { signal: abort.signal })
  })
  return { told: () => within(NEWS, news).catch(() => undefined), end: () => abort.abort() }
}

function originOf(url: string): string | undefined {
  try {
    return new URL(url, scope.location?.href).origin
  } catch {
    return undefined
  }
}

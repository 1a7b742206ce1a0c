import * as glue from './wasm/hallpass.js'
import { HallpassError } from './error.js'
import { tell } from './listeners.js'
import type { WasmSource } from './types.js'

/** The functions of the wasm module. */
export type Exports = typeof glue

let started: Promise<Exports> | undefined

/** Starts the module once; a failed start may be tried again. */
export function start(source: () => WasmSource | PromiseLike<WasmSource>): Promise<Exports> {
  started ??= compile(source)
    .then((module) => {
      // Some engines refuse only here what a policy forbids.
      glue.initSync({ module })
      return glue
    })
    .catch((cause: unknown) => {
      started = undefined
      throw blocked(cause)
    })
  return started
}

/** Calls into the module once it is started. */
export async function call<T>(engine: Promise<Exports>, work: (exports: Exports) => T): Promise<T> {
  const exports = await engine
  return guarded(() => work(exports))
}

/** Calls into the started module; whatever it throws becomes a `HallpassError`. */
export function guarded<T>(work: () => T): T {
  check()
  try {
    return work()
  } catch (thrown) {
    throw failure(thrown)
  }
}

/** The same for calls that answer a promise. It rejects when the module stops meanwhile: then nobody is left to answer. */
export async function guardedAsync<T>(work: () => T | PromiseLike<T>): Promise<T> {
  check()
  let giveUp: (fault: HallpassError) => void = () => {}
  const stopped = new Promise<never>((_, reject) => (giveUp = reject))
  waiting.add(giveUp)
  try {
    return await Promise.race([work(), stopped])
  } catch (thrown) {
    throw failure(thrown)
  } finally {
    waiting.delete(giveUp)
  }
}

/** Why nothing may be called: the module stopped, and is not started afresh yet. */
let broken: HallpassError | undefined
/** Whether another one could not be started. */
let isDown = false
/** When that is tried again, whoever calls meanwhile. */
let retry: ReturnType<typeof setTimeout> | undefined
/** Those who wait for an answer of the module. */
const waiting = new Set<(fault: HallpassError) => void>()
/** Those who hold something of the module, and must get it anew. */
const holders = new Set<() => void>()

/** Calls back each time the module was started afresh: what was held of it before is gone. Answers how to stop. */
export function onAfresh(holder: () => void): () => void {
  holders.add(holder)
  return () => holders.delete(holder)
}

/** A trap leaves the module in no known state: nothing is called any more, and a fresh one takes its place once this call has returned. */
function trapped(cause: unknown): HallpassError {
  if (broken) return broken
  const shortMessage = 'the wasm module stopped on an internal fault and is started afresh'
  let fault: HallpassError
  try {
    fault = new HallpassError({ code: 'wasm.trap', shortMessage, retryable: true, cause })
  } catch {
    // The stack is still full here; whoever called has more room.
    throw cause
  }
  broken = fault
  // Code of the old module may still be on the stack, below whoever calls.
  queueMicrotask(() => {
    for (const giveUp of waiting) giveUp(fault)
    startAfresh()
  })
  return broken
}

/** Where there is no memory for another module, the next call tries again, or a moment passes. */
function startAfresh(): void {
  clearTimeout(retry)
  try {
    // The old one's memory goes with the last mention of it, and the keys in it.
    glue.__wbg_reset_state()
    glue.afresh()
  } catch {
    isDown = true
    retry = setTimeout(startAfresh, 1_000)
    return
  }
  broken = undefined
  isDown = false
  for (const holder of holders) tell(holder)
}

/** Throws while nothing may be called. */
function check(): void {
  if (isDown) startAfresh()
  if (broken) throw broken
}

/** A stack that runs full is a RangeError in most engines. */
const isTrap = (thrown: unknown): boolean =>
  thrown instanceof WebAssembly.RuntimeError || (thrown instanceof RangeError && thrown.message.includes('stack')) || isTooMuchRecursion(thrown)

/** The same in Firefox. */
const isTooMuchRecursion = (thrown: unknown) => (thrown as Error | undefined)?.name === 'InternalError'

glue.onThrown.stale = () => new HallpassError({ code: 'wasm.trap', shortMessage: 'the wasm module was started afresh meanwhile', retryable: true })
glue.onThrown.trapped = (thrown) => isTrap(thrown) && !!trapped(thrown)

/** For how many seconds to wait, by the options of a wait as text. Sendings outlive the module that began them. */
export const patience = (text: string): number | undefined => guarded(() => glue.patience(text))

function failure(thrown: unknown): HallpassError {
  return isTrap(thrown) ? trapped(thrown) : HallpassError.from(thrown)
}

async function compile(source: () => WasmSource | PromiseLike<WasmSource>): Promise<WebAssembly.Module> {
  const given = await source()
  if (given instanceof WebAssembly.Module) return given
  if (typeof Response === 'function' && given instanceof Response) {
    if (!given.ok) throw new HallpassError(notFetched(given))
    return WebAssembly.compile(await given.arrayBuffer())
  }
  return WebAssembly.compile(given as BufferSource)
}

function notFetched(response: Response) {
  return {
    code: 'wasm.fetch' as const,
    shortMessage: `the wasm module was not served: status ${response.status} from ${response.url}`,
  }
}

function blocked(cause: unknown): HallpassError {
  if (cause instanceof HallpassError) return cause
  return new HallpassError({
    code: 'wasm.start',
    shortMessage: 'the wasm module could not be started',
    cause,
  })
}

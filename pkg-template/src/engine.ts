import * as glue from './wasm/hallpass.js'
import { HallpassError } from './error.js'
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

/** Calls into the started module; whatever it throws becomes a `HallpassError`. A trap leaves it in no known state, so the next call
 * starts a fresh one. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw failure(thrown)
  }
}

/** The same for calls that answer a promise. */
export async function guardedAsync<T>(work: () => T | PromiseLike<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw failure(thrown)
  }
}

function failure(thrown: unknown): HallpassError {
  // A stack that runs full is a RangeError in some engines.
  if (thrown instanceof WebAssembly.RuntimeError || (thrown instanceof RangeError && /stack/i.test(thrown.message))) {
    glue.__wbg_reset_state()
    return new HallpassError({
      code: 'wasm.trap',
      shortMessage: 'the wasm module stopped on an internal fault and was started afresh',
      remedy: 'Please report this with the input that caused it. Sessions are taken up again by restore.',
      cause: thrown,
    })
  }
  return HallpassError.from(thrown)
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
    code: 'wasm.fetch',
    shortMessage: `the wasm module was not served: status ${response.status} from ${response.url}`,
    remedy: 'Serve hallpass/hallpass.wasm at the address you fetch.',
  }
}

function blocked(cause: unknown): HallpassError {
  if (cause instanceof HallpassError) return cause
  return new HallpassError({
    code: 'wasm.start',
    shortMessage: 'the wasm module could not be started',
    remedy: "If the page has a content security policy, allow 'wasm-unsafe-eval' in script-src.",
    cause,
  })
}

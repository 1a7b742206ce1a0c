import { type Probe, scope, type Verdict } from './probe.js'

/** A module of nothing: magic number and version. */
const EMPTY = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const NOT_ASKED: Verdict = { state: 'unknown', sentence: 'WebAssembly was not tried, as asked.' }

/** Whether the page's policy lets the module start. */
export function policy(wanted: boolean): Probe {
  return {
    id: 'csp',
    async look() {
      if (!wanted) return NOT_ASKED
      // That there is none is told by the other check.
      if (scope.WebAssembly === undefined) return { state: 'unknown', sentence: 'There is no WebAssembly here to be allowed or forbidden.' }
      // WebKit forbids no sooner than here.
      await WebAssembly.instantiate(new Uint8Array(EMPTY))
      return { state: 'ok', sentence: 'The page may run WebAssembly.' }
    },
    failed: () => ({
      state: 'fault',
      sentence: 'The Content-Security-Policy of this page forbids WebAssembly: nothing of this package starts.',
      remedy: "Add 'wasm-unsafe-eval' to script-src of the policy (to default-src, if it has no script-src).",
    }),
  }
}

type Feature = readonly [name: string, body: readonly number[], results?: readonly number[]]

/** What the module is built with, each with the smallest body of a function that uses it, and what the function returns. */
const FEATURES: readonly Feature[] = [
  ['simd128', [0x41, 0x00, 0xfd, 0x0f, 0x1a]],
  ['bulk-memory', [0x41, 0x00, 0x41, 0x00, 0x41, 0x00, 0xfc, 0x0a, 0x00, 0x00]],
  ['sign-ext', [0x41, 0x00, 0xc0, 0x1a]],
  ['nontrapping-fptoint', [0x43, 0x00, 0x00, 0x00, 0x00, 0xfc, 0x00, 0x1a]],
  ['multivalue', [0x41, 0x00, 0x41, 0x00], [0x7f, 0x7f]],
]

const named = (features: readonly Feature[]): string => features.map(([name]) => name).join(', ')

/** One function and a memory. */
function moduleOf(body: readonly number[], results: readonly number[] = []): Uint8Array<ArrayBuffer> {
  const section = (id: number, content: readonly number[]) => [id, content.length, ...content]
  return new Uint8Array([
    ...EMPTY,
    ...section(1, [1, 0x60, 0, results.length, ...results]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 0]),
    ...section(10, [1, body.length + 2, 0, ...body, 0x0b]),
  ])
}

/** Whether this engine knows all that the module uses. */
export function wasmFeatures(wanted: boolean): Probe {
  return {
    id: 'wasm-features',
    look() {
      if (!wanted) return NOT_ASKED
      if (scope.WebAssembly === undefined) {
        return {
          state: 'fault',
          sentence: 'There is no WebAssembly here: nothing of this package starts.',
          remedy: 'Switch it on again: it is off in Lockdown Mode (Apple), from which a site can be excepted, and by some security settings.',
        }
      }
      const missing = FEATURES.filter(([, body, results]) => !WebAssembly.validate(moduleOf(body, results)))
      if (missing.length > 0) return { ...TOO_OLD, detail: `missing: ${named(missing)}` }
      if (scope.DecompressionStream === undefined) return NO_GZIP
      return { state: 'ok', sentence: 'This engine knows all that the module uses.', detail: named(FEATURES) }
    },
    failed: () => TOO_OLD,
  }
}

const TOO_OLD: Verdict = {
  state: 'fault',
  sentence: 'This engine lacks features of WebAssembly that the module is built with: nothing of this package starts.',
  remedy: 'Use a browser of 2023 or later: Chrome and Edge from 91, Firefox from 113, Safari from 16.4.',
}

const NO_GZIP: Verdict = {
  state: 'warning',
  sentence: 'This engine cannot unpack gzip (DecompressionStream), so the main entry of this package cannot start its module.',
  remedy: "Import from 'hallpass/slim', which takes the module as it is, or use a later browser.",
}

// What TypeScript and the package's pages say is what the module does: names of stages, of events, and of errors.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(process.env.VECTORS, '../..')
const read = (file) => readFileSync(join(root, file), 'utf8')
const all = (text, pattern) => [...text.matchAll(pattern)].map(([, found]) => found)
const session = read('pkg-template/src/session.ts')

/** What lies between two texts. */
function between(text, start, end) {
  const from = text.indexOf(start)
  assert.ok(from >= 0, `${start} is not there`)
  return text.slice(from, text.indexOf(end, from))
}

/** Files below a folder of the repository. */
const files = (folder, extension) => readdirSync(join(root, folder), { recursive: true }).filter((file) => file.endsWith(extension)).map((file) => `${folder}/${file}`)

/** Names that `name()` of a Rust type gives. */
const named = (file, type) => all(between(read(file), `impl ${type} {`, '\n}'), /Self::\w+[^\n]* => "([a-z-]+)"/g)

test('the stages of an operation are those of the module, in the order of its life', () => {
  const stages = named('src/session/engine/effect.rs', 'Stage')
  assert.ok(stages.length > 5)
  assert.deepEqual(all(between(session, 'export type OperationStage', '\n\n'), /\| '([a-z]+)'/g), stages)
  assert.deepEqual(all(between(read('pkg-template/docs/operations.md'), '## Stages', '\n## '), /^\| `([a-z]+)` \|/gm), stages)
})

test('the events of a session are those of the module', () => {
  const events = named('src/session/watch.rs', 'SessionEvent')
  assert.ok(events.length > 5)
  const declared = all(between(session, 'export interface SessionEvents', '\n}'), /^ {2}'?([a-z-]+)'?: /gm)
  assert.deepEqual(declared.toSorted(), events.toSorted())
})

test('the page of errors has every code that the sources have, and no other', () => {
  const page = read('pkg-template/docs/errors.md')
  const outside = (file) => !file.includes('/error/codes/') && !file.includes('browser/custody')
  // What `field_error` takes is the path of an option.
  const inRust = files('src', '.rs').filter(outside).map(read).flatMap((text) => all(text, /(?<!field_error\()"([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)"/g))
  const inTypeScript = files('pkg-template/src', '.ts').filter((file) => !file.includes('error-codes')).map(read).flatMap((text) => all(text, /'([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)'/g))
  const codes = new Set([...inRust, ...inTypeScript, 'aborted'])
  const headings = all(page, /^### ([a-z-]+(?:\.[a-z-]+)?)$/gm)
  assert.ok(headings.length > 100)
  assert.deepEqual(headings.filter((code) => !codes.has(code)), [], 'on the page alone')
  const firsts = new Set(headings.map((code) => code.split('.')[0]))
  assert.deepEqual([...codes].filter((code) => firsts.has(code.split('.')[0]) && !headings.includes(code)), [], 'in the sources alone')
})

// SECURITY.md says which test holds which promise: every test it names is there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(process.env.VECTORS, '../..')
const text = readFileSync(join(root, 'SECURITY.md'), 'utf8')

/** `[file, name]` of every test that the text names, in lists or in brackets. */
function named() {
  const found = []
  for (const [, file, names] of text.matchAll(/`((?:src|tests)\/[\w/.-]+\.(?:rs|mjs))`: ((?:`[^`]+`(?:, )?)+)/g)) {
    for (const [, name] of names.matchAll(/`([^`]+)`/g)) found.push([file, name])
  }
  return found
}

const escaped = (name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Whether a file has a test of this name: a function that is marked as one, or a text that starts or ends the name of one. */
function hasTest(file, name) {
  const source = readFileSync(join(root, file), 'utf8')
  if (/^\w+$/.test(name)) return new RegExp(`#\\[(wasm_bindgen_)?test\\][^}]*?\\bfn ${name}\\(`, 's').test(source)
  if (file.endsWith('.rs')) return source.includes(`"${name}"`)
  return new RegExp(`\\btest\\((['\`])[^\\n]*?${escaped(name)}\\1,`).test(source)
}

test('every test that SECURITY.md names is there', () => {
  const tests = named()
  assert.ok(tests.length > 50, `${tests.length} tests are named`)
  assert.deepEqual(tests.filter(([file, name]) => !hasTest(file, name)), [])
})

test('every promise names a test or says that there is none, and every limit is told', () => {
  const promises = text.split(/^### /m).slice(1)
  assert.deepEqual(promises.map((part) => part.slice(0, 3)), Array.from({ length: 9 }, (_, index) => `P${index + 1}.`))
  for (const part of promises) {
    const [own] = part.split(/^## /m)
    assert.ok(/`(src|tests)\/[^`]+`: `/.test(own) || /Not yet tested/.test(own), own.slice(0, 40))
  }
  const limits = [...text.matchAll(/^- \*\*(N\d+)\.\*\*/gm)].map(([, name]) => name)
  assert.deepEqual(limits, Array.from({ length: 12 }, (_, index) => `N${index + 1}`))
})

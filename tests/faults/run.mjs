#!/usr/bin/env node
// Runs the faults of list.mjs against the built package, several at a time, each in a world of its own.
//   node tests/faults/run.mjs --pkg DIR [--all] [--only TEXT] [--jobs N] [--list]
// Without --all only those for CI. One line each, `ok NAME` or `not ok NAME — seen: … — wanted: …`; exit 1 if any failed.
import { judge } from './checker.mjs'
import { live } from './life.mjs'
import { FAULTS } from './list.mjs'
import { loadPackage } from './world.mjs'

/** Milliseconds for one fault. Every wait in a life is shorter; this is for what hangs in spite of that. */
const LIMIT = 25_000

const has = (name) => process.argv.includes(`--${name}`)
const value = (name, otherwise) => (has(name) ? process.argv[process.argv.indexOf(`--${name}`) + 1] : otherwise)

function chosen() {
  const names = FAULTS.map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice) throw new Error(`two faults are called ${twice}`)
  const text = value('only', '')
  return FAULTS.filter(({ name, ci }) => name.includes(text) && (has('all') || text || ci))
}

const line = (text) => text.replace(/\s+/g, ' ').slice(0, 700)

async function run(hallpass, fault) {
  const begin = Date.now()
  const wish = { must: fault.must, recovers: fault.recovers, parts: fault.parts.map(({ when }) => when) }
  let faults
  try {
    let timer
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`no end within ${LIMIT / 1000} s`)), LIMIT)))
    const record = await Promise.race([live(hallpass, fault), late]).finally(() => clearTimeout(timer))
    faults = judge(record, wish)
  } catch (error) {
    faults = [{ rule: 'run', seen: `the life itself stopped: ${error.stack}`, wanted: 'a life to its end' }]
  }
  return { faults, took: Date.now() - begin }
}

function report({ name }, { faults, took }) {
  const time = has('times') ? ` (${took} ms)` : ''
  if (faults.length === 0) return console.log(`ok ${name}${time}`)
  const seen = line(faults.map(({ rule, seen }) => `(${rule}) ${seen}`).join('; '))
  const wanted = line([...new Set(faults.map(({ wanted }) => wanted))].join('; '))
  console.log(`not ok ${name}${time} — seen: ${seen} — wanted: ${wanted}`)
}

const faults = chosen()
if (has('list')) {
  for (const { name, ci } of faults) console.log(`${ci ? 'ci ' : '   '} ${name}`)
  process.exit(0)
}

// What fails behind everybody's back belongs to no fault in particular.
const outside = []
process.on('unhandledRejection', (error) => outside.push(error))
process.on('uncaughtException', (error) => outside.push(error))

const hallpass = await loadPackage(value('pkg', 'pkg'))
const results = []
let [started, shown, passed] = [0, 0, 0]
const worker = async () => {
  while (started < faults.length) {
    const at = started
    started += 1
    results[at] = await run(hallpass, faults[at])
    for (; results[shown]; shown += 1) {
      report(faults[shown], results[shown])
      if (results[shown].faults.length === 0) passed += 1
    }
  }
}
await Promise.all(Array.from({ length: Number(value('jobs', '8')) }, worker))
for (const error of outside) console.log(`not ok outside of any fault — seen: ${line(String(error?.stack ?? error))} — wanted: no error that nobody catches`)
const failed = faults.length - passed + outside.length
console.log(`${passed} passed, ${failed} failed`)
// Whatever still waits for an endpoint that is gone waits in vain.
process.exit(failed === 0 && passed > 0 ? 0 : 1)

#!/usr/bin/env node
// Looks through scopes and grants on the command line. Everything is computed here; nothing is asked of any network.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { HallpassError, inspect, reviewScope } from '../esm/index.js'

const USAGE = `Usage:
  hallpass lint <scope.json | module.js>      what is dangerous in a scope, and which rules the chain does not enforce
  hallpass explain <scope.json | module.js>   what it allows, who enforces each rule, and what a stolen key can cost
  hallpass inspect <file>                     what the bytes of a grant allow: typed data, a signature as hex, a user operation

A module gives its scope as its default export, or by the name scope.

Options:
  --account <version>   Kernel version of the account: 3.1, 3.2 or 3.3 (default 3.3)
  --expires <time>      how long the session is to last, such as 4h
  --json                the whole result as JSON
  --help, --version

Ends with 0 when all is well or there are warnings only, 1 when a request would be refused, 2 when nothing could be looked at.`

/** Nothing to look at: a fault of the command line or of the file. */
class Unreadable extends Error {}

const OPTIONS = {
  account: { type: 'string' },
  expires: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
}

/** Text for a terminal. What was read may come from anywhere, so no control characters and nothing that turns the writing around. */
const clean = (text) => String(text).replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd')
const print = (...lines) => process.stdout.write(lines.map((line) => `${clean(line)}\n`).join(''))
const toJson = (value) => JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? member.toString() : member), 2)
const printJson = (value) => process.stdout.write(`${toJson(value)}\n`)

function section(title, lines) {
  if (lines.length > 0) print('', title, ...lines.map((line) => `  ${line}`))
}

async function readText(file) {
  try {
    return await readFile(file, 'utf8')
  } catch (fault) {
    throw new Unreadable(`cannot read ${file}: ${fault.message}`)
  }
}

async function readScope(file) {
  if (/\.[cm]?[jt]s$/.test(file)) {
    const module = await import(pathToFileURL(resolve(file))).catch((fault) => {
      throw new Unreadable(`cannot load ${file}: ${fault.message}`)
    })
    const scope = await (module.scope ?? module.default?.scope ?? module.default)
    if (typeof scope === 'object' && scope !== null) return scope
    throw new Unreadable(`${file} exports no scope: make it the default export, or name it scope`)
  }
  const text = await readText(file)
  try {
    return JSON.parse(text)
  } catch (fault) {
    throw new Unreadable(`${file} is not JSON: ${fault.message}`)
  }
}

async function review(file, { account, expires }) {
  return reviewScope({ scope: await readScope(file), version: account, expiresIn: expires })
}

const SEVERITIES = [
  ['error', 'errors'],
  ['warning', 'warnings'],
  ['info', 'remarks'],
]

const isAccepted = ({ accept }, accepted) => accept !== null && accepted.includes(accept)

function printFindings(findings, accepted = []) {
  for (const [severity, title] of SEVERITIES) {
    const lines = findings
      .filter((finding) => finding.severity === severity)
      .flatMap((finding) => [
        `${finding.id}  ${finding.path}`,
        `  ${finding.message}`,
        `  fix: ${finding.fix}`,
        ...(finding.accept ? [`  ${isAccepted(finding, accepted) ? 'accepted by name' : 'or accept it'}: ${finding.accept}`] : []),
        `  see ${finding.docs}`,
      ])
    section(title, lines)
  }
}

function printLocalRules({ rules }) {
  const local = rules.filter(({ enforcedBy }) => enforcedBy === 'local')
  const line = ({ path, rule, reason }) => `${path}: ${rule}${reason ? ` (${reason})` : ''}`
  section('enforced by this package only, not by the chain', local.filter((rule) => !rule.implicit).map(line))
  section('the same, in every scope', local.filter((rule) => rule.implicit).map(line))
}

function printVerdict(result) {
  const { compileError, notAccepted, findings } = result
  if (compileError) section('cannot be brought on chain', [compileError.message, compileError.remedy, `(${compileError.code})`])
  if (notAccepted.length > 0) section('not accepted; to go ahead, add to "accept"', [notAccepted.map((name) => JSON.stringify(name)).join(', ')])
  const count = (severity) => {
    const number = findings.filter((finding) => finding.severity === severity).length
    return `${number} ${severity}${number === 1 ? '' : 's'}`
  }
  print('', `${result.passes ? 'fine' : 'refused'}: ${count('error')}, ${count('warning')}; scope ${result.scopeHash}`)
}

async function lint(file, options) {
  const result = await review(file, options)
  if (options.json) {
    printJson(result)
  } else {
    printFindings(result.findings, result.scope.accept)
    if (result.enforcement) printLocalRules(result.enforcement)
    printVerdict(result)
  }
  return result.passes ? 0 : 1
}

const rows = (cells) => {
  const widths = cells.reduce((widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)), [])
  return cells.map((row) => row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]))).join('  ').trimEnd())
}

function printMeaning({ explain, worstCase, enforcement }) {
  section('what it allows', explain.map(({ topic, text }) => (topic === 'caution' ? `! ${text}` : text)))
  if (enforcement) {
    const { rules, gas, strictBundlers } = enforcement
    const by = ({ enforcedBy, contract }) => (enforcedBy === 'chain' ? (contract?.name ?? 'chain') : 'this package')
    section('who enforces it', rows(rules.map((rule) => [rule.path, by(rule), rule.rule])))
    const parts = [...gas.parts, { what: 'in all', ...gas }].map(({ what, first, later }) => [`${first}`, `${later}`, what])
    section('gas', rows([['first', 'later', ''], ...parts]))
    if (!strictBundlers.accepted) section('strict bundlers refuse it', [strictBundlers.reason ?? ''])
  }
  if (worstCase) section('if the key is stolen', worstCase.map(({ text }) => text))
}

async function explain(file, options) {
  const result = await review(file, options)
  if (options.json) {
    printJson(result)
  } else {
    printMeaning(result)
    printVerdict(result)
  }
  return result.passes ? 0 : 1
}

async function inspectFile(file, options) {
  const result = await inspect((await readText(file)).trim())
  const { kind, account, chains, understood, notUnderstood, findings, bytesCovered, bytesTotal } = result
  if (options.json) {
    printJson(result)
  } else {
    const where = Array.isArray(chains) ? `chain ${chains.join(', ')}` : (chains ?? 'a chain that is not named')
    print(`${kind} for account ${account ?? 'that is not named'} on ${where}`)
    printMeaning({ ...result, enforcement: null })
    printFindings(findings)
    section('not understood', notUnderstood)
    print('', `${understood ? 'understood' : 'NOT understood: it may allow more than this'}; ${bytesCovered} of ${bytesTotal} bytes read`)
  }
  return understood && !findings.some(({ severity }) => severity === 'error') ? 0 : 1
}

const COMMANDS = { lint, explain, inspect: inspectFile }

async function run() {
  let given
  try {
    given = parseArgs({ options: OPTIONS, allowPositionals: true })
  } catch (fault) {
    throw new Unreadable(`${fault.message}\n\n${USAGE}`)
  }
  const { values, positionals } = given
  if (values.version) {
    const { version } = JSON.parse(await readText(new URL('../package.json', import.meta.url)))
    print(version)
    return 0
  }
  if (values.help) {
    process.stdout.write(`${USAGE}\n`)
    return 0
  }
  const [name, file, ...others] = positionals
  const command = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name] : undefined
  if (command === undefined || file === undefined || others.length > 0) throw new Unreadable(USAGE)
  return command(file, values)
}

try {
  process.exitCode = await run()
} catch (fault) {
  const isExpected = fault instanceof Unreadable || fault instanceof HallpassError
  const text = String(isExpected ? fault.message : (fault?.stack ?? fault))
  process.stderr.write(`${text.split('\n').map(clean).join('\n')}\n`)
  // Never 1, as an uncaught fault would give: that says a scope was read and is refused.
  process.exitCode = 2
}

// The command, as `npx hallpass` runs it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const manifest = require('hallpass/package.json')
const program = join(dirname(require.resolve('hallpass/package.json')), manifest.bin.hallpass)
// Beside this file, so that modules in it can import the package.
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'scopes-'))
after(() => rmSync(folder, { recursive: true }))

const file = (name, content) => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const run = (...args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

const limits = { gas: { maxFeePerGas: '2 gwei', total: '0.02 ether' } }
const fine = { $schema: 'x', v: 1, calls: [{ to: '0x00000000000000000000000000000000000b0a2d', function: 'move(uint8 x,uint8 y)' }], limits }
const approving = { calls: [{ to: '0x0000000000000000000000000000000000601d01', function: 'approve(address spender,uint256 amount)' }], limits }
const danger = 'danger:unbounded-allowance'

test('a scope without dangers ends with 0', () => {
  const { status, stdout, stderr } = run('lint', file('fine.json', fine), '--expires', '4h')
  assert.deepEqual([status, stderr], [0, ''], stdout)
  assert.match(stdout, /^fine: 0 errors/m)
  assert.match(stdout, /0x[0-9a-f]{64}/)
})

test('a danger ends with 1, and says what it is and how to accept it', () => {
  const path = file('approving.json', approving)
  const { status, stdout } = run('lint', path)
  assert.equal(status, 1)
  for (const part of [/^errors$/m, /unbounded-allowance {2}calls\[0\]/, /fix: ./, /docs\/lint\/unbounded-allowance\.md/, /^refused: /m]) {
    assert.match(stdout, part)
  }
  assert.ok(stdout.includes(JSON.stringify(danger)))
  const { status: jsonStatus, stdout: json } = run('lint', path, '--json', '--account', '3.1')
  const review = JSON.parse(json)
  assert.equal(jsonStatus, 1)
  assert.ok(review.notAccepted.includes(danger))
  assert.equal(typeof review.enforcement.gas.first, 'string')
  // Accepted by name it passes.
  const accepted = run('lint', file('accepted.json', { ...approving, accept: review.notAccepted }))
  assert.equal(accepted.status, 0, accepted.stdout)
})

test('what only the package enforces is listed, and must be accepted', () => {
  const { status, stdout } = run('lint', file('spend.json', { ...fine, spend: [{ token: 'native', limit: '1 ether' }] }))
  assert.equal(status, 1)
  assert.match(stdout, /^ {2}spend\[0\]: /m)
  assert.ok(stdout.includes('"local:spend[0]"'))
})

test('a module gives its scope by name or by default', () => {
  const code = `import { defineScope, lte } from 'hallpass'
const scope = defineScope({
  calls: [{ to: '0x00000000000000000000000000000000000b0a2d', function: 'move(uint8 x,uint8 y)', args: { x: lte(7n) } }],
  limits: { gas: { maxFeePerGas: '2 gwei', total: 10n ** 16n } },
})
`
  assert.equal(run('lint', file('named.mjs', `${code}export { scope }`)).status, 0)
  assert.equal(run('lint', file('default.mjs', `${code}export default scope`)).status, 0)
  const common = `const { lte } = require('hallpass')\nmodule.exports = { calls: [{ to: '0x00000000000000000000000000000000000b0a2d', function: 'f(uint8)', args: [lte(7n)] }], limits: { gas: { total: 1n } } }`
  assert.notEqual(run('lint', file('common.cjs', common)).status, 2)
  assert.equal(run('lint', file('none.mjs', 'export const other = 5')).status, 2)
  assert.equal(run('lint', file('broken.mjs', 'throw new Error("not today")')).status, 2)
})

test('explain tells it in sentences', () => {
  const { status, stdout } = run('explain', file('explained.json', fine))
  assert.equal(status, 0)
  for (const title of ['what it allows', 'who enforces it', 'gas', 'if the key is stolen']) assert.match(stdout, new RegExp(`^${title}$`, 'm'))
})

test('inspect reads a grant from a file', () => {
  const vectors = join(process.env.VECTORS, 'kernel-v3')
  const name = readdirSync(vectors).find((file) => /^033.*enable\.json$/.test(file))
  const { addresses, intermediate } = JSON.parse(readFileSync(join(vectors, name), 'utf8'))
  const { status, stdout } = run('inspect', file('grant.json', intermediate.enableTypedData))
  assert.notEqual(status, 2)
  assert.ok(stdout.toLowerCase().startsWith(`typed-data for account ${addresses.account.toLowerCase()}`))
  const json = JSON.parse(run('inspect', join(folder, 'grant.json'), '--json').stdout)
  assert.equal(json.kind, 'typed-data')
})

test('nothing to look at ends with 2', () => {
  const path = file('here.json', fine)
  for (const [args, message] of [
    [[], /Usage/],
    [['lint'], /Usage/],
    [['dance', path], /Usage/],
    [['lint', path, 'another'], /Usage/],
    [['lint', path, '--colour'], /--colour/],
    [['lint', join(folder, 'missing.json')], /missing\.json/],
    [['lint', file('torn.json', '{')], /JSON/],
    [['lint', file('empty.json', {})], /scope\.invalid/],
    [['lint', file('odd.json', { ...fine, limits: {} })], /scope\.limits\.gas/],
    [['lint', path, '--account', '9.9'], /./],
    [['lint', path, '--expires', 'tomorrow'], /./],
    [['inspect', file('hello.txt', 'hello')], /./],
  ]) {
    const { status, stdout, stderr } = run(...args)
    assert.deepEqual([status, stdout], [2, ''], `${args.join(' ')}: ${stderr}`)
    assert.match(stderr, message)
  }
})

test('help and version', () => {
  const help = run('--help')
  assert.deepEqual([help.status, help.stdout.includes('Usage')], [0, true])
  assert.deepEqual([run('--version').status, run('--version').stdout.trim()], [0, manifest.version])
})

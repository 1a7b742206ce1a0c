// The published JSON schema of a scope says what the module reads.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { reviewScope } from 'hallpass'
import { validate } from './schema-validator.mjs'

const require = createRequire(import.meta.url)
const schema = require('hallpass/scope.schema.json')
const faults = (scope) => validate(schema, scope)

const GAME = '0xb0a2d00000000000000000000000000000000000'
const limits = { gas: { total: '0.02 ether' } }
const one = (rule) => ({ calls: [{ to: GAME, ...rule }], limits })
const f = (args) => one({ function: 'f(uint256 n,address to,(uint8 a,bool b) pair,uint8[2] both,bytes data,string text)', args })

const GOOD = {
  'the least': one({ function: 'move(uint8 x,uint8 y)' }),
  'every field': {
    v: 1,
    calls: [
      { to: GAME, function: 'buy(uint256 item,uint256 amount)', args: [{ oneOf: ['1', 2] }, { lte: '5' }], value: { max: '0' } },
      { to: GAME, plainTransfer: true, value: { max: '1 ether' } },
    ],
    spend: [{ token: 'native', limit: '1 ether', per: null }, { token: GAME, limit: 5, per: '1d' }],
    limits: { operations: '2000', rate: { every: '30s' }, gas: { maxFeePerGas: '50000000', total: '20000000000000000' } },
    paymaster: 'none',
    signatures: [],
    accept: ['danger:long-expiry', 'local:spend[0]'],
  },
  'conditions by name': f({ n: { between: [1, '5'] }, to: { self: true } }),
  'conditions in order': f([{ gt: 4 }, { neq: GAME }, [1, true], { members: [{ lt: 3 }, { any: true }] }, { any: true }, { any: true }]),
  'members by name': f({ pair: { a: { gte: 2 } } }),
  'members by name, in full': f({ pair: { members: { b: true } } }),
  'what begins so': f({ data: { startsWith: '0x01' }, text: { startsWith: 'gm' } }),
}
const BAD = {
  'no calls': { limits },
  'no call': { calls: [], limits },
  'no limits': { calls: GOOD['the least'].calls },
  'no gas budget': { ...GOOD['the least'], limits: { operations: 5 } },
  'an unknown field': { ...GOOD['the least'], spends: [] },
  'an unknown field of a rule': one({ function: 'f(uint256)', arg: [1] }),
  'an unknown limit': { ...GOOD['the least'], limits: { ...limits, operation: 5 } },
  'another version': { ...GOOD['the least'], v: 2 },
  'no function': one({}),
  'a transfer with a function': one({ plainTransfer: true, function: 'f()', value: { max: 1 } }),
  'a transfer of nothing said': one({ plainTransfer: true }),
  'no address': { calls: [{ to: '0x00', function: 'f()' }], limits },
  'two conditions at once': f({ n: { gte: 1, lte: 5 } }),
  'a bound of one end': f({ n: { between: [1] } }),
  'an empty list': f({ n: { oneOf: [] } }),
  'a condition that is null': f({ n: null }),
  'an untrue self': f({ to: { self: false } }),
  'a number with a point': f({ n: { lte: 1.5 } }),
  'a text that is no number': f({ n: { lte: 'five' } }),
  'an unknown unit': { ...GOOD['the least'], limits: { gas: { total: '1 eth' } } },
  'no operations': { ...GOOD['the least'], limits: { ...limits, operations: 0 } },
  'a rate of nothing': { ...GOOD['the least'], limits: { ...limits, rate: { every: 0 } } },
  'somebody as paymaster': { ...GOOD['the least'], paymaster: 'somebody' },
  'a total without limit': { ...GOOD['the least'], spend: [{ token: 'native' }] },
  'acceptance of nothing known': { ...GOOD['the least'], accept: ['everything'] },
}

for (const [name, scope] of Object.entries(GOOD)) {
  test(`fits, and is read: ${name}`, async () => {
    assert.deepEqual(faults(scope), [])
    const { scope: canonical } = await reviewScope({ scope })
    assert.deepEqual(faults(canonical), [])
  })
}

for (const [name, scope] of Object.entries(BAD)) {
  test(`fits not, and is refused: ${name}`, async () => {
    assert.notDeepEqual(faults(scope), [])
    // A number with a point does not even get there.
    await assert.rejects(reviewScope({ scope }), ({ code }) => ['scope.invalid', 'input.number'].includes(code))
  })
}

test('every object is closed and everything is described', () => {
  const open = []
  const look = (part, path) => {
    if (typeof part !== 'object' || part === null) return
    if (part.type === 'object' && part.additionalProperties === undefined) open.push(`${path} is open`)
    for (const [name, property] of Object.entries(part.properties ?? {})) {
      const described = property.description ?? (property.$ref && schema.$defs[property.$ref.slice(8)].description)
      if (!described && property.const !== true) open.push(`${path}.${name} is not described`)
    }
    for (const [key, value] of Object.entries(part)) look(value, `${path}/${key}`)
  }
  look(schema, '#')
  assert.deepEqual(open, [])
  const fields = Object.keys(schema.properties).filter((name) => name !== '$schema')
  assert.deepEqual(fields, ['v', 'calls', 'spend', 'limits', 'paymaster', 'signatures', 'accept'])
})

test('every scope in the pages of the package fits', () => {
  const folder = join(dirname(require.resolve('hallpass/package.json')), 'docs')
  assert.ok(existsSync(folder))
  let scopes = 0
  for (const file of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.md'))) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, block] of text.matchAll(/^```json[^\n]*\n(.*?)^```/gms)) {
      const scope = JSON.parse(block)
      if (scope.calls === undefined || scope.limits === undefined) continue
      assert.deepEqual(faults(scope), [], `${file}:\n${block}`)
      scopes += 1
    }
  }
  assert.ok(scopes > 0)
})

// What the bytes of a grant allow, from vectors made by another client.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import * as main from 'hallpass'
import { HallpassError, inspect } from 'hallpass/inspect'

const folder = join(process.env.VECTORS, 'kernel-v3')
const vectors = readdirSync(folder)
  .filter((file) => file.endsWith('.json') && !file.startsWith('_'))
  .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8'))])
  .filter(([, { input }]) => /^0\.3\.[123]$/.test(input.kernelVersion))
const same = (a, b) => assert.equal(a?.toLowerCase(), b.toLowerCase())

test('typed data names its account, chain and key', async () => {
  let grants = 0
  for (const [file, { addresses, input, intermediate }] of vectors) {
    const typedData = intermediate.enableTypedData
    if (!typedData) continue
    const found = await inspect(typedData)
    assert.equal(found.kind, 'typed-data', file)
    assert.equal(found.protocol, `kernel_v3/${input.kernelVersion}`)
    same(found.account, addresses.account)
    const { chainId } = typedData.domain
    assert.deepEqual(found.chains, Number(chainId) === 0 ? 'every chain' : [Number(chainId)])
    same(found.permissionId, intermediate.permissionId)
    same(found.sessionKey, input.sessionAddress)
    assert.equal(found.nonce, BigInt(typedData.message.nonce))
    assert.equal(found.ownerSignature, false)
    assert.equal(found.operation, null)
    // Text is the same as an object, and the main entry gives the same.
    assert.deepEqual(await inspect(JSON.stringify(typedData)), found)
    assert.deepEqual(await main.inspect(typedData), found)
    if (found.understood) assert.deepEqual([found.notUnderstood, found.bytesCovered], [[], found.bytesTotal], file)
    grants += 1
  }
  assert.ok(grants > 0)
})

test('an operation that carries a grant is both', async () => {
  let operations = 0
  for (const [file, { input, intermediate, userOp, signature }] of vectors) {
    if (intermediate.mode !== 'enable' || input.eip7702 || input.callType === 'delegatecall') continue
    const userOperation = { ...userOp, signature }
    for (const [name, value] of Object.entries(userOperation)) {
      if (/^[0-9]+$/.test(value)) userOperation[name] = BigInt(value)
    }
    const found = await inspect(userOperation)
    assert.equal(found.kind, 'user-operation', file)
    same(found.account, userOp.sender)
    same(found.operation.sender, userOp.sender)
    assert.equal(found.operation.nonce, BigInt(userOp.nonce))
    assert.equal(found.ownerSignature, true)
    // Modes that this package never signs are not read further.
    assert.equal(found.operation.calls === null, input.execType === '0x01', file)
    if (found.operation.calls === null) continue
    assert.equal(found.operation.calls.length, input.calls.length)
    assert.deepEqual(found.operation.calls.map(({ value }) => value), input.calls.map(({ value }) => BigInt(value ?? 0)))
    same(found.sessionKey, input.sessionAddress)
    operations += 1
  }
  assert.ok(operations > 0)
})

test('what is none of the three is refused', async () => {
  for (const input of ['hello', '', '[]', '{}', {}]) {
    await assert.rejects(inspect(input), (error) => error instanceof HallpassError && error instanceof main.HallpassError)
  }
  // Bytes that are too few may be refused too, and are never understood.
  for (const input of ['0x', '0x1234']) {
    assert.notEqual((await inspect(input).catch(() => ({ understood: false }))).understood, true)
  }
})

test('the module is in the package once', () => {
  const require = createRequire(import.meta.url)
  const root = dirname(require.resolve('hallpass/package.json'))
  for (const format of ['esm', 'cjs']) {
    const text = readFileSync(join(root, format, 'inspect.js'), 'utf8')
    assert.ok(text.length < 4_000 && text.includes('./index.js'), format)
  }
  assert.equal(typeof require('hallpass/inspect').inspect, 'function')
})

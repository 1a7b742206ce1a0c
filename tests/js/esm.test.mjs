// The default entry, as an ES module, from the installed package.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { HallpassError, kernelAccount, userOperationHash } from 'hallpass'

const read = (set, file) => JSON.parse(readFileSync(join(process.env.VECTORS, set, file), 'utf8'))

test('account addresses are those of the vectors', async () => {
  let rows = 0
  for (const row of read('kernel-v3', '_address.json').rows) {
    if (row.kernelVersion === '0.3.0') continue
    const version = row.kernelVersion.slice(2)
    const account = await kernelAccount({ owner: row.owner, version, index: BigInt(row.index) })
    assert.equal(account.address, row.account)
    rows += 1
  }
  assert.ok(rows > 0)
})

test('the factory call is the one the vectors send', async () => {
  let cases = 0
  for (const file of readdirSync(join(process.env.VECTORS, 'kernel-v3'))) {
    if (!file.endsWith('.json') || file.startsWith('_')) continue
    const { input, userOp } = read('kernel-v3', file)
    if (!userOp.factory || !input.useMetaFactory) continue
    const version = input.kernelVersion.slice(2)
    const account = await kernelAccount({ owner: input.ownerAddress, version, index: BigInt(input.accountIndex) })
    assert.deepEqual(
      [account.address, account.factory, account.factoryData],
      [userOp.sender, userOp.factory, userOp.factoryData],
      file,
    )
    cases += 1
  }
  assert.ok(cases > 0)
})

test('user operation hashes are those of the EntryPoint contracts', async () => {
  for (const row of read('userop-hash', 'userop-hash.json')) {
    const { userOp, entryPointVersion, chainId } = row
    const hash = await userOperationHash({ userOperation: userOp, entryPoint: entryPointVersion, chainId: BigInt(chainId) })
    assert.equal(hash, row.userOpHash)
  }
})

test('numbers may be bigints', async () => {
  const row = read('userop-hash', 'userop-hash.json').find((row) => row.entryPointVersion === '0.7')
  const userOperation = { ...row.userOp }
  for (const field of ['nonce', 'callGasLimit', 'verificationGasLimit', 'preVerificationGas', 'maxFeePerGas']) {
    userOperation[field] = BigInt(userOperation[field])
  }
  assert.equal(await userOperationHash({ userOperation, chainId: Number(row.chainId) }), row.userOpHash)
})

test('a failure has a code, a message that names the place, and a remedy', async () => {
  const row = read('userop-hash', 'userop-hash.json').find((row) => row.entryPointVersion === '0.7')
  const hash = (change) => userOperationHash({ userOperation: { ...row.userOp, ...change }, chainId: 1 })
  const fails = (promise, code, message) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof HallpassError && error instanceof Error)
      assert.equal(error.code, code)
      assert.match(error.shortMessage, message)
      assert.ok(error.remedy.length > 0 && error.message.includes(error.remedy))
      return true
    })
  await fails(hash({ nonce: '0x00' }), 'input.invalid', /^userOperation\.nonce: /)
  await fails(hash({ sender: undefined }), 'input.invalid', /^userOperation\.sender: missing/)
  await fails(hash({ nonce: 1.5 }), 'input.number', /^userOperation\.nonce /)
  await fails(hash({ nonce: -1n }), 'input.number', /^nonce /)
  const options = (change) => userOperationHash({ userOperation: row.userOp, chainId: 1, ...change })
  await fails(options({ entryPoint: '0.9' }), 'input.invalid', /^entryPoint: .*0\.6, 0\.7, 0\.8/)
  await fails(options({ chainId: 2n ** 64n + 1n }), 'input.invalid', /^chainId: /)
  await fails(options({ chainId: 1.5 }), 'input.number', /^chainId /)
  await fails(options({ chainId: -1 }), 'input.invalid', /^chainId: /)
  await fails(options({ chainId: undefined }), 'input.invalid', /^chainId: missing/)
  await fails(options({ chainID: 1, chainId: 1 }), 'input.invalid', /^chainID: unknown field; did you mean chainId/)
  await fails(options({ userOperation: undefined }), 'input.type', /./)
  const owner = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  await fails(kernelAccount({ owner, version: '0.3.1' }), 'input.invalid', /^version: .*3\.1, 3\.2, 3\.3/)
  await fails(kernelAccount({ owner, version: '3.0' }), 'input.invalid', /3\.0/)
  await fails(kernelAccount({}), 'input.invalid', /^owner: missing/)
  await fails(kernelAccount(), 'input.invalid', /^owner: missing/)
  await fails(kernelAccount({ owner: '0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed' }), 'input.invalid', /^owner: .*EIP-55/)
})

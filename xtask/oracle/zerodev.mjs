// Vectors made by ZeroDev's SDK for random grants: each file is one user operation in the form of tests/vectors/kernel-v3, with
// the scope that its policies stand for.
//
// node zerodev.mjs <seed> <count> <folder>
//
// Files go to <folder>/kernel-v3, where HALLPASS_VECTORS=<folder> finds them; the same seed gives the same files. They come in
// pairs: an operation that enables a grant, and one that uses it once enabled. There is no network; the chain is a stub.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signerToEcdsaValidator } from '@zerodev/ecdsa-validator'
import { ECDSA_SIGNER_CONTRACT, PolicyFlags, serializePermissionAccount, toPermissionValidator } from '@zerodev/permissions'
import * as policy from '@zerodev/permissions/policies'
import { toECDSASigner } from '@zerodev/permissions/signers'
import { constants, createKernelAccount, invalidateNonce, uninstallPlugin } from '@zerodev/sdk'
import {
  concat,
  decodeAbiParameters,
  hashTypedData,
  recoverMessageAddress,
  recoverTypedDataAddress,
  size,
  slice,
  toHex,
} from 'viem'
import { getUserOperationHash, toPackedUserOperation } from 'viem/account-abstraction'
import { privateKeyToAccount } from 'viem/accounts'
import { Random, randomCosts, randomFunctions, randomLimits } from './random.mjs'
import { entryPoint, ownerWallet, stubChain } from './stubs.mjs'

const [seed, count, folder] = process.argv.slice(2)
if (!/^[\w-]+$/.test(seed ?? '') || !/^[1-9]\d*$/.test(count ?? '') || !folder) {
  console.error('usage: node zerodev.mjs <seed> <count> <folder>')
  process.exit(2)
}
const here = dirname(fileURLToPath(import.meta.url))
const PACKAGES = ['viem', '@zerodev/sdk', '@zerodev/permissions', '@zerodev/ecdsa-validator']
const sdk = Object.fromEntries(PACKAGES.map((name) => [name, installedVersion(name)]))
/** Session keys sign user operations only: our grants say so on the signer entry. */
const FLAG = PolicyFlags.NOT_FOR_VALIDATE_SIG
const KNOWN_CHAINS = [1, 10, 137, 8453, 42161, 84532, 31337, 11155111]

function installedVersion(name) {
  return JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version
}

function assert(condition, what) {
  if (!condition) throw new Error(`not so: ${what}`)
}

/** Who, where and what is allowed. */
async function randomGrant(random) {
  const grant = {
    version: random.pick(['0.3.1', '0.3.2', '0.3.3']),
    chainId: random.pick([...KNOWN_CHAINS, random.between(1, 2 ** 40)]),
    ownerKey: random.bytes(32),
    sessionKey: random.bytes(32),
    index: random.pick([0n, BigInt(random.between(1, 9)), random.bits(256)]),
    useMetaFactory: !random.once(4),
    policies: [],
  }
  const { account } = await open(grant, { seq: 0 })
  const functions = randomFunctions(random, account.address)
  const required = random.once(3) ? random.address() : null
  const paymaster = required ?? random.pick(['none', 'any'])
  const used = () => required ?? (paymaster === 'any' && random.once(2) ? random.address() : null)
  const costs = [randomCosts(random, used()), randomCosts(random, used())]
  const limits = randomLimits(random, costs)
  const policies = sdkPolicies(functions, limits, required)
  return { ...grant, functions, costs, limits, policies, scope: scopeOf(random, functions, limits, paymaster) }
}

/** Policies in the order our compiler gives them. */
function sdkPolicies(functions, limits, required) {
  const permissions = functions.map(({ permission }) => permission)
  const policies = [
    policy.toCallPolicy({ policyVersion: policy.CallPolicyVersion.V0_0_4, permissions }),
    policy.toTimestampPolicy({ validAfter: 0, validUntil: limits.validUntil }),
    policy.toGasPolicy({ allowed: limits.gasTotal, ...(required && { enforcePaymaster: true, allowedPaymaster: required }) }),
  ]
  if (limits.count !== null) policies.push(policy.toRateLimitPolicy({ interval: 0, count: limits.count, startAt: 0 }))
  return policies
}

/** Our scope for the same, in no order. */
function scopeOf(random, functions, limits, paymaster) {
  return {
    v: 1,
    calls: random.shuffled(functions.map(({ rule }) => rule)),
    spend: [],
    limits: {
      operations: limits.count === null ? null : String(limits.count),
      rate: null,
      gas: { maxFeePerGas: limits.maxFeePerGas, total: limits.gasTotal },
    },
    paymaster,
    signatures: [],
    accept: [],
  }
}

/** The account with its permission, as the SDK sees it on a chain in this state. */
async function open(grant, state) {
  const { client, unanswered } = stubChain(grant, state)
  const { provider, asked } = ownerWallet(privateKeyToAccount(grant.ownerKey))
  const common = { entryPoint, kernelVersion: grant.version }
  const sudo = await signerToEcdsaValidator(client, { signer: provider, ...common })
  const signer = await toECDSASigner({ signer: privateKeyToAccount(grant.sessionKey) })
  const regular = await toPermissionValidator(client, { signer, policies: grant.policies, flag: FLAG, ...common })
  const { index, useMetaFactory } = grant
  const account = await createKernelAccount(client, { plugins: { sudo, regular }, index, useMetaFactory, ...common })
  return { account, sudo, signer, regular, asked, unanswered }
}

/** One operation of the grant with everything on its way. */
async function vector(id, grant, state, { lane, calls, costs }) {
  const { account, sudo, signer, regular, asked, unanswered } = await open(grant, state)
  const { factory, factoryData } = await account.getFactoryArgs()
  const operation = {
    sender: account.address,
    nonce: await account.getNonce({ key: BigInt(lane) }),
    ...(factory && { factory, factoryData }),
    callData: await account.encodeCalls(calls),
    ...costs,
  }
  const stubSignature = await account.getStubSignature(operation)
  const signature = await account.signUserOperation(operation)
  const inner = await account.kernelPluginManager.signUserOperationWithActiveValidator(operation)
  const sessionSignature = slice(inner, 1)
  const userOpHash = getUserOperationHash({
    userOperation: operation,
    entryPointAddress: entryPoint.address,
    entryPointVersion: entryPoint.version,
    chainId: grant.chainId,
  })
  // A grant in use needs no signature of the owner any more; it is asked for all the same, to have the typed data.
  const enableSignature = await account.kernelPluginManager.getPluginEnableSignature(account.address)
  const enableTypedData = asked[0]
  const owner = privateKeyToAccount(grant.ownerKey).address
  const session = privateKeyToAccount(grant.sessionKey).address
  assert(asked.length === 1, 'the owner signs once')
  assert((await recoverTypedDataAddress({ ...enableTypedData, signature: enableSignature })) === owner, 'the owner signed')
  const signed = { message: { raw: userOpHash }, signature: sessionSignature }
  assert((await recoverMessageAddress(signed)) === session, 'the session key signed')
  assert(unanswered.length === 0, `the chain answers ${unanswered}`)
  const addresses = constants.KernelVersionToAddressesMap[grant.version]
  const packed = toPackedUserOperation({ ...operation, signature })
  return {
    id,
    protocol: 'kernel-v3',
    sdk,
    scope: grant.scope,
    validUntil: grant.limits.validUntil,
    input: {
      kernelVersion: grant.version,
      entryPoint: entryPoint.address,
      chainId: grant.chainId,
      ownerPrivateKey: grant.ownerKey,
      ownerAddress: owner,
      sessionPrivateKey: grant.sessionKey,
      sessionAddress: session,
      flag: FLAG,
      policies: grant.policies.map(({ policyParams }) => policyParams),
      accountIndex: grant.index,
      useMetaFactory: grant.useMetaFactory,
      eip7702: false,
      chainState: { version: grant.version, ...state },
      calls,
      callType: 'call',
      execType: constants.EXEC_TYPE.DEFAULT,
      nonceKey: String(lane),
    },
    addresses: {
      account: account.address,
      ...addresses,
      ecdsaValidator: sudo.address,
      signerContract: signer.signerContractAddress,
    },
    intermediate: {
      callData: operation.callData,
      nonce: toHex(operation.nonce, { size: 32 }),
      ...(factory && { factory, factoryData }),
      stubSignature,
      userOpHash,
      sessionSignature,
      policyEntries: grant.policies.map((one) => concat([one.getPolicyInfoInBytes(), one.getPolicyData()])),
      policyData: grant.policies.map((one) => one.getPolicyData()),
      signerData: signer.getSignerData(),
      permissionId: regular.getIdentifier(),
      validationId: enableTypedData.message.validationId,
      permissionData: await regular.getEnableData(account.address),
      enableTypedData,
      enableDigest: hashTypedData(enableTypedData),
      enableSignature,
      mode: state.enabled ? 'default' : 'enable',
    },
    userOp: operation,
    packedUserOp: packed,
    signature,
    revoke: await revocations(account, regular, state),
    ...(!state.enabled && { serialized: await serializePermissionAccount(account) }),
  }
}

/** Calldata that takes the grant back, caught where the SDK would send it. */
async function revocations(account, regular, state) {
  const sent = []
  const client = { account, sendUserOperation: async (operation) => sent.push(operation) }
  await uninstallPlugin(client, { plugin: regular })
  await invalidateNonce(client, { nonceToSet: Math.max(1, state.currentNonce ?? 0) + 1 })
  const [{ callData }, { calls }] = sent
  const [, execution] = decodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes' }], slice(callData, 4))
  return {
    // After target and value.
    uninstallValidationCallData: slice(execution, 52, size(execution)),
    uninstallViaExecuteCallData: callData,
    invalidateNonceCallData: calls[0].data,
  }
}

function randomCalls(random, functions) {
  return random.list(random.pick([1, 1, 2, 3, 4]), () => random.pick(functions).call())
}

/** The two operations of grant number `number`. */
async function* pair(number) {
  const random = new Random(`${seed}/${number}`)
  const grant = await randomGrant(random)
  const name = `${seed}-${String(number).padStart(4, '0')}`
  const [first, second] = grant.costs.map((costs) => {
    return { costs, lane: random.once(2) ? 0 : random.between(0, 0xffff), calls: randomCalls(random, grant.functions) }
  })
  const before = random.once(4) ? { deployed: true, currentNonce: random.between(1, 20), seq: 0 } : { seq: 0 }
  yield vector(`${name}-enable`, grant, before, first)
  const after = {
    deployed: true,
    enabled: true,
    currentNonce: before.currentNonce ?? 1,
    seq: random.pick([0, random.between(1, 99), random.between(1, 2 ** 40)]),
    enabledSigner: ECDSA_SIGNER_CONTRACT,
  }
  yield vector(`${name}-use`, grant, after, second)
}

/** Integers in decimal, hex in lower case except addresses: the SDK leaves their capitals in the data it puts them into. */
function asVector(_, value) {
  if (typeof value === 'bigint') return value.toString()
  const isData = typeof value === 'string' && /^0x[\da-fA-F]*$/.test(value) && value.length !== 42
  return isData ? value.toLowerCase() : value
}

const out = join(folder, 'kernel-v3')
mkdirSync(out, { recursive: true })
let written = 0
for (let number = 0; written < Number(count); number++) {
  for await (const file of pair(number)) {
    if (written === Number(count)) break
    writeFileSync(join(out, `${file.id}.json`), `${JSON.stringify(file, asVector, 1)}\n`)
    written++
  }
}
console.log(`${written} files in ${out}`)

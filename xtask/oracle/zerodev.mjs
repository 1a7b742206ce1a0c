// Vectors made by ZeroDev's SDK for random grants: each file is one user operation in the form of tests/vectors/kernel-v3, with the
// scope that means the same as its policies.
//
// node zerodev.mjs <seed> <count> <folder>
//
// Files go to <folder>/kernel-v3, so that HALLPASS_VECTORS=<folder> reads them. The same seed gives the same files. Every even file
// enables a grant, the file after it uses the grant once enabled. No network: the chain is answered here.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signerToEcdsaValidator } from '@zerodev/ecdsa-validator'
import { PolicyFlags, serializePermissionAccount, toPermissionValidator } from '@zerodev/permissions'
import {
  CallPolicyVersion,
  ParamCondition,
  toCallPolicy,
  toGasPolicy,
  toRateLimitPolicy,
  toTimestampPolicy,
} from '@zerodev/permissions/policies'
import { toECDSASigner } from '@zerodev/permissions/signers'
import {
  EIP1271Abi,
  KernelFactoryStakerAbi,
  KernelV3AccountAbi,
  KernelV3FactoryAbi,
  constants,
  createKernelAccount,
  invalidateNonce,
  uninstallPlugin,
} from '@zerodev/sdk'
import {
  concat,
  createPublicClient,
  custom,
  decodeFunctionData,
  encodeAbiParameters,
  encodeErrorResult,
  encodeFunctionData,
  encodeFunctionResult,
  getAddress,
  getContractAddress,
  hashTypedData,
  isAddressEqual,
  keccak256,
  pad,
  parseAbi,
  recoverMessageAddress,
  recoverTypedDataAddress,
  slice,
  toFunctionSelector,
  toHex,
  zeroAddress,
} from 'viem'
import { entryPoint07Abi, getUserOperationHash, toPackedUserOperation } from 'viem/account-abstraction'
import { privateKeyToAccount } from 'viem/accounts'

const [seed, count, folder] = process.argv.slice(2)
if (!/^[\w-]+$/.test(seed ?? '') || !/^[1-9]\d*$/.test(count ?? '') || !folder) {
  console.error('usage: node zerodev.mjs <seed> <count> <folder>')
  process.exit(2)
}
const here = dirname(fileURLToPath(import.meta.url))
const entryPoint = constants.getEntryPoint('0.7')

/** Random values from a text, the same for the same text. */
class Random {
  constructor(text) {
    this.text = text
    this.at = 0
  }
  bytes(length) {
    const block = () => createHash('sha256').update(`${this.text}/${this.at++}`).digest('hex')
    let hex = ''
    while (hex.length < 2 * length) hex += block()
    return `0x${hex.slice(0, 2 * length)}`
  }
  /** A number of at most this many bits; 1 in 8 is the least or the greatest. */
  bits(bits) {
    const most = (1n << BigInt(bits)) - 1n
    const edge = this.below(16)
    if (edge < 2) return edge === 0 ? 0n : most
    // Fewer bits are as likely as many, or nearly all numbers would be huge.
    return BigInt(this.bytes(32)) & ((1n << BigInt(1 + this.below(bits))) - 1n)
  }
  below(end) {
    return Number(BigInt(this.bytes(16)) % BigInt(end))
  }
  between(first, last) {
    return first + this.below(last - first + 1)
  }
  /** First to last, both included. */
  big(first, last) {
    return first + BigInt(this.bytes(40)) % (last - first + 1n)
  }
  pick(list) {
    return list[this.below(list.length)]
  }
  /** True once in so many times. */
  once(times) {
    return this.below(times) === 0
  }
  shuffled(list) {
    const keyed = list.map((item) => [this.bytes(8), item])
    return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
  }
  address() {
    return getAddress(this.bytes(20))
  }
}

const UINTS = [8, 16, 32, 48, 64, 96, 128, 160, 192, 256]

/** A value of the type, as viem takes it. */
function randomValue(random, type) {
  if (type === 'address') return random.address()
  if (type === 'bool') return random.once(2)
  return random.bits(Number(type.slice(4)))
}

/** One condition: what the SDK is told, what the scope says, and a value that passes. */
function randomCondition(random, type, account) {
  const value = randomValue(random, type)
  const kinds = ['any', 'eq', 'oneOf']
  if (type === 'address') kinds.push('self')
  if (type.startsWith('uint')) kinds.push('lte', 'gte')
  const most = type.startsWith('uint') ? (1n << BigInt(type.slice(4))) - 1n : 0n
  switch (random.pick(kinds)) {
    case 'any':
      return { sdk: null, scope: { any: true }, passing: () => randomValue(random, type) }
    case 'self':
      return { sdk: { condition: ParamCondition.EQUAL, value: account }, scope: { self: true }, passing: () => account }
    case 'lte':
      return {
        sdk: { condition: ParamCondition.LESS_THAN_OR_EQUAL, value },
        scope: { lte: text(value) },
        passing: () => random.big(0n, value),
      }
    case 'gte':
      return {
        sdk: { condition: ParamCondition.GREATER_THAN_OR_EQUAL, value },
        scope: { gte: text(value) },
        passing: () => random.big(value, most),
      }
    case 'oneOf': {
      const values = distinct(type, Array.from({ length: random.between(2, 5) }, () => randomValue(random, type)))
      // A list of one is an equality to us and a list to the SDK.
      if (values.length > 1) {
        return {
          sdk: { condition: ParamCondition.ONE_OF, value: values },
          scope: { oneOf: random.shuffled(values).map(text) },
          passing: () => random.pick(values),
        }
      }
    }
  }
  return { sdk: { condition: ParamCondition.EQUAL, value }, scope: { eq: text(value) }, passing: () => value }
}

/** In the order of their words, without repetition: the SDK keeps the order it is given. */
function distinct(type, values) {
  const words = new Map(values.map((value) => [encodeAbiParameters([{ type }], [value]), value]))
  return [...words].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

/** A value as the scope's JSON writes it. */
function text(value) {
  return typeof value === 'bigint' ? value.toString() : value
}

/** One function of a contract with its conditions. */
function randomFunction(random, targets, account) {
  const type = () => random.pick(['address', 'bool', `uint${random.pick(UINTS)}`, `uint${random.pick(UINTS)}`])
  const inputs = Array.from({ length: random.between(0, 5) }, (_, index) => ({ type: type(), name: `a${index}` }))
  const conditions = inputs.map((input) => randomCondition(random, input.type, account))
  const limit = random.once(2) ? 0n : random.bits(random.pick([32, 64, 128, 256]))
  const abi = {
    type: 'function',
    name: `f${random.bytes(3).slice(2)}`,
    stateMutability: limit ? 'payable' : 'nonpayable',
    inputs,
    outputs: [],
  }
  const to = random.pick(targets)
  return {
    key: concat([to, toFunctionSelector(abi)]).toLowerCase(),
    permission: {
      target: to,
      abi: [abi],
      functionName: abi.name,
      args: conditions.map(({ sdk }) => sdk),
      valueLimit: limit,
    },
    scope: {
      to,
      function: `${abi.name}(${inputs.map((input) => `${input.type} ${input.name}`).join(',')})`,
      args: conditions.map(({ scope }) => scope),
      value: { max: limit.toString() },
    },
    call: () => ({
      to,
      value: random.big(0n, limit),
      data: encodeFunctionData({ abi: [abi], args: conditions.map(({ passing }) => passing()) }),
    }),
  }
}

/** Gas and fees of an operation, and a paymaster if there is one. */
function randomCosts(random, paymaster) {
  const maxFeePerGas = random.big(1n, 1n << BigInt(random.between(1, 40)))
  return {
    callGasLimit: random.big(21_000n, 5_000_000n),
    verificationGasLimit: random.big(50_000n, 5_000_000n),
    preVerificationGas: random.big(21_000n, 500_000n),
    maxFeePerGas,
    maxPriorityFeePerGas: random.big(0n, maxFeePerGas),
    ...(paymaster && {
      paymaster,
      paymasterVerificationGasLimit: random.big(0n, 500_000n),
      paymasterPostOpGasLimit: random.big(0n, 200_000n),
      paymasterData: random.bytes(random.pick([0, 1, 32, 149])),
    }),
  }
}

const SENDER_ADDRESS_RESULT = parseAbi(['error SenderAddressResult(address sender)'])
const GET_SENDER_ADDRESS = parseAbi(['function getSenderAddress(bytes initCode)'])

/** The address that the factory's CREATE2 gives, from the init code that the SDK wants to send. */
function createdAddress(version, initCode) {
  const addresses = constants.KernelVersionToAddressesMap[version]
  const data = slice(initCode, 20)
  let factory = slice(initCode, 0, 20)
  let args
  if (isAddressEqual(factory, addresses.metaFactoryAddress)) {
    ;[factory, ...args] = decodeFunctionData({ abi: KernelFactoryStakerAbi, data }).args
  } else {
    args = decodeFunctionData({ abi: KernelV3FactoryAbi, data }).args
  }
  const salt = keccak256(concat(args))
  return getContractAddress({ opcode: 'CREATE2', from: factory, salt, bytecodeHash: addresses.initCodeHash })
}

/** A chain that knows one account: answers what the SDK asks, and keeps what it should not have asked. */
function stubChain(version, chainId, state) {
  const unexpected = []
  const account = (to, data) => {
    const { functionName, args } = decodeFunctionData({ abi: [...KernelV3AccountAbi, ...EIP1271Abi], data })
    const result = (abi, result) => encodeFunctionResult({ abi, functionName, result })
    switch (functionName) {
      case 'currentNonce':
        return result(KernelV3AccountAbi, state.currentNonce)
      case 'permissionConfig':
        return result(KernelV3AccountAbi, {
          permissionFlag: state.enabled ? PolicyFlags.NOT_FOR_VALIDATE_SIG : '0x0000',
          signer: state.enabledSigner ?? zeroAddress,
          policyData: [],
        })
      case 'eip712Domain': {
        const domain = ['0x0f', 'Kernel', version, BigInt(chainId), to, pad('0x'), []]
        return result(EIP1271Abi, domain)
      }
    }
    return refuse(`${functionName}(${args ?? ''})`)
  }
  const refuse = (what) => {
    unexpected.push(what)
    throw new Error(`the chain was asked for ${what}`)
  }
  const call = ({ to, data }) => {
    if (isAddressEqual(to, entryPoint.address)) {
      const { functionName, args } = decodeFunctionData({ abi: [...entryPoint07Abi, ...GET_SENDER_ADDRESS], data })
      if (functionName === 'getNonce') return toHex((args[1] << 64n) + BigInt(state.seq), { size: 32 })
      if (functionName !== 'getSenderAddress') return refuse(functionName)
      const address = createdAddress(version, args[0])
      const revert = encodeErrorResult({ abi: SENDER_ADDRESS_RESULT, args: [address] })
      throw Object.assign(new Error('execution reverted'), { code: 3, data: revert })
    }
    // A permission has no contract of its own, so the SDK asks the zero address; and an account not yet made has no code.
    if (isAddressEqual(to, zeroAddress) || !state.deployed) return '0x'
    return account(to, data)
  }
  const request = async ({ method, params }) => {
    switch (method) {
      case 'eth_chainId':
        return toHex(chainId)
      case 'eth_getCode':
        return state.deployed ? '0x01' : '0x'
      case 'eth_call':
        return call(params[0])
    }
    return refuse(method)
  }
  const chain = {
    id: chainId,
    name: 'test chain',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  }
  return { client: createPublicClient({ chain, transport: custom({ request }, { retryCount: 0 }) }), unexpected }
}

/** The owner as a wallet: keeps the typed data in the form that wallets are given. */
function ownerWallet(owner) {
  const asked = []
  const request = async ({ method, params }) => {
    switch (method) {
      case 'eth_accounts':
      case 'eth_requestAccounts':
        return [owner.address]
      case 'eth_signTypedData_v4': {
        const typedData = JSON.parse(params[1])
        asked.push(typedData)
        return owner.signTypedData(typedData)
      }
    }
    throw new Error(`the owner was asked for ${method}`)
  }
  return { provider: { request }, asked }
}

/** What is the same for both operations of a grant. */
async function randomGrant(random) {
  const version = random.pick(['0.3.1', '0.3.2', '0.3.3'])
  const chainId = random.pick([1, 10, 137, 8453, 42161, 84532, 31337, 11155111, random.between(1, 2 ** 40)])
  const owner = privateKeyToAccount(random.bytes(32))
  const ownerKey = toHex(owner.getHdKey ? 0 : 0)
  return { version, chainId, owner, ownerKey }
}

// Random grants: a scope as our JSON says it, what the SDK is told for the same, and calls that keep to it.
//
// Arguments are addresses, bools and unsigned integers: for others the SDK compares the wrong word, or the right word in the wrong
// form. Functions never repeat and lists are in the order of their words, for the SDK takes them as they come.
import { createHash } from 'node:crypto'
import { ParamCondition } from '@zerodev/permissions/policies'
import { concat, encodeAbiParameters, encodeFunctionData, getAddress, toFunctionSelector } from 'viem'

/** Random values from a text, the same for the same text. */
export class Random {
  constructor(text) {
    this.text = text
    this.at = 0
  }

  bytes(length) {
    let hex = ''
    while (hex.length < 2 * length) hex += createHash('sha256').update(`${this.text}/${this.at++}`).digest('hex')
    return `0x${hex.slice(0, 2 * length)}`
  }

  address() {
    return getAddress(this.bytes(20))
  }

  /** A number from first to last, as a bigint. */
  big(first, last) {
    return first + (BigInt(this.bytes(40)) % (last - first + 1n))
  }

  /** The same for safe integers. */
  between(first, last) {
    return Number(this.big(BigInt(first), BigInt(last)))
  }

  /** A number of at most so many bits. Short ones are as likely as long ones, and the ends come up often. */
  bits(bits) {
    const most = (1n << BigInt(bits)) - 1n
    if (this.once(8)) return this.pick([0n, most])
    return this.big(0n, most >> BigInt(this.between(0, bits - 1)))
  }

  /** True once in so many times. */
  once(times) {
    return this.between(1, times) === 1
  }

  pick(list) {
    return list[this.between(0, list.length - 1)]
  }

  list(length, item) {
    return Array.from({ length }, (_, index) => item(index))
  }

  shuffled(list) {
    return sortedBy(list.map((item) => [this.bytes(8), item]))
  }
}

/** The values of [hex key, value] pairs, by key. */
function sortedBy(pairs) {
  return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}

const UINTS = [8, 16, 32, 48, 64, 96, 128, 160, 192, 256]

function randomType(random) {
  const kind = random.pick(['address', 'bool', 'uint', 'uint'])
  return kind === 'uint' ? `uint${random.pick(UINTS)}` : kind
}

function bitsOf(type) {
  return type.startsWith('uint') ? Number(type.slice(4)) : 0
}

function randomValue(random, type) {
  if (type === 'address') return random.address()
  return type === 'bool' ? random.once(2) : random.bits(bitsOf(type))
}

/** A value as the scope's JSON has it. */
function written(value) {
  return typeof value === 'bigint' ? value.toString() : value
}

/** One condition: for the SDK, for the scope, and a maker of values that pass. */
function randomCondition(random, type, account) {
  const value = randomValue(random, type)
  const one = (condition, value, scope, passing) => ({ sdk: { condition, value }, scope, passing })
  const equal = (value) => one(ParamCondition.EQUAL, value, { eq: written(value) }, () => value)
  const kinds = ['any', 'eq', 'oneOf']
  if (type === 'address') kinds.push('self')
  if (bitsOf(type)) kinds.push('lte')
  // Of narrower numbers our grants keep out the words above the type too, which the SDK leaves open.
  if (bitsOf(type) === 256) kinds.push('gte')
  switch (random.pick(kinds)) {
    case 'any':
      return { sdk: null, scope: { any: true }, passing: () => randomValue(random, type) }
    case 'self':
      return one(ParamCondition.EQUAL, account, { self: true }, () => account)
    case 'lte': {
      const passing = () => random.big(0n, value)
      return one(ParamCondition.LESS_THAN_OR_EQUAL, value, { lte: written(value) }, passing)
    }
    case 'gte': {
      const passing = () => random.big(value, (1n << BigInt(bitsOf(type))) - 1n)
      return one(ParamCondition.GREATER_THAN_OR_EQUAL, value, { gte: written(value) }, passing)
    }
    case 'oneOf': {
      const word = (value) => encodeAbiParameters([{ type }], [value])
      const values = random.list(random.between(2, 5), () => randomValue(random, type))
      const ordered = sortedBy(new Map(values.map((value) => [word(value), value])))
      // A scope reads a list of one as an equality, the SDK does not.
      if (ordered.length === 1) return equal(ordered[0])
      const scope = { oneOf: random.shuffled(ordered).map(written) }
      return one(ParamCondition.ONE_OF, ordered, scope, () => random.pick(ordered))
    }
    default:
      return equal(value)
  }
}

/** One function of a contract with its conditions. */
function randomFunction(random, to, account) {
  const inputs = random.list(random.between(0, 5), (index) => ({ type: randomType(random), name: `a${index}` }))
  const conditions = inputs.map((input) => randomCondition(random, input.type, account))
  const valueLimit = random.once(2) ? 0n : random.bits(random.pick([32, 64, 128, 256]))
  const name = `f${random.bytes(3).slice(2)}`
  const stateMutability = valueLimit ? 'payable' : 'nonpayable'
  const abi = [{ type: 'function', name, stateMutability, inputs, outputs: [] }]
  return {
    key: concat([to, toFunctionSelector(abi[0])]).toLowerCase(),
    permission: { target: to, abi, functionName: name, args: conditions.map(({ sdk }) => sdk), valueLimit },
    rule: {
      to,
      function: `${name}(${inputs.map((input) => `${input.type} ${input.name}`).join(',')})`,
      args: conditions.map(({ scope }) => scope),
      value: { max: written(valueLimit) },
    },
    call: () => ({
      to,
      value: random.big(0n, valueLimit),
      data: encodeFunctionData({ abi, args: conditions.map(({ passing }) => passing()) }),
    }),
  }
}

/** One to four functions, in the order a scope's rules are compiled in. */
export function randomFunctions(random, account) {
  const targets = random.list(random.between(1, 3), () => random.address())
  const functions = random.list(random.between(1, 4), () => randomFunction(random, random.pick(targets), account))
  return sortedBy(new Map(functions.map((one) => [one.key, one])))
}

/** Gas, fees and the paymaster of an operation. */
export function randomCosts(random, paymaster) {
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

/** What the gas policy counts of an operation. */
function charged(costs) {
  return (costs.callGasLimit + costs.verificationGasLimit + costs.preVerificationGas) * costs.maxFeePerGas
}

/** Limits that let these operations pass. */
export function randomLimits(random, operations) {
  const needed = operations.reduce((sum, costs) => sum + charged(costs), 0n)
  // The largest budget that a scope may have.
  const most = (1n << 100n) - 1n
  const highest = operations.map((costs) => costs.maxFeePerGas).reduce((a, b) => (a > b ? a : b))
  const longest = random.pick([1000, 2 ** 48 - 1])
  return {
    gasTotal: random.once(8) ? most : random.big(needed, needed * 100n),
    maxFeePerGas: random.once(2) ? null : random.big(highest, highest * 10n),
    count: random.once(2) ? null : random.between(operations.length, longest),
    validUntil: random.once(8) ? 2 ** 48 - 1 : random.between(1_700_000_000, 4_100_000_000),
  }
}

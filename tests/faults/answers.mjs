// What honest endpoints answer, method by method: a node, a bundler and a paymaster over one scripted chain, and the owner's wallet.
import { endOfGrant, enables, view } from './kernel.mjs'
import { ENTRY_POINT, GWEI, PAYMASTER, generatePrivateKey, laneOf, outbids, privateKeyToAccount, quantity, readOperation, refusal, viem } from './tools.mjs'

const OPERATION_EVENT = viem.toEventSelector('UserOperationEvent(bytes32,address,address,uint256,bool,uint256,uint256)')
const GAS_USED = 200_000n

const transactionOf = (hash) => viem.keccak256(hash)

/** The EntryPoint's log of an included operation. */
function logOf(chain, { hash, op, block, success }) {
  const words = [op.nonce, success ? 1n : 0n, GAS_USED * op.maxFeePerGas, GAS_USED]
  return {
    address: ENTRY_POINT,
    topics: [OPERATION_EVENT, hash, viem.padHex(op.sender.toLowerCase(), { size: 32 }), viem.padHex(op.paymaster ?? '0x', { size: 32 })],
    data: viem.concat(words.map((word) => viem.toHex(word, { size: 32 }))),
    blockNumber: quantity(block),
    blockHash: chain.blockHash(block),
    transactionHash: transactionOf(hash),
    transactionIndex: '0x0',
    logIndex: '0x0',
    removed: false,
  }
}

/** A node. `lag`: milliseconds that it is behind; `elsewhere`: it stands on another chain, on which nothing of ours has happened. */
export class Node {
  lag = 0
  elsewhere = false

  constructor(chain) {
    this.chain = chain
  }

  #head() {
    return this.chain.head(this.lag)
  }

  #number(tag = 'latest') {
    const head = this.#head()
    const named = { latest: head, pending: head, safe: this.chain.final(head), finalized: this.chain.final(head), earliest: 0 }
    return named[tag] ?? Math.min(head, Number(tag.blockNumber ?? tag))
  }

  #state(tag) {
    const state = this.chain.state(this.#number(tag))
    return this.elsewhere ? { ...state, deployed: false, enabled: false, gasLeft: 0n, sequence: () => 0 } : state
  }

  #block(number) {
    const block = number <= this.#head() ? this.chain.block(number) : undefined
    if (!block) return null
    const { hash, parentHash, timestamp } = block
    return { number: quantity(number), hash, parentHash, timestamp: quantity(timestamp), baseFeePerGas: quantity(this.chain.baseFee), transactions: [] }
  }

  #included() {
    return this.elsewhere ? [] : this.chain.included.filter(({ block }) => block <= this.#head())
  }

  #logs({ address, topics = [], fromBlock, toBlock, blockHash }) {
    const [from, to] = [this.#number(fromBlock), this.#number(toBlock)]
    const fits = (wanted, found) => wanted === undefined || wanted === null || [wanted].flat().some((one) => one.toLowerCase() === found)
    return this.#included()
      .map((one) => logOf(this.chain, one))
      .filter((log) => fits(address, log.address.toLowerCase()) && topics.every((topic, at) => fits(topic, log.topics[at].toLowerCase())))
      .filter((log) => (blockHash ? log.blockHash === blockHash : Number(log.blockNumber) >= from && Number(log.blockNumber) <= to))
  }

  methods = {
    eth_chainId: () => quantity(this.elsewhere ? 1 : this.chain.id),
    net_version: () => String(this.elsewhere ? 1 : this.chain.id),
    eth_blockNumber: () => quantity(this.#head()),
    eth_getBlockByNumber: ([tag]) => this.#block(this.#number(tag)),
    eth_gasPrice: () => quantity(this.chain.baseFee + 3n),
    eth_maxPriorityFeePerGas: () => '0x3',
    eth_feeHistory: () => ({ oldestBlock: '0x1', baseFeePerGas: ['0x7', '0x7'], gasUsedRatio: [0.5], reward: [['0x3']] }),
    eth_getBalance: () => quantity(10n ** 18n),
    eth_getTransactionCount: () => '0x0',
    eth_estimateGas: () => '0x30000',
    eth_getStorageAt: () => viem.padHex('0x', { size: 32 }),
    eth_getCode: ([address, tag]) => {
      const { owner, account, deployed } = this.#state(tag)
      const is = (other) => address.toLowerCase() === other?.toLowerCase()
      return is(owner) || (is(account) && !deployed) ? '0x' : '0x6001'
    },
    eth_call: ([call, tag]) => view(this.#state(tag), { to: call.to, data: call.data ?? call.input }),
    eth_getLogs: ([filter]) => this.#logs(filter),
    eth_getTransactionReceipt: ([hash]) => {
      const one = this.#included().find((one) => transactionOf(one.hash) === hash)
      if (!one) return null
      const log = logOf(this.chain, one)
      return { status: '0x1', transactionHash: hash, blockNumber: log.blockNumber, blockHash: log.blockHash, logs: [log] }
    },
  }
}

/** A bundler. */
export class Bundler {
  /** What it says to an operation that it has already. */
  again = [-32602, 'Already known']
  /** Milliseconds that its index is behind the chain. */
  lag = 0
  /** Highest fee per gas below which it takes nothing, and what it asks for. */
  leastFee = 0n
  price = GWEI
  /** Called with the hash of everything it takes. */
  taken = []
  /** Every operation that it was offered, by hash. */
  offered = new Map()

  constructor(chain) {
    this.chain = chain
  }

  /** What the EntryPoint would say, were it included now. */
  #simulate(op) {
    const { deployed, enabled } = this.chain.state()
    const { key, sequence } = laneOf(op)
    if (op.factory && deployed) throw refusal(-32500, 'AA10 sender already constructed')
    if (!op.factory && !deployed) throw refusal(-32500, 'AA20 account not deployed')
    if (sequence < this.chain.sequence(key)) throw refusal(-32500, 'AA25 invalid account nonce')
    if (enables(op) && enabled) throw refusal(-32500, 'AA23 reverted 0x756688fe', '0x756688fe')
    if (!enables(op) && !enabled) throw refusal(-32500, 'AA23 reverted 0x682a6e7c')
    const { timestamp } = this.chain.block(this.chain.head())
    if (this.chain.typedData && endOfGrant(this.chain.typedData) < timestamp) throw refusal(-32503, 'AA22 expired or not due')
  }

  #send(wire) {
    const op = readOperation(wire)
    const hash = this.chain.hash(op)
    this.offered.set(hash, op)
    if (this.chain.pool.has(hash)) throw refusal(...this.again)
    this.#simulate(op)
    const { key, sequence } = laneOf(op)
    const waiting = this.chain.waiting(key)
    const rival = [...this.chain.pool].find(([, other]) => other.op.nonce === op.nonce)
    if (rival && !outbids(op, rival[1].op)) throw refusal(-32602, 'replacement underpriced: both fees must rise by 10%')
    if (!rival && sequence !== this.chain.sequence(key) + waiting.length) throw refusal(-32500, 'AA25 invalid account nonce')
    if (op.maxFeePerGas < this.leastFee) throw refusal(-32602, `maxFeePerGas must be at least ${this.leastFee}`)
    if (rival) this.chain.pool.delete(rival[0])
    this.chain.take(op)
    for (const tell of this.taken) tell(hash, op)
    return hash
  }

  #found(hash) {
    const one = this.chain.find(hash)
    return one && Date.now() - one.at >= this.lag ? one : undefined
  }

  #receipt(hash) {
    const one = this.#found(hash)
    if (!one) return null
    const log = logOf(this.chain, one)
    const { op, success } = one
    return {
      userOpHash: hash,
      entryPoint: ENTRY_POINT,
      sender: op.sender,
      nonce: quantity(op.nonce),
      paymaster: op.paymaster ?? viem.zeroAddress,
      actualGasUsed: quantity(GAS_USED),
      actualGasCost: quantity(GAS_USED * op.maxFeePerGas),
      success,
      logs: [],
      receipt: { transactionHash: log.transactionHash, blockNumber: log.blockNumber, blockHash: log.blockHash, status: '0x1', logs: [log] },
    }
  }

  #byHash(hash) {
    const one = this.#found(hash)
    const op = one?.op ?? this.chain.pool.get(hash)?.op
    if (!op) return null
    const log = one && logOf(this.chain, one)
    const wire = Object.fromEntries(Object.entries(op).map(([name, value]) => [name, typeof value === 'bigint' ? quantity(value) : value]))
    const place = { blockNumber: log?.blockNumber ?? null, blockHash: log?.blockHash ?? null, transactionHash: log?.transactionHash ?? null }
    return { userOperation: wire, entryPoint: ENTRY_POINT, ...place }
  }

  methods = {
    eth_chainId: () => quantity(this.chain.id),
    eth_supportedEntryPoints: () => [ENTRY_POINT],
    pimlico_getUserOperationGasPrice: () => {
      const fees = { maxFeePerGas: quantity(this.price), maxPriorityFeePerGas: quantity(this.price / 10n) }
      return { slow: fees, standard: fees, fast: fees }
    },
    eth_estimateUserOperationGas: ([wire]) => {
      this.#simulate(readOperation(wire))
      const paymaster = wire.paymaster ? { paymasterVerificationGasLimit: '0x4000', paymasterPostOpGasLimit: '0x1' } : {}
      return { callGasLimit: '0x10000', verificationGasLimit: '0x20000', preVerificationGas: '0x8000', ...paymaster }
    },
    eth_sendUserOperation: ([wire]) => this.#send(wire),
    eth_getUserOperationReceipt: ([hash]) => this.#receipt(hash),
    eth_getUserOperationByHash: ([hash]) => this.#byHash(hash),
  }
}

/** A paymaster service (ERC-7677). */
export class PaymasterService {
  methods = {
    pm_getPaymasterStubData: () => ({ paymaster: PAYMASTER, paymasterData: '0x01', paymasterVerificationGasLimit: '0x4000', paymasterPostOpGasLimit: '0x1' }),
    pm_getPaymasterData: () => ({ paymaster: PAYMASTER, paymasterData: '0x02' }),
  }
}

/** An owner who says yes, as an EIP-1193 provider. */
export function wallet(chain) {
  const owner = privateKeyToAccount(generatePrivateKey())
  const methods = {
    eth_accounts: () => [owner.address],
    eth_requestAccounts: () => [owner.address],
    eth_chainId: () => quantity(chain.id),
    eth_signTypedData_v4: ([, text]) => {
      const { types, ...typedData } = JSON.parse(text)
      const { EIP712Domain: _, ...named } = types
      chain.typedData = typedData
      return owner.signTypedData({ ...typedData, types: named })
    },
  }
  return {
    address: owner.address,
    request: async ({ method, params }) => {
      if (!methods[method]) throw refusal(4200, `no ${method} here`)
      return methods[method](params)
    },
    on() {},
    removeListener() {},
  }
}

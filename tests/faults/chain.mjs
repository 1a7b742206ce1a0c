// A scripted chain: blocks that come by themselves, operations that are included some time after a bundler took them, reorganisations.
import { enables, movesOf } from './kernel.mjs'
import { CHAIN_ID, costOf, hashOf, laneOf, viem } from './tools.mjs'

/** Blocks until one is final. */
const FINAL_AFTER = 8
/** Wei that the grant allows for gas. */
export const GAS_TOTAL = 10n ** 17n

export class Chain {
  id = CHAIN_ID
  /** Seconds by which the chain's clock is ahead of ours. */
  shift = 0
  /** Operations that offer less are not included. */
  baseFee = 7n
  /** Which operations have their calls undone. */
  undoes = () => false
  /** What the owner signed. */
  typedData = undefined
  account = undefined
  owner = undefined
  /** What a bundler took and the chain has not yet: hash → `{ op, due }`. */
  pool = new Map()
  /** In the order of the chain: `{ hash, op, block, success, at }`. */
  included = []
  #blocks = []
  #branch = 0
  /** Last block that all branches share. */
  #forked = Infinity
  #delay
  #timer

  /** `delay`: milliseconds from the pool to the chain; `blockTime`: milliseconds between blocks. */
  constructor({ delay = 60, blockTime = 40, shift = 0 } = {}) {
    Object.assign(this, { shift })
    this.#delay = delay
    for (let n = 0; n < 20; n += 1) this.#mine()
    this.#timer = setInterval(() => this.#mine(), blockTime)
  }

  stop() {
    clearInterval(this.#timer)
  }

  // ---- blocks ----

  #mine() {
    const at = Date.now()
    this.#blocks.push({ number: this.#blocks.length, at, timestamp: Math.floor(at / 1000) + this.shift })
    for (let next = this.#ripe(at); next; next = this.#ripe(at)) this.#include(...next, at)
    // Whose nonce another one used is of no use to anybody.
    for (const [hash, { op }] of this.pool) {
      const { key, sequence } = laneOf(op)
      if (sequence < this.sequence(key)) this.pool.delete(hash)
    }
  }

  #ripe(now) {
    return [...this.pool].find(([, { op, due }]) => {
      const { key, sequence } = laneOf(op)
      return due <= now && op.maxFeePerGas >= this.baseFee && sequence === this.sequence(key)
    })
  }

  #include(hash, { op }, at) {
    this.pool.delete(hash)
    this.included.push({ hash, op, at, block: this.head(), success: !this.undoes(op) })
  }

  /** Number of the newest block, or of the one that was the newest some milliseconds ago. */
  head(ago = 0) {
    if (ago === 0) return this.#blocks.length - 1
    const then = Date.now() - ago
    return Math.max(0, this.#blocks.findLastIndex(({ at }) => at <= then))
  }

  /** Newest final block as seen from `head`. */
  final(head = this.head()) {
    return Math.max(0, head - FINAL_AFTER)
  }

  block(number) {
    const block = this.#blocks[number]
    return block && { ...block, hash: this.blockHash(number), parentHash: this.blockHash(number - 1) }
  }

  blockHash(number) {
    return viem.keccak256(viem.stringToHex(`block ${number} of branch ${number > this.#forked ? this.#branch : 0}`))
  }

  /**
   * The newest blocks are replaced by others without this operation. It waits in the pool again, and is included `back` milliseconds
   * later; without `back` nobody has it any more.
   */
  reorganise(hash, back) {
    const gone = this.included.find((one) => one.hash === hash)
    if (!gone) return
    // What came after it in its lane cannot stay without it.
    const lane = laneOf(gone.op).key
    const leaving = this.included.filter((one) => one === gone || (laneOf(one.op).key === lane && one.block >= gone.block))
    this.included = this.included.filter((one) => !leaving.includes(one))
    this.#branch += 1
    this.#forked = gone.block - 1
    if (back === undefined) return
    for (const { hash, op } of leaving) this.pool.set(hash, { op, due: Date.now() + back })
  }

  // ---- operations ----

  /** A bundler takes an operation. */
  take(op, delay = this.#delay) {
    const hash = this.hash(op)
    this.pool.set(hash, { op, due: Date.now() + delay })
    return hash
  }

  hash(op) {
    return hashOf(op, this.id)
  }

  /** The included operation of this hash. */
  find(hash, head = this.head()) {
    return this.included.find((one) => one.hash === hash && one.block <= head)
  }

  /** Next sequence number under a nonce key. */
  sequence(key, head = this.head()) {
    return this.included.filter(({ op, block }) => block <= head && laneOf(op).key === key).length
  }

  /** Sequence numbers under a key that the pool holds already. */
  waiting(key) {
    return [...this.pool.values()].map(({ op }) => laneOf(op)).filter((lane) => lane.key === key).map(({ sequence }) => sequence)
  }

  /** What contracts answer from, as of a block. */
  state(head = this.head()) {
    const then = this.included.filter(({ block }) => block <= head)
    return {
      owner: this.owner,
      account: this.account,
      typedData: this.typedData,
      deployed: then.length > 0,
      enabled: then.some(({ op }) => enables(op)),
      gasLeft: then.some(({ op }) => enables(op)) ? GAS_TOTAL - then.reduce((sum, { op }) => sum + costOf(op), 0n) : 0n,
      sequence: (key) => this.sequence(key, head),
    }
  }

  // ---- what is asked afterwards ----

  /** Every move that took effect, in order. */
  effects() {
    return this.included.filter(({ success }) => success).flatMap(({ op }) => movesOf(op))
  }

  /** Wei of the gas budget that went on chain. */
  spent() {
    return this.included.reduce((sum, { op }) => sum + costOf(op), 0n)
  }
}

// The scripted world keeps the rules that the faults are judged by: nonces, inclusion, reorganisations, and what its endpoints say.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Bundler, Node } from './answers.mjs'
import { Chain } from './chain.mjs'
import { FAULTS } from './list.mjs'
import { events } from './events.mjs'
import { GAME, GWEI, MOVE, quantity, sleep, viem } from './tools.mjs'
import { wires } from './wires.mjs'

const ACCOUNT = '0xacacacacacacacacacacacacacacacacacacacac'
const [ENABLE, USE] = [1n << 184n, 1n] // nonce keys by their first byte
const abi = viem.parseAbi([`function ${MOVE}`])
const executeAbi = viem.parseAbi(['function execute(bytes32 mode, bytes calls)'])

/** An operation as it comes over the wire. */
function operation(key, sequence, [x, y], changes = {}) {
  const calls = viem.concat([GAME, viem.toHex(0n, { size: 32 }), viem.encodeFunctionData({ abi, args: [x, y] })])
  return {
    sender: ACCOUNT,
    nonce: quantity((key << 64n) | BigInt(sequence)),
    callData: viem.encodeFunctionData({ abi: executeAbi, args: [viem.padHex('0x', { size: 32 }), calls] }),
    callGasLimit: '0x1000', verificationGasLimit: '0x1000', preVerificationGas: '0x1000',
    maxFeePerGas: quantity(GWEI), maxPriorityFeePerGas: quantity(GWEI), signature: '0x01',
    ...(key === ENABLE ? { factory: `0x${'fa'.repeat(20)}`, factoryData: '0x01' } : {}),
    ...changes,
  }
}

const chains = []
after(() => chains.forEach((chain) => chain.stop()))
/** A chain whose account has enabled its session, with a node and a bundler. */
async function enabled() {
  const chain = new Chain({ delay: 30, blockTime: 10 })
  chains.push(chain)
  Object.assign(chain, { account: ACCOUNT, owner: `0x${'0e'.repeat(20)}` })
  const [node, bundler] = [new Node(chain), new Bundler(chain)]
  const send = (op) => bundler.methods.eth_sendUserOperation([op])
  send(operation(ENABLE, 0, [1, 2]))
  await included(chain, 1)
  return { chain, node, bundler, send }
}
async function included(chain, count) {
  for (let turn = 0; chain.included.length < count && turn < 200; turn += 1) await sleep(5)
  assert.equal(chain.included.length, count)
}
const nonceOf = (node, key) => {
  const data = viem.encodeFunctionData({ abi: viem.parseAbi(['function getNonce(address, uint192)']), args: [ACCOUNT, key] })
  return Number(BigInt(node.methods.eth_call([{ to: GAME, data }, 'latest'])) & 0xffffn)
}
const refused = (send, pattern) => assert.throws(send, pattern)

test('operations are included in the order of their lane, and lanes are apart', async () => {
  const { chain, node, send } = await enabled()
  assert.deepEqual([chain.effects(), nonceOf(node, ENABLE), nonceOf(node, USE)], [['1,2'], 1, 0])
  send(operation(USE, 0, [3, 4]))
  send(operation(USE, 1, [5, 6]))
  refused(() => send(operation(USE, 3, [7, 8])), /AA25/)
  await included(chain, 3)
  assert.deepEqual([chain.effects(), nonceOf(node, USE)], [['1,2', '3,4', '5,6'], 2])
  refused(() => send(operation(USE, 1, [7, 8])), /AA25/)
  refused(() => send(operation(ENABLE, 1, [7, 8])), /AA10/)
})

test('of operations with one nonce one is included; the other has to outbid it', async () => {
  const { chain, bundler, send } = await enabled()
  const first = send(operation(USE, 0, [3, 4]))
  refused(() => send(operation(USE, 0, [3, 4])), /Already known/)
  refused(() => send(operation(USE, 0, [5, 6])), /underpriced/)
  const dearer = quantity((GWEI * 11n) / 10n)
  const second = send(operation(USE, 0, [5, 6], { maxFeePerGas: dearer, maxPriorityFeePerGas: dearer }))
  await included(chain, 2)
  assert.deepEqual(chain.effects(), ['1,2', '5,6'])
  const [gone, there] = [first, second].map((hash) => bundler.methods.eth_getUserOperationReceipt([hash]))
  assert.deepEqual([gone, there.success, there.userOpHash], [null, true, second])
})

test('what is reorganised away is gone from every answer, and comes back', async () => {
  const { chain, node, bundler, send } = await enabled()
  const hash = send(operation(USE, 0, [3, 4]))
  await included(chain, 2)
  const before = chain.blockHash(chain.head())
  const logs = () => node.methods.eth_getLogs([{ topics: [null, hash], fromBlock: '0x0', toBlock: 'latest' }]).length
  assert.deepEqual([logs(), nonceOf(node, USE)], [1, 1])
  const head = chain.head()
  chain.reorganise(hash, 60)
  assert.deepEqual([logs(), nonceOf(node, USE), bundler.methods.eth_getUserOperationReceipt([hash])], [0, 0, null])
  assert.notEqual(chain.blockHash(head), before)
  await included(chain, 2)
  assert.deepEqual([logs(), chain.effects()], [1, ['1,2', '3,4']])
})

test('a node and an index that lag tell of what is there later', async () => {
  const { chain, node, bundler, send } = await enabled()
  const hash = send(operation(USE, 0, [3, 4]))
  await included(chain, 2)
  Object.assign(node, { lag: 150 })
  Object.assign(bundler, { lag: 150 })
  const seen = () => [nonceOf(node, USE), bundler.methods.eth_getUserOperationReceipt([hash]) !== null]
  assert.deepEqual(seen(), [0, false])
  await sleep(200)
  assert.deepEqual(seen(), [1, true])
})

test('blocks become final, and undone calls have no effect', async () => {
  const { chain, node, send } = await enabled()
  chain.undoes = () => true
  send(operation(USE, 0, [3, 4]))
  await included(chain, 2)
  assert.deepEqual([chain.effects(), chain.included[1].success], [['1,2'], false])
  const final = () => Number(node.methods.eth_getBlockByNumber(['finalized', false]).number)
  assert.ok(final() < chain.included[1].block)
  await sleep(250)
  assert.ok(final() >= chain.included[1].block)
})

test('the list names every fault once, in words that exist', () => {
  const names = FAULTS.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  assert.ok(FAULTS.filter(({ ci }) => ci).length >= 60)
  for (const { name, parts } of FAULTS) {
    for (const { where, what, when } of parts) {
      assert.ok((where ? wires : events)[what], `${name}: nothing does “${what}”`)
      assert.ok(['request', 'first', 'second', 'life'].includes(when), name)
    }
  }
})

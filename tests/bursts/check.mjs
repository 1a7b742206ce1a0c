// What was told beside what is on chain: every move once, in the order it was asked for, and nothing told that is not so.
import { ENTRY_POINT, viem } from './stack.mjs'

const MOVED = viem.parseAbiItem('event Moved(address indexed player, uint8 x, uint8 y)')
const OPERATION = viem.parseAbiItem(
  'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, ' +
    'uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
)
const SIZE = 16

/** Where the `index`th move goes: no two of a round go to one place, so each is known by it on chain. */
export const cellOf = (index) => [index % SIZE, Math.floor(index / SIZE)]
const indexOf = ({ x, y }) => y * SIZE + x

/** An account's operations in the order of the chain, each with the moves it made. */
export async function operationsOf(stack, account) {
  const client = viem.createPublicClient({ transport: viem.http(stack.chain) })
  const since = { fromBlock: 0n, toBlock: 'latest' }
  const [operations, moves] = await Promise.all([
    client.getLogs({ ...since, address: ENTRY_POINT, event: OPERATION, args: { sender: account } }),
    client.getLogs({ ...since, address: stack.board, event: MOVED, args: { player: account } }),
  ])
  // In a bundle what an operation does comes before its own event.
  const place = ({ blockNumber, logIndex }) => Number(blockNumber) * 1e6 + logIndex
  let after = -1
  return operations.map((log) => {
    const made = moves.filter((move) => place(move) > after && place(move) < place(log)).map(({ args }) => indexOf(args))
    after = place(log)
    return { hash: log.args.userOpHash, success: log.args.success, moves: made }
  })
}

/**
 * `told`, by move: `{ success: true, hash }`, `{ error, mayStillLand }`, or `undefined` when nothing was told in time. Answers how many
 * moves are as they should be, and in words what is not. A `wrong` was told or done that must never be; what is merely `undone` was
 * asked for and not done, but told so.
 */
export function judge(told, operations) {
  const wrong = []
  const undone = []
  const made = operations.flatMap(({ hash, moves }) => moves.map((index) => ({ index, hash })))
  let right = 0
  for (const [index, what] of told.entries()) {
    const there = made.filter((move) => move.index === index)
    const before = wrong.length
    if (there.length > 1) wrong.push(`move ${index} doubled`)
    if (what?.success && there.length === 0) wrong.push(`move ${index} lost, though told as done`)
    if (what?.success && there.length > 0 && !there.some(({ hash }) => hash === what.hash)) wrong.push(`move ${index} told with another hash`)
    if (what?.error && there.length > 0 && !what.mayStillLand) wrong.push(`move ${index} done, though told as ${what.error}`)
    if (!what) undone.push(there.length > 0 ? 'done but never told' : 'never told')
    if (what?.error && there.length === 0) undone.push(what.mayStillLand ? `${what.error}, may still land` : what.error)
    if (what?.error && there.length > 0 && what.mayStillLand) undone.push(`${what.error}, landed later`)
    if (what?.success && wrong.length === before) right += 1
  }
  const order = made.map(({ index }) => index)
  if (order.some((index, at) => at > 0 && index < order[at - 1])) wrong.push(`out of order: ${order.join(' ')}`)
  return { right, wrong, undone: tally(undone) }
}

/** Equal words once, with their number. */
function tally(words) {
  const counts = new Map()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([word, count]) => `${count} ${word}`)
}

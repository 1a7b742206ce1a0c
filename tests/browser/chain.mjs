// The chain's own view of what happened, read past the page.
import { ENTRY_POINT, rpc, stack, viem } from './environment.mjs'

const { board, feed } = stack.contracts
const client = viem.createPublicClient({ transport: viem.http(stack.chain) })
const GAME = viem.parseAbi([
  'function pieces(address) view returns (uint8 x, uint8 y, uint32 moves)',
  'function items(address, uint256) view returns (uint256)',
  'function liked(uint256, address) view returns (bool)',
  'function post(string text) returns (uint256)',
  'event Moved(address indexed player, uint8 x, uint8 y)',
  'event Posted(uint256 indexed id, address indexed author, string text)',
])
const OPERATION = viem.parseAbiItem(
  'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, ' +
    'uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
)
/** First byte of a Kernel nonce whose operation enables a session. */
const ENABLING = 1n

const read = (address, functionName, ...args) => client.readContract({ address, abi: GAME, functionName, args })

export const blockNumber = () => client.getBlockNumber({ cacheTime: 0 })
export const balanceOf = (address) => client.getBalance({ address })
export const setBalance = (address, wei) => rpc(stack.chain, 'anvil_setBalance', address, viem.toHex(wei))

/** Where a player's piece is, and how often it moved. */
export async function pieceOf(player) {
  const [x, y, moves] = await read(board, 'pieces', player)
  return { x, y, moves }
}

export const itemsOf = (player, item) => read(board, 'items', player, item)
export const hasLiked = (player, id) => read(feed, 'liked', id, player)

/** A player's moves in the order of the chain: `[x, y]`. */
export async function movesOf(player, fromBlock) {
  const [event] = GAME.filter(({ name }) => name === 'Moved')
  const logs = await client.getLogs({ address: board, event, args: { player }, fromBlock })
  return logs.map(({ args }) => [args.x, args.y])
}

/** An account's operations in the order of the chain. */
export async function operationsOf(sender, fromBlock) {
  const logs = await client.getLogs({ address: ENTRY_POINT, event: OPERATION, args: { sender }, fromBlock })
  return logs.map(({ args: { userOpHash, paymaster, nonce, success } }) => ({
    userOpHash, paymaster, nonce, success, enabling: nonce >> 248n === ENABLING,
  }))
}

/** Posts to the feed as `owner`; answers the post's id. */
export async function postAs(owner) {
  const data = viem.encodeFunctionData({ abi: GAME, functionName: 'post', args: ['hello'] })
  const { logs } = await owner.transact({ to: feed, data })
  return viem.decodeEventLog({ abi: GAME, ...logs[0] }).args.id
}

/** What the bundler says to an operation that is handed to it past the page: its hash, or the error. */
export const handOver = (operation) => rpc(stack.bundler, 'eth_sendUserOperation', operation, ENTRY_POINT)

/** Seconds of the latest block; `mine` makes one first, since views run in the latest block's time. */
export async function chainTime({ mine = false } = {}) {
  if (mine) await rpc(stack.chain, 'evm_mine')
  return Number((await client.getBlock({ blockTag: 'latest' })).timestamp)
}

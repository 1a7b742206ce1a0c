// Sessions of our package beside those of ZeroDev's client, on one local chain in one run: gas, requests and time of an action.
//
// HALLPASS_STACK=<line of xtask/stack/boot.mjs> HALLPASS_PACKAGE=<folder of the built package> node run.mjs
//
// HALLPASS_DELAY: milliseconds that every request takes longer, 100 if not given. HALLPASS_ROUNDS: how often each figure is taken, 7 if
// not given; the median counts. The last line of the output is JSON. Only ratios within one run mean anything.
import { generatePrivateKey, privateKeyToAccount } from '../../xtask/oracle/node_modules/viem/_esm/accounts/index.js'
import { contestant as ours } from './ours.mjs'
import { depthOf, startProxy } from './proxy.mjs'
import { contestant as zerodev } from './zerodev.mjs'

const { HALLPASS_STACK, HALLPASS_PACKAGE, HALLPASS_DELAY = '100', HALLPASS_ROUNDS = '7' } = process.env
const [delay, rounds] = [Number(HALLPASS_DELAY), Number(HALLPASS_ROUNDS)]
if (!HALLPASS_STACK || !HALLPASS_PACKAGE || !(delay >= 0) || !(rounds >= 1)) {
  console.error('usage: HALLPASS_STACK=<line of the stack> HALLPASS_PACKAGE=<folder> [HALLPASS_DELAY=100] [HALLPASS_ROUNDS=7] node run.mjs')
  process.exit(2)
}
const stack = JSON.parse(HALLPASS_STACK)
const { board, chainId } = stack
const ETHER = 10n ** 18n
/** What both grants allow: free moves, and a few items at their price. */
const GRANT = { mostItems: 5n, mostValue: 50n, gas: ETHER, validUntil: Math.floor(Date.now() / 1000) + 3600 }
const FIGURES = ['gasUsed', 'requests', 'depth', 'acceptedMs', 'receiptMs', 'requestsToReceipt']
/** `pieces(address)` of the board. */
const PIECES = '0x' + '0'.repeat(0)

const proxy = await startProxy({ chain: stack.chain, bundler: stack.bundler, paymaster: stack.paymaster }, delay)
const contestants = { ours: await ours(HALLPASS_PACKAGE), zerodev: zerodev() }

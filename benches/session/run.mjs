// Sessions of our package beside those of ZeroDev's client, on one local chain in one run: gas, requests and time of an action.
//
// HALLPASS_STACK=<line of xtask/stack/boot.mjs> HALLPASS_PACKAGE=<folder of the built package> node run.mjs
//
// HALLPASS_DELAY: milliseconds that every request takes longer, 100 if not given. HALLPASS_ROUNDS: how often each figure is taken, 7 if
// not given; the median counts. The last line of the output is JSON. Only ratios within one run mean anything.
import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount } from '../../xtask/oracle/node_modules/viem/_esm/accounts/index.js'
import { decodeAbiParameters, slice } from '../../xtask/oracle/node_modules/viem/_esm/index.js'
import { contestant as ours } from './ours.mjs'
import { busyTime, depthOf, startProxy } from './proxy.mjs'
import { contestant as zerodev } from './zerodev.mjs'

const { HALLPASS_STACK, HALLPASS_PACKAGE, HALLPASS_DELAY = '100', HALLPASS_ROUNDS = '7' } = process.env
const [delay, rounds] = [Number(HALLPASS_DELAY), Number(HALLPASS_ROUNDS)]
if (!HALLPASS_STACK || !HALLPASS_PACKAGE || !(delay >= 0) || !(rounds >= 1)) {
  console.error('usage: HALLPASS_STACK=<line of the stack> HALLPASS_PACKAGE=<folder> [HALLPASS_DELAY=] [HALLPASS_ROUNDS=] node run.mjs')
  process.exit(2)
}
const { chain, bundler, paymaster, paymasterAddress, chainId, board } = JSON.parse(HALLPASS_STACK)
const ETHER = 10n ** 18n
/** What both sessions may do: any move, and up to five items at their price, for an hour and one ether of gas. */
const GRANT = { mostItems: 5n, mostValue: 50n, gas: ETHER, validUntil: Math.floor(Date.now() / 1000) + 3600 }
const BOARD_SIZE = 16
/** `pieces(address)` of the board. */
const PIECES = '0xd514940b'
/** Figures of an action, with the head of their column. Counts are until the bundler accepted it unless they say otherwise. */
const FIGURES = {
  gasUsed: 'gas',
  requests: 'requests',
  depth: 'depth',
  acceptedMs: 'ms to accepted',
  clientMs: 'ms of its own',
  receiptMs: 'ms to receipt',
  requestsToReceipt: 'requests to receipt',
  requestsAhead: 'requests ahead',
}
/** On a busy machine medians of these scatter; the least of each says more. */
const TIMES = ['acceptedMs', 'clientMs', 'receiptMs']

const proxy = await startProxy({ chain, bundler, paymaster }, delay)
const contestants = { ours: await ours(HALLPASS_PACKAGE), zerodev: zerodev() }
const names = Object.keys(contestants)
const perName = (make) => Object.fromEntries(names.map((name) => [name, make(name)]))

async function rpc(url, method, ...params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const { result, error } = await response.json()
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}

let opened = 0
/** A session of a new owner, ready to act. */
async function open(name, sponsored) {
  opened += 1
  const client = `${name}-${opened}`
  const endpoints = proxy.endpointsOf(client)
  const owner = privateKeyToAccount(generatePrivateKey())
  const fund = (account) => rpc(chain, 'anvil_setBalance', account, `0x${ETHER.toString(16)}`)
  const started = performance.now()
  const common = { endpoints, chainId, board, grant: GRANT, owner, fund }
  const session = await contestants[name].open({ ...common, ...(sponsored && { paymaster: paymasterAddress }) })
  const ready = performance.now()
  const asked = proxy.asked(client, started, ready)
  const opening = { requests: asked.length, depth: depthOf(asked), ms: ready - started }
  return { ...session, client, opening, moves: 0, settled: ready }
}

/** One move, and its figures. */
async function act(session) {
  const [x, y] = [(3 * session.moves + 1) % BOARD_SIZE, (5 * session.moves + 2) % BOARD_SIZE]
  session.moves += 1
  const started = performance.now()
  const ahead = proxy.asked(session.client, session.settled, started)
  let accepted
  const hash = await session.move(x, y, () => (accepted = performance.now()))
  session.settled = performance.now()

  const asked = proxy.asked(session.client, started, session.settled)
  const sending = asked.findLast(({ methods }) => methods.includes('eth_sendUserOperation'))
  const untilAccepted = asked.filter((exchange) => exchange.started < sending.ended)
  const receipt = await rpc(bundler, 'eth_getUserOperationReceipt', hash)
  assert(receipt.success, `${session.client}: the move was undone`)
  assert.deepEqual(await pieceOf(session.account), [x, y, session.moves], `${session.client}: the piece is elsewhere`)
  return {
    gasUsed: Number(receipt.actualGasUsed),
    requests: untilAccepted.length,
    depth: depthOf(untilAccepted),
    acceptedMs: accepted - started,
    // Until accepted, with no request under way: the client's own work.
    clientMs: accepted - started - busyTime(untilAccepted),
    receiptMs: session.settled - started,
    requestsToReceipt: asked.length,
    // Since the last action: what a client asks ahead of the next one is not free either.
    requestsAhead: ahead.length,
    methods: untilAccepted.map(({ methods }) => methods.join('+')),
    operation: await operationOf(hash),
  }
}

const operationOf = async (hash) => (await rpc(bundler, 'eth_getUserOperationByHash', hash)).userOperation

async function pieceOf(account) {
  const data = PIECES + account.slice(2).toLowerCase().padStart(64, '0')
  const words = await rpc(chain, 'eth_call', { to: board, data }, 'latest')
  return words.slice(2).match(/.{64}/g).map((word) => Number(`0x${word}`))
}

/** What of an operation decides its gas. */
function shapeOf({ nonce, signature, callData, ...rest }) {
  const bytes = (data) => (data.length - 2) / 2
  const limits = Object.entries(rest).filter(([name]) => /GasLimit|preVerificationGas/.test(name))
  return {
    lane: Number((BigInt(nonce) >> 64n) & 0xffffn),
    signatureBytes: bytes(signature),
    callDataBytes: bytes(callData),
    ...Object.fromEntries(limits.map(([name, value]) => [name, Number(value)])),
  }
}

/** What an enabling operation installs, without the session key at its end: policies and signer. */
function permissionOf({ signature }) {
  const parts = Array(5).fill({ type: 'bytes' })
  // After the hook's address.
  const [validatorData] = decodeAbiParameters(parts, slice(signature, 20))
  const [entries] = decodeAbiParameters([{ type: 'bytes[]' }], validatorData)
  return [...entries.slice(0, -1), slice(entries.at(-1), 0, 22)]
}

/** First actions, each of a new account, then repeated ones of the last of them; both clients take turns. */
async function measure(sponsored) {
  const samples = { first: perName(() => []), repeated: perName(() => []) }
  const openings = perName(() => [])
  const sessions = {}
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      sessions[name] = await open(name, sponsored)
      openings[name].push(sessions[name].opening)
      samples.first[name].push(await act(sessions[name]))
    }
  }
  const [permission, other] = names.map((name) => permissionOf(samples.first[name].at(-1).operation))
  assert.deepEqual(permission, other, 'the grants are not the same')
  // The first one in use mode opens the nonce lane, which costs gas once.
  for (const name of names) await act(sessions[name])
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) samples.repeated[name].push(await act(sessions[name]))
  }
  return {
    opening: perName((name) => medians(openings[name], ['requests', 'depth', 'ms'])),
    first: compared(samples.first),
    repeated: compared(samples.repeated),
  }
}

function compared(samples) {
  const median = perName((name) => medians(samples[name], Object.keys(FIGURES)))
  const least = perName((name) => each(TIMES, (figure) => rounded(Math.min(...samples[name].map((one) => one[figure])), 0)))
  const operations = perName((name) => {
    const { methods, operation } = samples[name].at(-1)
    return { ...shapeOf(operation), methods }
  })
  return { median: withRatio(median), least: withRatio(least), operations }
}

/** Ours as a part of theirs. */
function withRatio({ ours, zerodev }) {
  const ratio = each(Object.keys(ours), (figure) => rounded(ours[figure] / zerodev[figure], 3))
  return { ours, zerodev, ratio }
}

const each = (figures, value) => Object.fromEntries(figures.map((figure) => [figure, value(figure)]))
const rounded = (value, digits) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : null)

function medians(samples, figures) {
  const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1]
  return each(figures, (figure) => rounded(middle(samples.map((one) => one[figure])), 0))
}

function print(results) {
  const shown = (name, cells) => console.log(name.padEnd(30) + cells.map((cell) => String(cell).padStart(21)).join(''))
  console.log(`every request ${delay} ms longer; medians of ${rounds}, and the least where there are two`)
  shown('', Object.values(FIGURES))
  for (const [payment, { opening, ...actions }] of Object.entries(results)) {
    for (const [action, { median, least }] of Object.entries(actions)) {
      for (const row of Object.keys(median)) {
        const cells = Object.keys(FIGURES).map((figure) => [median[row][figure] ?? '-', least[row][figure] ?? []].flat().join(', '))
        shown(`${payment}, ${action}: ${row}`, cells)
      }
    }
  }
}

try {
  const results = { own: await measure(false), sponsored: await measure(true) }
  const versions = perName((name) => ({ name: contestants[name].name, version: contestants[name].version }))
  print(results)
  console.log(JSON.stringify({ delayMs: delay, rounds, runtime: `node ${process.version}`, contestants: versions, results }))
} catch (fault) {
  // Uncaught, Node would print the line it came from, and the package is one line.
  console.error(fault.stack)
  process.exitCode = 1
} finally {
  proxy.close()
}

// The judge is judged: made-up lives that break one promise each, which it must notice, and honest ones, which it must let pass.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from './checker.mjs'

const [FIRST, SECOND, NEXT, LATER] = ['0xa1', '0xa2', '0xa3', '0xa4']
const operation = (hash, move, { success = true, cost = 10n } = {}) => ({ hash, moves: [move], success, cost })
const success = (move, part, hash) => ({ move, part, told: 'success', hash })
const fault = (details) => ({ isOurs: true, code: 'bundler.unknown', shortMessage: 'no answer', remedy: 'Look again.', text: 'no answer', ...details })
const reverted = { move: '3,4', part: 'second', told: 'reverted', hash: SECOND }
const failed = (details) => ({ move: '3,4', part: 'second', told: 'error', error: fault(details) })

/** A life in which all went well, with changes. */
function life({ second = success('3,4', 'second', SECOND), landed = [operation(SECOND, '3,4')], ...changes } = {}) {
  const operations = [operation(FIRST, '1,2'), ...landed, operation(NEXT, '5,6')]
  return {
    request: { told: 'session' },
    asked: [success('1,2', 'first', FIRST), second, success('5,6', 'next', NEXT)],
    ledger: { operations, offered: [...operations, operation(LATER, '3,4')].map(({ hash, moves }) => ({ hash, moves })) },
    gas: { before: 100n, after: 100n - 10n * BigInt(operations.length) },
    secret: 'key-in-the-path',
    ...changes,
  }
}

/** Changes: nothing was asked for after the two moves. */
const twoMoves = {
  asked: [success('1,2', 'first', FIRST), success('3,4', 'second', SECOND)],
  ledger: { operations: [operation(FIRST, '1,2'), operation(SECOND, '3,4')], offered: [] },
}
/** Changes: the second move was undone on chain. */
const undone = [operation(SECOND, '3,4', { success: false })]
const mayLand = { mayStillLand: true, userOpHash: SECOND }

const rules = (record, wish) => [...new Set(judge(record, wish).map(({ rule }) => rule))]
const notices = (name, rule, record, wish) => test(name, () => assert.deepEqual(rules(record, wish), [rule]))
const passes = (name, record, wish) => test(name, () => assert.deepEqual(judge(record, wish), []))

describe('honest lives pass', () => {
  passes('everything went well', life(), { must: 'succeed', parts: ['second'] })
  passes('told an error, and nothing happened', life({ second: failed(), landed: [] }))
  passes('told that it may still land, and it did not', life({ second: failed(mayLand), landed: [] }))
  passes('told that it may still land, and it did', life({ second: failed(mayLand) }))
  passes('another try of what was told is the one that landed', life({ second: failed({ mayStillLand: true, userOpHash: LATER }) }))
  passes('told as undone, and it was', life({ second: reverted, landed: undone }), { must: 'revert', parts: ['second'] })
  passes('refused before it was signed', life({ second: failed(), landed: [] }), { must: 'refuse', parts: ['second'] })
  passes('more was debited than landed', life({ gas: { before: 100n, after: 0n } }))
  passes('nothing can work afterwards, and that is known', life(twoMoves), { recovers: false })
  const tries = [failed(), { ...failed({ code: 'bundler.replaced' }), move: '5,6', part: 'next' }, success('7,8', 'next', NEXT)]
  const landed = [operation(FIRST, '1,2'), operation(NEXT, '7,8')]
  passes('the second try after the fault works', life({ asked: [success('1,2', 'first', FIRST), ...tries], ledger: { operations: landed, offered: [] } }))
})

describe('a: at most once', () => {
  const twice = judge(life({ second: failed(mayLand), landed: [operation(SECOND, '3,4'), operation(LATER, '3,4')] }))
  test('a move that took effect twice', () => assert.deepEqual(twice.map(({ rule, seen }) => [rule, seen]), [['a', 'move 3,4 took effect 2 times']]))
  notices('twice in one operation', 'a', life({ second: failed(mayLand), landed: [{ ...operation(SECOND, '3,4'), moves: ['3,4', '3,4'] }] }))
  notices('a move that nobody asked for', 'a', life({ landed: [operation(SECOND, '3,4'), operation(LATER, '9,9')] }))
  notices('a move that nobody asked for, undone', 'a', life({ landed: [operation(SECOND, '3,4'), operation(LATER, '9,9', { success: false })] }))
})

describe('b: what was told is what happened', () => {
  notices('success without an effect', 'b', life({ landed: [] }))
  notices('success of what was undone', 'b', life({ landed: undone }))
  notices('success with the hash of nothing on chain', 'b', life({ second: success('3,4', 'second', LATER) }))
  notices('success with the hash of another move', 'b', life({ second: success('3,4', 'second', FIRST) }))
  notices('success without a hash', 'b', life({ second: success('3,4', 'second') }))
  notices('undone, and it took effect', 'b', life({ second: reverted }))
  notices('undone, and it was never there', 'b', life({ second: reverted, landed: [] }))
  notices('an error, and it landed', 'b', life({ second: failed() }))
  notices('an error with the hash, but no word that it may land', 'b', life({ second: failed({ userOpHash: SECOND }) }))
  notices('a word that it may land, but no hash', 'b', life({ second: failed({ mayStillLand: true }) }))
  notices('a word that it may land, with a hash of something else', 'b', life({ second: failed({ mayStillLand: true, userOpHash: FIRST }) }))
  notices('an error of somebody else', 'b', life({ second: failed({ isOurs: false }), landed: [] }))
  for (const part of ['code', 'shortMessage', 'remedy']) {
    notices(`an error without ${part}`, 'b', life({ second: failed({ [part]: undefined }), landed: [] }))
  }
})

describe('c: nobody waits for ever', () => {
  notices('a move of which nothing was told', 'c', life({ second: { move: '3,4', part: 'second', told: 'nothing' } }))
  notices('no move works after the fault', 'c', life({ ...twoMoves, asked: [...twoMoves.asked, { ...failed(), move: '5,6', part: 'next' }] }))
  const nobody = { asked: [], ledger: { operations: [], offered: [] }, gas: undefined }
  notices('no session after the fault', 'c', life({ ...nobody, request: { told: 'error', error: fault() } }))
  notices('a request of which nothing was told', 'c', life({ request: { told: 'nothing' } }))
  notices('a request with an error of somebody else', 'c', life({ request: { told: 'error', error: fault({ isOurs: false }) } }))
})

describe('d: what landed is debited', () => {
  notices('less was debited than landed', 'd', life({ gas: { before: 100n, after: 80n } }))
  notices('what landed late was not debited', 'd', life({ second: failed(mayLand), gas: { before: 100n, after: 80n } }))
  notices('what was undone was not debited', 'd', life({ second: reverted, landed: undone, gas: { before: 100n, after: 80n } }))
  notices('the budget grew', 'd', life({ gas: { before: 100n, after: 101n } }))
})

describe('beyond the invariant', () => {
  notices('a survivable fault ended in an error', 'must', life({ second: failed(), landed: [] }), { must: 'succeed', parts: ['second'] })
  notices('a survivable fault of the request ended in an error', 'must', life({ request: { told: 'error', error: fault() } }), { must: 'succeed', parts: ['request'] })
  notices('what had to be refused was done', 'must', life(), { must: 'refuse', parts: ['second'] })
  notices('a session that had to be refused', 'must', life(), { must: 'refuse', parts: ['request'] })
  notices('what was undone is told as an error', 'must', life({ second: failed(mayLand), landed: undone }), { must: 'revert', parts: ['second'] })
  notices('the key of an endpoint is shown', 'secret', life({ second: failed({ text: 'http://127.0.0.1/v2/key-in-the-path is down' }), landed: [] }))
})

// What can go wrong with one answer on its way, by the words that the list uses. Each gets the HTTP response, the reply (the honest one,
// or one that is made up where the endpoint did not act), and how to act.
import { send } from './endpoints.mjs'
import { quantity, sleep } from './tools.mjs'

const HTML = (url) => `<html><head><title>Gateway</title></head><body><h1>upstream of ${url} is not there</h1></body></html>`
const MEGABYTE = ' '.repeat(1 << 20)
const MOST_MEGABYTES = 48
const OTHER_HASH = `0x${'0b'.repeat(32)}`

/** A change to the result, or to each result of a batch. */
const changed = (change) => ({ response, reply }) => {
  const one = (answer) => ('result' in answer ? { ...answer, result: change(structuredClone(answer.result)) } : answer)
  send(response, Array.isArray(reply) ? reply.map(one) : one(reply))
}
/** A change to a receipt that is there. */
const receipt = (change) => changed((found) => (found ? change(found) : found))
const refuses = (code, message, data) => ({ response, message: { id } }) => send(response, { jsonrpc: '2.0', id, error: { code, message, data } })
const status = (code, { html = false, headers = {}, error } = {}) => ({ response, endpoint, message: { id } }) => {
  const body = html ? HTML(endpoint.url) : error ? { jsonrpc: '2.0', id, error } : ''
  send(response, body, { status: code, headers: { ...(html ? { 'content-type': 'text/html' } : {}), ...headers } })
}
const tooMany = (headers = {}) => status(429, { headers, error: { code: 429, message: 'too many requests' } })
const times = (factor) => (gas) => {
  const limits = ['callGasLimit', 'verificationGasLimit', 'preVerificationGas']
  return { ...gas, ...Object.fromEntries(limits.map((name) => [name, quantity(BigInt(gas[name]) * factor)])) }
}
const priced = (factor) => (prices) => {
  const one = ({ maxFeePerGas, maxPriorityFeePerGas }) => ({ maxFeePerGas: quantity(BigInt(maxFeePerGas) * factor), maxPriorityFeePerGas })
  return Object.fromEntries(Object.entries(prices).map(([name, fees]) => [name, one(fees)]))
}

export const wires = {
  // ---- no answer, or only a part of one ----
  hangs: () => {},
  'resets the connection': ({ response }) => response.socket.resetAndDestroy(),
  'drips for ever': async ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    while (!response.destroyed) {
      response.write(' ')
      await sleep(100)
    }
  },
  'drips its answer within half a second': async ({ response, reply }) => {
    const text = JSON.stringify(reply)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    for (const part of text.match(/.{1,12}/gs)) {
      response.write(part)
      await sleep(4)
    }
    response.end()
  },
  'cuts the connection in its answer': ({ response, reply }) => {
    const text = JSON.stringify(reply)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length })
    response.write(text.slice(0, text.length >> 1), () => response.destroy())
  },
  'cuts its JSON short': ({ response, reply }) => send(response, JSON.stringify(reply).slice(0, -9)),
  'answers without end': async ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (let sent = 0; sent < MOST_MEGABYTES && !response.destroyed; sent += 1) {
      if (!response.write(MEGABYTE)) await Promise.race([new Promise((drained) => response.once('drain', drained)), sleep(200)])
    }
    response.destroy()
  },
  'answers nothing': ({ response }) => send(response, ''),
  'answers null': ({ response, message: { id } }) => send(response, { jsonrpc: '2.0', id, result: null }),

  // ---- statuses ----
  'answers 500': status(500),
  'answers 502 in HTML': status(502, { html: true }),
  'answers 503 with Retry-After 1': status(503, { headers: { 'retry-after': '1' } }),
  'answers 504 in HTML': status(504, { html: true }),
  'answers 429': tooMany(),
  'answers 429 with Retry-After 1': tooMany({ 'retry-after': '1' }),
  'answers 429 with Retry-After tomorrow': tooMany({ 'retry-after': '86400' }),
  'answers 200 in HTML': status(200, { html: true }),

  // ---- answers to something else ----
  'answers with another id': ({ response, message: { id } }) => send(response, { jsonrpc: '2.0', id: Number(id) + 1000, result: OTHER_HASH }),
  'answers another hash': ({ response, message: { id } }) => send(response, { jsonrpc: '2.0', id, result: OTHER_HASH }),
  'answers twice in one body': ({ response, reply }) => send(response, JSON.stringify(reply) + JSON.stringify(reply)),
  'answers a list of two answers': ({ response, reply }) => send(response, [reply, reply]),
  'answers an error with the hash': ({ response, message: { id }, reply: { result } }) =>
    send(response, { jsonrpc: '2.0', id, error: { code: -32000, message: `operation ${result} failed`, data: result } }),
  'answers hash and error together': ({ response, message: { id }, reply: { result } }) =>
    send(response, { jsonrpc: '2.0', id, result, error: { code: -32000, message: 'internal error' } }),
  // The first of two questions waits for the second, and each gets what was meant for the other.
  'swaps the answers of two questions': async ({ response, reply, memory }) => {
    if (!memory.first) {
      memory.first = { response, reply }
      return void setTimeout(() => memory.first && send(memory.first.response, memory.first.reply), 150)
    }
    const { first } = memory
    memory.first = undefined
    send(first.response, reply)
    send(response, first.reply)
  },

  // ---- the network delivers at other times ----
  'gets it twice, and its second answer comes through': async ({ response, act }) => {
    await act()
    send(response, await act())
  },
  'gets it twice, and its first answer comes through': async ({ response, act }) => {
    const reply = await act()
    await act()
    send(response, reply)
  },
  'gets it 1.5 s late, when the connection is gone': ({ response, act, endpoint }) => {
    response.socket.resetAndDestroy()
    endpoint.pending.push(sleep(1500).then(act))
  },

  // ---- refusals ----
  'refuses with -32500': refuses(-32500, 'AA23 reverted 0x'),
  'refuses with -32602': refuses(-32602, 'invalid user operation'),
  'refuses with -32521': refuses(-32521, 'execution reverted', '0x'),
  'refuses with -32000': refuses(-32000, 'internal error, try later'),
  'refuses with -32603': refuses(-32603, 'Internal error'),
  'refuses with -32005': refuses(-32005, 'rate limit exceeded'),
  'refuses with AA25': refuses(-32500, 'AA25 invalid account nonce'),
  'refuses with AA21': refuses(-32500, "AA21 didn't pay prefund"),
  'refuses as underpriced': refuses(-32602, 'replacement underpriced: both fees must rise by 10%'),
  'has no such method': refuses(-32601, 'the method does not exist'),

  // ---- wrong contents ----
  'answers gas limits 1000 times as high': changed(times(1000n)),
  'answers gas limits that are words': changed(() => ({ callGasLimit: 'lots', verificationGasLimit: 'some', preVerificationGas: 'none' })),
  'asks 1000 times the price': changed(priced(1000n)),
  'answers a block that is 6 hours ahead': changed((block) => ({ ...block, timestamp: quantity(BigInt(block.timestamp) + 21_600n) })),
  'answers the id of another chain': changed(() => '0x1'),
  'answers no code': changed(() => '0x'),
  'answers 0x': changed(() => '0x'),
  'answers garbage': changed(() => '0x1234'),
  'names another paymaster': changed((fields) => ({ ...fields, paymaster: `0x${'ba'.repeat(20)}` })),
  'wants 1000 times the gas': changed((fields) => ({ ...fields, paymasterVerificationGasLimit: quantity(0x4000 * 1000) })),
  'answers fields of the wrong kind': changed(() => ({ paymaster: 7, paymasterData: {} })),
  'says success as text': receipt((found) => ({ ...found, success: String(found.success) })),
  'says success: perhaps': receipt((found) => ({ ...found, success: 'perhaps' })),
  'leaves the transaction out': receipt(({ receipt: _, ...found }) => found),
  'tells of another operation': receipt((found) => ({ ...found, userOpHash: OTHER_HASH })),
  'answers an empty object until it is there': changed((found) => found ?? {}),
  'makes a success up': ({ response, message: { id, params } }) =>
    send(response, { jsonrpc: '2.0', id, result: inventedReceipt(params[0]) }),
}

const inventedReceipt = (userOpHash) => ({
  userOpHash,
  success: true,
  actualGasUsed: '0x30d40',
  actualGasCost: '0x1',
  logs: [],
  receipt: { transactionHash: OTHER_HASH, blockNumber: '0x15', blockHash: OTHER_HASH, status: '0x1', logs: [] },
})

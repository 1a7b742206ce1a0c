// A proxy on 127.0.0.1 before the endpoints of a round. A plan says what becomes of each request on its way, and all are counted.
import { createServer } from 'node:http'
import { sleep } from './stack.mjs'

const HOST = '127.0.0.1'
const HEADERS = { 'content-type': 'application/json' }

/**
 * What becomes of one request. All parts may be left out: then it is passed on once, and its answer given.
 *
 * @typedef {object} Plan
 * @property {number} [before] milliseconds until it is passed on
 * @property {number} [times] how often it is passed on; 0: never
 * @property {unknown} [result] what is answered instead of the endpoint's own answer
 * @property {boolean} [lost] the answer gets lost
 * @property {boolean} [last] of several answers the last one is given, not the first
 * @property {number} [after] milliseconds until the answer is given
 * @property {(answer?: string) => boolean} [then] called when the answer has been given; says whether that was the fault
 */

/** Before `targets`, `{ chain: url, … }`. `planOf({ target, method, params })` answers a plan or `undefined`; `coin()` true or false. */
export async function startProxy(targets, planOf, coin) {
  const asked = []
  let open = true
  const server = createServer(async (request, response) => {
    const target = request.url.slice(1)
    const body = await bodyOf(request).catch(() => undefined)
    // The client gave up while it was still speaking.
    if (body === undefined) return
    const message = JSON.parse(body)
    const methods = [message].flat().map(({ method }) => method)
    // Endpoints answer a batch as one, so one plan has to do: that of its first part which has one.
    const plan = [message].flat().map(({ method, params }) => planOf({ target, method, params })).find(Boolean) ?? {}
    const exchange = { target, methods, fault: !plan.then && Object.keys(plan).length > 0 }
    asked.push(exchange)
    const answer = await passOn(targets[target], message, body, plan)
    if (!open || response.destroyed) return
    // What gets lost on the way looks like a broken connection, or like a gateway's own page.
    if (answer === undefined && coin()) response.destroy()
    else if (answer === undefined) response.writeHead(504, { 'content-type': 'text/html' }).end('<html>504 Gateway Time-out</html>')
    else response.writeHead(answer.status, HEADERS).end(answer.text)
    // The endpoint may be down, too.
    exchange.fault ||= answer === undefined
    if (plan.then?.(answer?.text)) exchange.fault = true
  })
  await new Promise((resolve, reject) => server.on('error', reject).listen(0, HOST, resolve))
  const address = `http://${HOST}:${server.address().port}`
  return {
    /** The endpoints as the round is to see them. */
    endpoints: Object.fromEntries(Object.keys(targets).map((name) => [name, `${address}/${name}`])),
    /** Every request so far, in order: `{ target, methods, fault }`. */
    asked,
    close: () => {
      open = false
      server.close()
      server.closeAllConnections()
    },
  }
}

/** The answer as the plan leaves it; nothing where it is lost, or where the endpoint is down. */
async function passOn(url, message, body, { before = 0, times = 1, result, lost, last, after = 0 }) {
  if (before > 0) await sleep(before)
  const answers = []
  for (let time = 0; time < times; time += 1) answers.push(await post(url, body))
  if (after > 0) await sleep(after)
  if (lost) return undefined
  if (result !== undefined) return { status: 200, text: JSON.stringify({ jsonrpc: '2.0', id: message.id, result }) }
  return answers.at(last ? -1 : 0)
}

async function bodyOf(request) {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

async function post(url, body) {
  try {
    const answer = await fetch(url, { method: 'POST', headers: HEADERS, body })
    return { status: answer.status, text: await answer.text() }
  } catch {
    return undefined
  }
}

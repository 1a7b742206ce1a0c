// A proxy on 127.0.0.1 before the endpoints of a chain. It delays every request by the same time, as a network would, and keeps when
// each began and ended. Every client gets addresses of its own, so that requests in the background are counted where they belong.
import { createServer } from 'node:http'

const HOST = '127.0.0.1'

/** `targets` names the endpoints: `{ chain: url, … }`. */
export async function startProxy(targets, delay) {
  const exchanges = []
  const server = createServer(async (request, response) => {
    const started = performance.now()
    const [, client, target] = request.url.split('/')
    let body = ''
    for await (const chunk of request) body += chunk
    const exchange = { client, methods: [JSON.parse(body)].flat().map(({ method }) => method), started, ended: Infinity }
    exchanges.push(exchange)
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    const headers = { 'content-type': 'application/json' }
    try {
      const answer = await fetch(targets[target], { method: 'POST', headers, body })
      const text = await answer.text()
      exchange.ended = performance.now()
      response.writeHead(answer.status, headers).end(text)
    } catch (fault) {
      exchange.ended = performance.now()
      response.writeHead(502).end(fault.message)
    }
  })
  await new Promise((resolve, reject) => server.on('error', reject).listen(0, HOST, resolve))
  const address = `http://${HOST}:${server.address().port}`
  return {
    /** The endpoints as one client is to see them. */
    endpointsOf: (client) => Object.fromEntries(Object.keys(targets).map((name) => [name, `${address}/${client}/${name}`])),
    /** What a client asked for in a span of time, in order. */
    asked: (client, from, to = Infinity) => {
      return exchanges.filter((one) => one.client === client && one.started >= from && one.started <= to)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** How many requests came strictly one after another: the longest chain in which each begins after the one before it has ended. */
export function depthOf(exchanges) {
  let depth = 0
  let ended = -Infinity
  for (const exchange of [...exchanges].sort((one, other) => one.ended - other.ended)) {
    if (exchange.started < ended) continue
    depth += 1
    ended = exchange.ended
  }
  return depth
}

/** Milliseconds in which at least one of them was under way. */
export function busyTime(exchanges) {
  let busy = 0
  let until = -Infinity
  for (const { started, ended } of [...exchanges].sort((one, other) => one.started - other.started)) {
    busy += Math.max(0, ended - Math.max(started, until))
    until = Math.max(until, ended)
  }
  return busy
}

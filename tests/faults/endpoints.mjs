// A node, bundler or paymaster as a real HTTP server on 127.0.0.1, and the place where its answers go wrong on the wire.
import { createServer } from 'node:http'

/** Part of every endpoint's URL that nobody may be shown: an API key stands there. */
export const SECRET = 'key-1f0e9d8c7b6a'

/** Ports of this run: an endpoint that is down comes back at its own, so nobody else may get it meanwhile. */
const taken = new Set()

/** Answers to one message, or to each of a batch. */
const each = (message, f) => (Array.isArray(message) ? Promise.all(message.map(f)) : f(message))

export class Endpoint {
  /** Faults on the wire: `{ method, when(), left, acted, wire }`, the first that fits is taken. */
  faults = []
  /** How often each method was asked. */
  asked = new Map()
  /** What must have happened before a fault counts as over. */
  pending = []
  #methods
  #server
  #port = 0
  #sockets = new Set()

  constructor(methods) {
    this.#methods = methods
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/v2/${SECRET}`
  }

  listen() {
    this.#server = createServer((request, response) => this.#serve(request, response).catch(() => response.destroy()))
    // Idle connections stay: only a fault closes one.
    this.#server.keepAliveTimeout = 60_000
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
    })
    return new Promise((resolve, reject) => {
      this.#server.on('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', () => {
        const { port } = this.#server.address()
        if (this.#port === 0 && taken.has(port)) return void this.#server.close(() => resolve(this.listen()))
        taken.add(port)
        this.#port = port
        resolve(this)
      })
    })
  }

  /** Connections are cut, and new ones refused. */
  close() {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    return closed
  }

  /** Down for some time, then back at the same address. */
  async restart(milliseconds) {
    await this.close()
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    if (!this.ended) await this.listen()
  }

  /** What the honest endpoint does and says. */
  answer(message) {
    return each(message, async ({ id, method, params = [] }) => {
      try {
        if (!this.#methods[method]) throw Object.assign(new Error(`the method ${method} does not exist`), { code: -32601 })
        return { jsonrpc: '2.0', id, result: await this.#methods[method](params) }
      } catch ({ code = -32603, message, data }) {
        return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }
      }
    })
  }

  #fault(message) {
    const methods = [message].flat().map(({ method }) => method)
    const fault = this.faults.find(({ method, when, left }) => left > 0 && when() && (method === '*' || methods.includes(method)))
    if (fault) fault.left -= 1
    return fault
  }

  async #serve(request, response) {
    let body = ''
    for await (const chunk of request) body += chunk
    const message = JSON.parse(body)
    for (const { method } of [message].flat()) this.asked.set(method, (this.asked.get(method) ?? 0) + 1)
    const fault = this.#fault(message)
    if (!fault) return send(response, await this.answer(message))
    const act = () => this.answer(message)
    const reply = fault.acted ? await act() : madeUp(message)
    await fault.wire({ message, response, reply, act, endpoint: this, memory: (fault.memory ??= {}) })
  }
}

export function send(response, reply, { status = 200, headers = {} } = {}) {
  const text = typeof reply === 'string' ? reply : JSON.stringify(reply)
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
}

/** An answer of the right form to a question that nobody acted on. */
const madeUp = (message) => (Array.isArray(message) ? message.map(madeUp) : { jsonrpc: '2.0', id: message.id, result: `0x${'de'.repeat(32)}` })

// One world for one fault: a chain, its endpoints over HTTP, an owner, and the real package on top. Nothing of it is shared.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Bundler, Node, PaymasterService, wallet } from './answers.mjs'
import { Chain } from './chain.mjs'
import { Endpoint } from './endpoints.mjs'
import { events } from './events.mjs'
import { movesOf } from './kernel.mjs'
import { CHAIN_ID, GAME, MOVE, PAYMASTER, costOf } from './tools.mjs'
import { wires } from './wires.mjs'

/** The built package in a folder, as Node.js would import it. */
export async function loadPackage(folder) {
  const manifest = join(resolve(folder), 'package.json')
  if (!existsSync(manifest)) throw new Error(`there is no built package in ${folder}: give --pkg DIR`)
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8'))
  return import(pathToFileURL(join(resolve(folder), exports['.'].import.default)).href)
}

let made = 0

export class World {
  /** Part of the life that runs: `request`, `first`, `second`, then `after`. */
  part = 'request'
  /** What has to be over before the fault is. */
  pending = []
  #parts
  #ends = []
  #stop = new AbortController()

  /** A world in which `parts` go wrong: see list.mjs. */
  constructor(hallpass, parts, { delay, again, sponsored = false, storage = 'memory' } = {}) {
    this.hallpass = hallpass
    this.sponsored = sponsored
    this.storage = storage
    this.#parts = parts
    this.chain = new Chain({ delay })
    this.owner = wallet(this.chain)
    this.node = new Node(this.chain)
    this.bundler = new Bundler(this.chain)
    if (again) this.bundler.again = again
    const services = { node: this.node, bundler: this.bundler, paymaster: new PaymasterService() }
    this.endpoints = Object.fromEntries(Object.entries(services).map(([name, { methods }]) => [name, new Endpoint(methods)]))
  }

  async open() {
    await Promise.all(Object.values(this.endpoints).map((endpoint) => endpoint.listen()))
    const { node, bundler, paymaster } = this.endpoints
    this.app = this.hallpass.createHallpass({
      app: `faults-${(made += 1)}`,
      chain: CHAIN_ID,
      rpc: node.url,
      bundler: bundler.url,
      ...(this.sponsored ? { paymaster: { url: paymaster.url } } : {}),
      account: { kind: 'kernel', version: '3.3' },
      storage: this.storage,
      requestTimeout: '1s',
    })
    this.chain.owner = this.owner.address
    this.chain.account = (await this.hallpass.kernelAccount({ owner: this.owner.address, version: '3.3' })).address
    for (const { where, what, method, when, acted = true, times = 1 } of this.#parts) {
      if (where === undefined) continue
      const faults = { wire: wires[what], method, acted, left: times, when: () => this.part === when || (when === 'life' && this.part !== 'after') }
      this.endpoints[where].faults.push(faults)
    }
    this.enter('request')
    return this
  }

  /** A part of the life begins, and with it what goes wrong in it. */
  enter(part) {
    this.#leave()
    this.part = part
    for (const { where, what, when } of this.#parts) {
      const begins = when === part || (when === 'life' && part === 'request')
      if (where !== undefined || !begins) continue
      const end = events[what](this)
      if (typeof end?.then === 'function') this.pending.push(end)
      if (typeof end === 'function') this.#ends.push({ when, end })
    }
  }

  #leave() {
    const isOver = ({ when }) => when !== 'life' || this.part === 'after'
    for (const { end } of this.#ends.filter(isOver)) end()
    this.#ends = this.#ends.filter((one) => !isOver(one))
  }

  /** The fault ends: from here on all is well again. */
  async recover() {
    this.enter('after')
    this.#leave()
    for (let count = -1; count !== this.pending.length; ) {
      count = this.pending.length
      await Promise.all([...this.pending, ...Object.values(this.endpoints).flatMap(({ pending }) => pending)])
    }
  }

  request() {
    const scope = {
      calls: [{ to: GAME, function: MOVE }],
      limits: { gas: { maxFeePerGas: '50 gwei', total: '0.1 ether' } },
      ...(this.sponsored ? { paymaster: PAYMASTER } : {}),
    }
    return this.app.request({ owner: this.owner, scope, expiresIn: '4h' })
  }

  move(session, [x, y], timeout) {
    return session.sendCalls({ calls: [{ to: GAME, function: MOVE, args: [x, y] }], timeout, signal: this.#stop.signal })
  }

  /** What is on chain, and what the bundler was offered. */
  ledger() {
    return {
      operations: this.chain.included.map(({ hash, op, success }) => ({ hash, moves: movesOf(op), success, cost: costOf(op) })),
      offered: [...this.bundler.offered].map(([hash, op]) => ({ hash, moves: movesOf(op) })),
    }
  }

  close() {
    this.#stop.abort()
    this.chain.stop()
    for (const endpoint of Object.values(this.endpoints)) {
      endpoint.ended = true
      endpoint.close()
    }
  }
}

import { ASKING, exactText, given } from './boundary/given.js'
import { plain, plainOptions, type PlainOptions } from './boundary/plain.js'
import { type SessionStore, tracked, written } from './custody.js'
import { doctor } from './doctor/index.js'
import { type Exports, guarded, guardedAsync, onAfresh } from './engine.js'
import type { AccountInfo, Endpoint, Hallpass, HallpassEvents, HallpassOptions, RequestOptions, RestoreOptions, SessionInfo } from './hallpass.js'
import { Listeners } from './listeners.js'
import { OpenSession, type RawSummary, readTimes } from './open-session.js'
import { PageLife } from './page-life.js'
import { hideEndpoint, redacted } from './redact.js'
import { readReview } from './scope/read.js'
import type { Finding, ScopeQuestion, ScopeReview } from './scope/index.js'
import { readOperation } from './operation.js'
import type { Operation, Session } from './session.js'
import { checkSignal, stageTeller, unlessAborted } from './sending.js'
import { announcedWallets, type Eip1193Provider, providerOf } from './wallets.js'
import type { KernelVersion } from './types.js'

type Client = InstanceType<Exports['ClientHandle']>

/** A prompt that several callers may share. */
interface Prompt {
  session: Promise<Session>
  abort: AbortController
  waiting: number
}

/** `createHallpass` over a module that `engine` starts. */
export function creator(engine: () => Promise<Exports>): (options: HallpassOptions) => Hallpass {
  return (options) => {
    let started: Promise<Client> | undefined
    const events = new Listeners<HallpassEvents>({ downgraded: true })
    // Read once, now: what an app changes afterwards changes nothing. A fault is told by the first call.
    const setup = settled(() => readSetup(options))
    // The one of a module that stopped is gone with it, but for what it was writing.
    let before: Promise<void> | undefined
    onAfresh(() => ([started, before] = [undefined, written()]))
    const client = () => {
      started ??= (before ? before.then(engine) : engine()).then((wasm) => guarded(() => newClient(wasm, setup(), events)))
      // A failed start may be tried again.
      started.catch(() => (started = undefined))
      return started
    }
    return new App(setup, client, events)
  }
}

/** The outcome of some work, told as often as it is asked for. */
function settled<T>(work: () => T): () => T {
  try {
    const value = work()
    return () => value
  } catch (fault) {
    return () => {
      throw fault
    }
  }
}

/** What an app sets up, in its parts. */
interface Setup {
  /** What is plain data, as JSON text. */
  text: string
  options: HallpassOptions
  paymaster: Endpoint | undefined
  store: SessionStore | undefined
}

/** What lives among the options. */
const ENDPOINTS: PlainOptions = { live: ['chain', 'rpc', 'bundler', 'paymaster', 'storage'], mayLeaveOut: 2 }

function readSetup(given: HallpassOptions): Setup {
  const options = plainOptions(given, 'options', ENDPOINTS)
  const { rpc, bundler, chain, paymaster, storage, ...rest } = options
  const service = typeof paymaster === 'object' && paymaster !== null ? plainOptions(paymaster, 'options.paymaster', { live: ['url'] }) : undefined
  const { url, ...context } = service ?? { url: paymaster as string | undefined }
  const inChain = typeof chain === 'object' ? [chain?.rpcUrls?.default?.http].flat() : []
  for (const endpoint of [rpc, bundler, url, ...inChain]) hideEndpoint(endpoint)
  const isStore = typeof storage === 'object' && storage !== null
  const text = exactText({ ...rest, chain: chainOf(chain), paymaster: service && context, storage: isStore || storage === undefined ? undefined : plain(storage, 'options.storage') })
  return { text, options, paymaster: url, store: isStore ? tracked(storage) : undefined }
}

/** Of a chain in viem's form, which has functions in it too, what is used here. */
function chainOf(chain: HallpassOptions['chain']): unknown {
  if (typeof chain !== 'object' || chain === null) return plain(chain, 'options.chain')
  const { id, name, nativeCurrency, rpcUrls, blockExplorers } = chain
  const http = rpcUrls?.default?.http
  const url = blockExplorers?.default?.url
  const known = { id, name, nativeCurrency, ...(http && { rpcUrls: { default: { http } } }), ...(url && { blockExplorers: { default: { url } } }) }
  return plain(known, 'options.chain', { mayLeaveOut: 3 })
}

function newClient(wasm: Exports, { text, options, paymaster, store }: Setup, events: Listeners<HallpassEvents>): Client {
  const downgraded = (from: never, to: never, code: string, message: string) =>
    events.emit('downgraded', { from, to, code, message: redacted(message) })
  return new wasm.ClientHandle(text, options.rpc, options.bundler, paymaster, store, downgraded)
}

class App implements Hallpass {
  readonly #setup: () => Setup
  readonly #client: () => Promise<Client>
  readonly #events: Listeners<HallpassEvents>
  readonly #life: PageLife
  readonly #prompts = new WeakMap<object, Map<string, Prompt>>()

  constructor(setup: () => Setup, client: () => Promise<Client>, events: Listeners<HallpassEvents>) {
    this.#setup = setup
    this.#client = client
    this.#events = events
    this.#life = new PageLife(() => setup().options.suspend ?? {}, async () => (await client()).pageShown())
  }

  on<E extends keyof HallpassEvents>(event: E, listener: (detail: HallpassEvents[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  async doctor() {
    const { rpc, chain, allowFramedBy } = this.#setup().options
    const url = typeof chain === 'object' ? chain.rpcUrls?.default.http[0] : undefined
    return doctor({ rpc: rpc ?? url, allowFramedBy })
  }

  wallets() {
    return announcedWallets()
  }

  async account(options: { owner: `0x${string}` }): Promise<AccountInfo> {
    const { text } = given(options)
    const client = await this.#client()
    const { balance, deposit, index, protocol, reason, ...rest } = JSON.parse(
      await guardedAsync(() => client.account(text) as Promise<string>),
    )
    const version = (protocol as string).replace('kernel_v3/0.', '') as KernelVersion
    const amounts = { balance: BigInt(balance), deposit: BigInt(deposit), index: BigInt(index) }
    return { ...rest, ...amounts, ...(reason ? { reason } : {}), kind: 'kernel', version }
  }

  async accounts(options: { owner: `0x${string}` }): Promise<AccountInfo[]> {
    return [await this.account(options)]
  }

  async operation(id: string): Promise<Operation> {
    const client = await this.#client()
    return readOperation(JSON.parse(await guardedAsync(() => client.operation(id) as Promise<string>)))
  }

  async list(): Promise<SessionInfo[]> {
    const client = await this.#client()
    const sessions: RawSummary[] = JSON.parse(await guardedAsync(() => client.list() as Promise<string>))
    return sessions.map(({ scope: _, ...rest }) => ({ ...rest, ...readTimes(rest) }))
  }

  async review(question: ScopeQuestion): Promise<ScopeReview> {
    const { text } = given(question)
    const client = await this.#client()
    return readReview(JSON.parse(guarded(() => client.review(text))))
  }

  async lint(question: ScopeQuestion): Promise<Finding[]> {
    const { text } = given(question)
    const client = await this.#client()
    const { findings }: ScopeReview = readReview(JSON.parse(guarded(() => client.review(text))))
    const scope = exactText({ scope: JSON.parse(text).scope })
    const ofTargets: Finding[] = JSON.parse(await guardedAsync(() => client.lintTargets(scope) as Promise<string>))
    const rank = ({ severity }: Finding) => ['error', 'warning', 'info'].indexOf(severity)
    return [...findings, ...ofTargets].sort((a, b) => rank(a) - rank(b))
  }

  async explain(options: Parameters<Hallpass['explain']>[0]) {
    const { text } = given(options)
    const client = await this.#client()
    return JSON.parse(guarded(() => client.explain(text)))
  }

  async restore(options: RestoreOptions) {
    const { text, read, errors } = given(options, { live: ['owner'] })
    const client = await this.#client()
    const provider = read.owner === undefined ? undefined : providerOf(read.owner).provider
    const found = await guardedAsync(() => client.restore(provider, text))
    if (typeof found === 'string') return { session: null, reason: found } as never
    return { session: this.#open(client, found, provider, errors) }
  }

  #open(client: Client, handle: unknown, provider: Eip1193Provider | undefined, errors: readonly string[]): Session {
    const reopen = async (id: string) => {
      const client = await this.#client()
      return (await guardedAsync(() => client.reopen(id))) as never
    }
    return new OpenSession(handle as never, { page: this.#life, idle: client.idle, provider, errors, reopen })
  }

  async request(options: RequestOptions): Promise<Session> {
    const { text, read, errors } = given(options, ASKING)
    const { signal } = read
    checkSignal(signal)
    const tell = stageTeller(read.onStage)
    tell('choosing')
    const client = await this.#client()
    const { provider, address } = providerOf(read.owner)
    const wishes = exactText({ ...JSON.parse(text), owner: address })
    // The same question to the same wallet.
    const wallet = Object(provider)
    const prompts = this.#prompts.get(wallet) ?? new Map<string, Prompt>()
    this.#prompts.set(wallet, prompts)
    const ask = (signal: AbortSignal) =>
      guardedAsync(() => client.request(provider, wishes, tell, signal)).then((handle) => this.#open(client, handle, provider, errors))
    const prompt = prompts.get(wishes) ?? newPrompt(ask)
    prompts.set(wishes, prompt)
    prompt.waiting += 1
    const done = () => prompts.get(wishes) === prompt && prompts.delete(wishes)
    prompt.session.then(done, done)
    try {
      return await unlessAborted(prompt.session, signal)
    } finally {
      prompt.waiting -= 1
      // Given up by the last who waited.
      if (prompt.waiting === 0) {
        prompt.abort.abort(signal?.reason)
        done()
      }
    }
  }

  async resume(options: Parameters<Hallpass['resume']>[0]): Promise<Session | null> {
    const { text, read } = given(options, ASKING)
    checkSignal(read.signal)
    const client = await this.#client()
    const { provider } = providerOf(read.owner)
    const found = await guardedAsync(() => client.resume(provider, text, stageTeller(read.onStage), read.signal))
    return found === null ? null : this.#open(client, found, provider, [])
  }
}

function newPrompt(ask: (signal: AbortSignal) => Promise<Session>): Prompt {
  const abort = new AbortController()
  const session = ask(abort.signal)
  session.catch(() => {})
  return { session, abort, waiting: 0 }
}

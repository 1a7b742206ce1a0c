import { doctor } from './doctor/index.js'
import { type Exports, guarded, guardedAsync } from './engine.js'
import type { AccountInfo, Endpoint, Hallpass, HallpassEvents, HallpassOptions, RequestOptions, RestoreOptions, SessionInfo } from './hallpass.js'
import { Listeners } from './listeners.js'
import { OpenSession, type RawSummary } from './open-session.js'
import { PageLife } from './page-life.js'
import { readReview } from './scope/read.js'
import type { Finding, Scope, ScopeQuestion, ScopeReview } from './scope/index.js'
import { readOperation } from './operation.js'
import type { Operation, Session } from './session.js'
import { checkSignal, unlessAborted } from './sending.js'
import { announcedWallets, type Eip1193Provider, providerOf } from './wallets.js'
import type { Hex, KernelVersion } from './types.js'
import { errorTexts, exactText, expiryText, quantity, reviewText, scopeText } from './wire.js'

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
    const events = new Listeners<HallpassEvents>()
    const client = () => {
      started ??= engine().then((wasm) => guarded(() => newClient(wasm, options, events)))
      // A failed start may be tried again.
      started.catch(() => (started = undefined))
      return started
    }
    return new App(engine, options, client, events)
  }
}

/** Version and index of the accounts, where the app chose them. */
function kernelOf({ account }: HallpassOptions): { version: KernelVersion | undefined; index: Hex | undefined } {
  const { version, index } = typeof account === 'object' ? account : { version: undefined, index: undefined }
  return { version, index: index === undefined ? undefined : quantity(index, 'index') }
}

function newClient(wasm: Exports, options: HallpassOptions, events: Listeners<HallpassEvents>): Client {
  const { app, chain, rpc, bundler, paymaster, storage, allowFramedBy, suspend, requestTimeout } = options
  const [tier, store] = typeof storage === 'object' ? [undefined, storage] : [storage, undefined]
  const service: { url?: Endpoint; context?: object | undefined } =
    typeof paymaster === 'object' ? paymaster : paymaster === undefined ? {} : { url: paymaster }
  const text = exactText({
    app,
    chain,
    storage: tier,
    allowFramedBy,
    requestTimeout,
    idle: suspend?.idle,
    account: kernelOf(options),
    paymasterContext: service.context,
  })
  const downgraded = (from: never, to: never, code: string, message: string) =>
    events.emit('downgraded', { from, to, code, message })
  return new wasm.ClientHandle(text, rpc, bundler, service.url, store, downgraded)
}

class App implements Hallpass {
  readonly #engine: () => Promise<Exports>
  readonly #options: HallpassOptions
  readonly #client: () => Promise<Client>
  readonly #events: Listeners<HallpassEvents>
  readonly #life: PageLife
  readonly #prompts = new WeakMap<object, Map<string, Prompt>>()

  constructor(
    engine: () => Promise<Exports>,
    options: HallpassOptions,
    client: () => Promise<Client>,
    events: Listeners<HallpassEvents>,
  ) {
    this.#engine = engine
    this.#options = options
    this.#client = client
    this.#events = events
    this.#life = new PageLife(options.suspend ?? {}, async () => (await client()).pageShown())
  }

  on<E extends keyof HallpassEvents>(event: E, listener: (detail: HallpassEvents[E]) => void): () => void {
    return this.#events.on(event, listener)
  }

  doctor() {
    const { rpc, chain, allowFramedBy } = this.#options
    const url = typeof chain === 'object' ? chain.rpcUrls?.default.http[0] : undefined
    return doctor({ rpc: rpc ?? url, allowFramedBy })
  }

  wallets() {
    return announcedWallets()
  }

  async account({ owner }: { owner: `0x${string}` }): Promise<AccountInfo> {
    const client = await this.#client()
    const { balance, deposit, index, protocol, reason, ...rest } = JSON.parse(
      await guardedAsync(() => client.account(owner) as Promise<string>),
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
    return sessions.map(({ scope: _, expiresAt, ...rest }) => ({ ...rest, expiresAt: new Date(expiresAt * 1000) }))
  }

  async review(question: ScopeQuestion): Promise<ScopeReview> {
    const wasm = await this.#engine()
    return guarded(() => {
      const { version = '3.3', index = '0x0' } = kernelOf(this.#options)
      const { owner } = question
      // The account's index is known here only.
      const account = question.account ?? (owner && JSON.parse(wasm.kernelAccount(version, owner, index)).address)
      const { storage: kept } = this.#options
      const storage = typeof kept === 'string' ? kept : undefined
      return readReview(JSON.parse(wasm.reviewScope(reviewText({ ...question, account, version, storage }))))
    })
  }

  async lint(question: ScopeQuestion): Promise<Finding[]> {
    const { findings } = await this.review(question)
    const client = await this.#client()
    const scope = scopeText(question.scope)
    const ofTargets: Finding[] = JSON.parse(await guardedAsync(() => client.lintTargets(scope) as Promise<string>))
    const rank = ({ severity }: Finding) => ['error', 'warning', 'info'].indexOf(severity)
    return [...findings, ...ofTargets].sort((a, b) => rank(a) - rank(b))
  }

  async explain({ scope, owner, expiresIn, tokens }: Parameters<Hallpass['explain']>[0]) {
    const client = await this.#client()
    return JSON.parse(guarded(() => client.explain(scopeText(scope), owner, expiryText(expiresIn), exactText(tokens ?? {}))))
  }

  async restore({ scope, owner, atLeast = {} }: RestoreOptions) {
    const client = await this.#client()
    const provider = owner === undefined ? undefined : providerOf(owner).provider
    const found = await guardedAsync(() => client.restore(scopeText(scope), provider, exactText(atLeast)))
    if (typeof found === 'string') return { session: null, reason: found } as never
    return { session: this.#open(client, found, provider, scope) }
  }

  #open(client: Client, handle: unknown, provider: Eip1193Provider | undefined, scope?: Scope): Session {
    return new OpenSession(handle as never, { page: this.#life, idle: client.idle, provider, errors: errorTexts(scope?.calls ?? []) })
  }

  async request(options: RequestOptions): Promise<Session> {
    const { onStage, signal } = options
    checkSignal(signal)
    onStage?.('choosing')
    const client = await this.#client()
    const { provider, address } = providerOf(options.owner)
    const scope = scopeText(options.scope)
    // The same question: the same scope, end and owner, of the same wallet.
    const hash = [guarded(() => client.scopeHash(scope)), expiryText(options.expiresIn), address?.toLowerCase(), options.key].join()
    const prompts = this.#prompts.get(provider) ?? new Map<string, Prompt>()
    this.#prompts.set(provider, prompts)
    const prompt = prompts.get(hash) ?? this.#ask(client, options, scope)
    prompts.set(hash, prompt)
    prompt.waiting += 1
    const done = () => prompts.get(hash) === prompt && prompts.delete(hash)
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

  async resume({ owner, signature, onStage, signal }: Parameters<Hallpass['resume']>[0]): Promise<Session | null> {
    const client = await this.#client()
    const { provider } = providerOf(owner)
    const stage = (name: never) => onStage?.(name)
    const found = await guardedAsync(() => client.resume(provider, signature, stage, signal))
    return found === null ? null : this.#open(client, found, provider)
  }

  #ask(client: Client, options: RequestOptions, scope: string): Prompt {
    const abort = new AbortController()
    const { provider, address } = providerOf(options.owner)
    const stage = (name: never) => options.onStage?.(name)
    const wishes = exactText({ expires: expiryText(options.expiresIn), owner: address, key: options.key })
    const session = guardedAsync(() =>
      client.request(provider, scope, wishes, stage, abort.signal),
    ).then((handle) => this.#open(client, handle, provider, options.scope))
    session.catch(() => {})
    return { session, abort, waiting: 0 }
  }
}

import { type Exports, guarded, guardedAsync } from './engine.js'
import type { AccountInfo, Endpoint, Hallpass, HallpassOptions, RequestOptions, RestoreOptions, SessionInfo } from './hallpass.js'
import { OpenSession, type RawSummary } from './open-session.js'
import { readReview } from './scope/read.js'
import type { Finding, ScopeQuestion, ScopeReview } from './scope/index.js'
import type { Session } from './session.js'
import { unlessAborted } from './sending.js'
import { announcedWallets, providerOf } from './wallets.js'
import type { Hex, KernelVersion } from './types.js'
import { exactText, expiryText, quantity, reviewText, scopeText } from './wire.js'

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
    const client = () => {
      started ??= engine().then((wasm) => guarded(() => newClient(wasm, options)))
      // A failed start may be tried again.
      started.catch(() => (started = undefined))
      return started
    }
    return new App(engine, options, client)
  }
}

/** Version and index of the accounts, where the app chose them. */
function kernelOf({ account }: HallpassOptions): { version: KernelVersion | undefined; index: Hex | undefined } {
  const { version, index } = typeof account === 'object' ? account : { version: undefined, index: undefined }
  return { version, index: index === undefined ? undefined : quantity(index, 'index') }
}

function newClient(wasm: Exports, options: HallpassOptions): Client {
  const { app, chain, rpc, bundler, paymaster, storage } = options
  const service: { url?: Endpoint; context?: object | undefined } =
    typeof paymaster === 'object' ? paymaster : paymaster === undefined ? {} : { url: paymaster }
  const text = exactText({
    app,
    chain,
    storage,
    account: kernelOf(options),
    paymasterContext: service.context,
  })
  return new wasm.ClientHandle(text, rpc, bundler, service.url)
}

class App implements Hallpass {
  readonly #engine: () => Promise<Exports>
  readonly #options: HallpassOptions
  readonly #client: () => Promise<Client>
  readonly #prompts = new WeakMap<object, Map<string, Prompt>>()

  constructor(engine: () => Promise<Exports>, options: HallpassOptions, client: () => Promise<Client>) {
    this.#engine = engine
    this.#options = options
    this.#client = client
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
      const { storage } = this.#options
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
    return { session: new OpenSession(found as never) }
  }

  async request(options: RequestOptions): Promise<Session> {
    const { onStage, signal } = options
    onStage?.('choosing')
    const client = await this.#client()
    const { provider, address } = providerOf(options.owner)
    const scope = scopeText(options.scope)
    // The same question: the same scope, end and owner, of the same wallet.
    const hash = [guarded(() => client.scopeHash(scope)), expiryText(options.expiresIn), address?.toLowerCase()].join()
    const prompts = this.#prompts.get(provider) ?? new Map<string, Prompt>()
    this.#prompts.set(provider, prompts)
    const prompt = prompts.get(hash) ?? ask(client, options, scope)
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
    return found === null ? null : new OpenSession(found as never)
  }
}

function ask(client: Client, options: RequestOptions, scope: string): Prompt {
  const abort = new AbortController()
  const { provider, address } = providerOf(options.owner)
  const stage = (name: never) => options.onStage?.(name)
  const session = guardedAsync(() =>
    client.request(provider, address, scope, expiryText(options.expiresIn), stage, abort.signal),
  ).then((handle): Session => new OpenSession(handle as never))
  session.catch(() => {})
  return { session, abort, waiting: 0 }
}

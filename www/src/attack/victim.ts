// The app under attack: a game with one session, opened with a wallet of the local chain that signs at once.
import { createHallpass, defineScope, HallpassError, lte, type Address, type Call, type Eip1193Provider, type Hallpass, type Scope, type Session } from 'hallpass'
import { chainOf, type Config } from '../config'
import { fund } from '../local-chain'
import { rpc } from '../rpc'
import { TIP } from '../scope'
import { dropLeftovers } from './tools/storage'

/** Name of the app on this origin; never another page's sessions are touched. */
export const APP = 'hallpass-attack'
/** anvil's account that owns the session. The demo's wallet takes lower ones. */
const OWNER = 9
/** Most of one item in one purchase. */
export const MOST = 5
/** Wei for one item. */
const PRICE = 10n

/** What the page that is attacked, and the frames that take part, need to take the session up. */
export interface Setup {
  readonly config: Config
  /** Index of the account among those of its owner. */
  readonly index: number
}

export const openHallpass = ({ config, index }: Setup): Hallpass =>
  createHallpass({ app: APP, chain: chainOf(config), bundler: config.bundler, account: { kind: 'kernel', version: '3.1', index } })

export const scopeOf = ({ contracts: { board, feed } }: Config, most = MOST): Scope =>
  defineScope({
    calls: [
      { to: board, function: 'move(uint8 x,uint8 y)' },
      { to: board, function: 'buy(uint256 item,uint256 amount)', args: { amount: lte(most) }, value: { max: PRICE * 1000n } },
      { to: feed, function: 'tip(uint256 id)', value: { max: TIP } },
    ],
    // Room for one tip. The account's contracts keep no sums, so this page alone counts it.
    spend: [{ token: 'native', limit: TIP + PRICE * 1000n }],
    limits: { gas: { maxFeePerGas: '50 gwei', total: '0.5 ether' } },
    accept: ['local:spend[0]'],
  })

export class Victim {
  readonly scope: Scope

  private constructor(
    readonly setup: Setup,
    readonly hallpass: Hallpass,
    readonly session: Session,
    private readonly owner: Eip1193Provider,
  ) {
    this.scope = scopeOf(setup.config)
  }

  /** A session on an account of its own, with money; used once, so that the chain knows it. */
  static async open(config: Config): Promise<Victim> {
    await dropLeftovers(APP)
    const setup = { config, index: crypto.getRandomValues(new Uint32Array(1))[0] ?? 0 }
    const hallpass = openHallpass(setup)
    const accounts = (await rpc(config.chain, 'eth_accounts')) as Address[]
    const address = accounts[OWNER]
    if (address === undefined) throw new Error('The node has no development accounts: it is not a local chain.')
    const { address: account } = await hallpass.account({ owner: address })
    await fund(config, account)
    const owner = wallet(config.chain, address)
    const session = await hallpass.request({ owner, scope: scopeOf(config), expiresIn: '1h' })
    const victim = new Victim(setup, hallpass, session, owner)
    await victim.send(victim.move())
    return victim
  }

  get config(): Config {
    return this.setup.config
  }

  /** Another session of the same account, beside the first. */
  second(): Promise<Session> {
    return this.hallpass.request({ owner: this.owner, scope: this.scope, expiresIn: '1h' })
  }

  /** The session as a page finds it after a reload, or why there is none. */
  async afterReload(scope = this.scope): Promise<{ session: Session } | { session: null; why: string }> {
    try {
      const { session, reason } = await openHallpass(this.setup).restore({ scope })
      return session ? { session } : { session: null, why: reason }
    } catch (thrown) {
      return { session: null, why: codeOf(thrown) }
    }
  }

  move(): Call {
    return { to: this.config.contracts.board, function: 'move(uint8 x,uint8 y)', args: [1, 1] }
  }

  buy(amount: bigint): Call {
    return { to: this.config.contracts.board, function: 'buy(uint256 item,uint256 amount)', args: [1n, amount], value: amount * PRICE }
  }

  tip(): Call {
    return { to: this.config.contracts.feed, function: 'tip(uint256 id)', args: [0n], value: TIP }
  }

  /** Sends a call and waits until it is included. */
  async send(call: Call, session = this.session): Promise<void> {
    await session.sendCalls({ calls: [call] }).wait()
  }
}

/** What a refusal is called; an error that is none of the package's is thrown on. */
export function codeOf(thrown: unknown): string {
  if (thrown instanceof HallpassError) return thrown.code
  throw thrown
}

/** The code that something is refused with; null when it goes through. */
export async function refusal(work: Promise<unknown>): Promise<string | null> {
  try {
    await work
    return null
  } catch (thrown) {
    return codeOf(thrown)
  }
}

/** As {@link refusal}, with the EntryPoint's code and what the contract said, where they are known. */
export async function told(work: Promise<unknown>): Promise<string | null> {
  try {
    await work
    return null
  } catch (thrown) {
    const { code, aaCode, shortMessage } = HallpassError.from(thrown)
    return [code, aaCode, shortMessage].filter((part) => part !== undefined).join(', ')
  }
}

/** The node holds the owner's key and signs without asking: on a local chain only. */
const wallet = (node: string, address: Address): Eip1193Provider => ({
  async request({ method, params }) {
    if (method === 'eth_accounts' || method === 'eth_requestAccounts') return [address]
    return rpc(node, method, params as readonly unknown[] | undefined)
  },
})

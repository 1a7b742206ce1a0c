// What the page shows of the contracts, read from the node. No account and no session is needed to read.
import type { Address, Balances, Hex } from 'hallpass'
import { Answer, callData } from './abi'
import type { Preparation } from './actions'
import type { Config } from './config'
import { rpc, rpcBatch, type RpcRequest } from './rpc'
import { GIFT } from './scope'

const PIECES = '0xd514940b' // pieces(address)
const INVENTORY = '0x68f222fd' // inventory(address,uint256)
const BALANCE_OF = '0x70a08231' // balanceOf(address)
const MINTED = '0x1e7269c5' // minted(address)
const ALLOWANCE = '0xdd62ed3e' // allowance(address,address)
const POST_COUNT = '0x17906c2e' // postCount()
const POSTS = '0x0b1e7f83' // posts(uint256)
const LIKED = '0x02c42787' // liked(uint256,address)

/** EntryPoint 0.7, at the same address on every chain. What an account has deposited there pays for gas too. */
const ENTRY_POINT = '0x0000000071727De22E5E9d8BAf0edAc6f37da032'

/** Newest posts that are shown. */
const SHOWN_POSTS = 30

export interface Position {
  readonly x: number
  readonly y: number
}

export interface Purse extends Preparation {
  readonly gold: bigint
  /** Number owned of items 1, 2 and 3. */
  readonly items: readonly [number, number, number]
}

export interface Post {
  readonly id: number
  readonly author: Address
  readonly text: string
  readonly likes: number
  readonly tips: bigint
  /** By the account that looks. */
  readonly liked: boolean
}

const call = (to: Address, data: Hex): RpcRequest => ({ method: 'eth_call', params: [{ to, data }, 'latest'] })

export class ChainReader {
  constructor(private readonly config: Config) {}

  async position(account: Address): Promise<Position> {
    const answer = await this.read(this.config.contracts.board, callData(PIECES, account))
    return { x: Number(answer.number(0)), y: Number(answer.number(1)) }
  }

  async purse(account: Address): Promise<Purse> {
    const { gold, shop } = this.config.contracts
    const [balance, minted, allowance, ...items] = await this.readAll([
      [gold, callData(BALANCE_OF, account)],
      [gold, callData(MINTED, account)],
      [gold, callData(ALLOWANCE, account, shop)],
      ...[1, 2, 3].map((item): [Address, Hex] => [shop, callData(INVENTORY, account, item)]),
    ])
    const owned = (index: number) => Number(items[index]?.number(0) ?? 0n)
    return {
      gold: balance?.number(0) ?? 0n,
      mint: !minted?.flag(0),
      approve: (allowance?.number(0) ?? 0n) === 0n,
      items: [owned(0), owned(1), owned(2)],
    }
  }

  /** Newest first. */
  async posts(viewer: Address | null): Promise<Post[]> {
    const { feed } = this.config.contracts
    const total = Number((await this.read(feed, callData(POST_COUNT))).number(0))
    const ids = Array.from({ length: Math.min(total, SHOWN_POSTS) }, (_, index) => total - 1 - index)
    const posts = await this.readAll(ids.map((id) => [feed, callData(POSTS, id)]))
    const liked = viewer === null ? [] : await this.readAll(ids.map((id) => [feed, callData(LIKED, id, viewer)]))
    return posts.map((post, index) => ({
      id: ids[index] ?? 0,
      author: post.address(0),
      text: post.text(1),
      likes: Number(post.number(2)),
      tips: post.number(3),
      liked: liked[index]?.flag(0) ?? false,
    }))
  }

  /** What the account has to lose. The gift counts before it is collected: the session may collect it. */
  async holdings(account: Address): Promise<Balances & { readonly native: bigint }> {
    const { gold } = this.config.contracts
    const [native, deposit, units, minted] = await rpcBatch(this.config.chain, [
      { method: 'eth_getBalance', params: [account, 'latest'] },
      call(ENTRY_POINT, callData(BALANCE_OF, account)),
      call(gold, callData(BALANCE_OF, account)),
      call(gold, callData(MINTED, account)),
    ])
    const gift = new Answer(minted).flag(0) ? 0n : GIFT
    return {
      native: BigInt(native as string),
      deposit: new Answer(deposit).number(0),
      [gold]: new Answer(units).number(0) + gift,
    }
  }

  private async read(to: Address, data: Hex): Promise<Answer> {
    return new Answer(await rpc(this.config.chain, 'eth_call', [{ to, data }, 'latest']))
  }

  private async readAll(calls: readonly (readonly [Address, Hex])[]): Promise<Answer[]> {
    const requests = calls.map(([to, data]) => call(to, data))
    return (await rpcBatch(this.config.chain, requests)).map((data) => new Answer(data))
  }
}

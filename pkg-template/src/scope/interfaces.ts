import { HallpassError } from '../error.js'
import { hideEndpoint } from '../redact.js'
import type { Address, Hex } from '../types.js'
import type { Eip1193Provider } from '../wallets.js'
import type { CallRule } from './define.js'

/** Rules for a contract, by what it is. */
export interface RuleMakers {
  erc20?: ((contract: Address) => readonly CallRule[]) | undefined
  erc721?: ((contract: Address) => readonly CallRule[]) | undefined
  erc1155?: ((contract: Address) => readonly CallRule[]) | undefined
}

/** Something that takes requests to a node of the chain: an EIP-1193 provider, a viem client, or their `request`. */
export type RpcRequest = Pick<Eip1193Provider, 'request'> | Eip1193Provider['request']

type Kind = keyof RuleMakers

const NAMES: { readonly [K in Kind]: string } = {
  erc20: 'an ERC-20 token',
  erc721: 'an ERC-721 collection',
  erc1155: 'an ERC-1155 collection',
}

/** `supportsInterface(bytes4)` (ERC-165). */
const supports = (id: string): Hex => `0x01ffc9a7${id}${'0'.repeat(56)}`
const ERC165 = supports('01ffc9a7')
/** No contract may claim this one. */
const NONE = supports('ffffffff')
const ERC721 = supports('80ac58cd')
const ERC1155 = supports('d9b67a26')
/** What an ERC-20 token has and the others have not all of: `decimals()`, `totalSupply()`, `allowance(0, 0)`. */
const ERC20: readonly Hex[] = ['0x313ce567', '0x18160ddd', `0xdd62ed3e${'0'.repeat(128)}`]

/**
 * Rules for contracts whose kind is known only to the chain: each is asked what it is (ERC-165; an ERC-20 token has no id there and is
 * known by its functions), and the rules are those that `make` has for it. Contracts say of themselves what they are: use addresses
 * you trust. Opens no prompt.
 *
 * @throws {@link HallpassError} `scope.unknown-interface` with the contracts that say nothing usable, or are something that `make`
 * has no rules for; `chain.unreachable` when the node does not answer
 */
export async function byInterface(rpcRequest: RpcRequest, contracts: readonly Address[], make: RuleMakers): Promise<CallRule[]> {
  hideEndpoint(rpcRequest)
  const call = caller(rpcRequest)
  const lower = contracts.map((contract) => contract.toLowerCase())
  const distinct = contracts.filter((_, index) => lower.indexOf(lower[index] ?? '') === index)
  const asked = distinct.map(async (contract) => ({ contract, kind: await kindOf(call, contract, make.erc20 !== undefined) }))
  const refused: string[] = []
  const rules: CallRule[] = []
  for (const { contract, kind } of await Promise.all(asked)) {
    const maker = kind && make[kind]
    if (maker) rules.push(...maker(contract))
    else refused.push(kind ? `${contract} is ${NAMES[kind]}, which has no rules` : `${contract} does not say what it is`)
  }
  if (refused.length === 0) return rules
  throw new HallpassError({
    code: 'scope.unknown-interface',
    shortMessage: refused.join('; '),
  })
}

type Caller = (to: Address, data: Hex) => Promise<string | undefined>

async function kindOf(call: Caller, contract: Address, askErc20: boolean): Promise<Kind | undefined> {
  const answers = await Promise.all([ERC165, NONE, ERC721, ERC1155].map((data) => call(contract, data)))
  const [known, none, erc721, erc1155] = answers.map(isTrue)
  // Who says yes to everything says nothing.
  if (none) return undefined
  if (known && (erc721 || erc1155)) return erc721 && erc1155 ? undefined : erc721 ? 'erc721' : 'erc1155'
  if (!askErc20) return undefined
  const functions = await Promise.all(ERC20.map((data) => call(contract, data)))
  const [decimals] = functions
  return functions.every(isWord) && decimals !== undefined && BigInt(decimals) < 256n ? 'erc20' : undefined
}

const isWord = (answer: string | undefined): boolean => answer !== undefined && /^0x[0-9a-f]{64}$/i.test(answer)

const isTrue = (answer: string | undefined): boolean => answer !== undefined && isWord(answer) && BigInt(answer) === 1n

/** Calls a contract; `undefined` when it reverts. */
function caller(rpcRequest: RpcRequest): Caller {
  const request = typeof rpcRequest === 'function' ? rpcRequest : rpcRequest.request.bind(rpcRequest)
  return async (to, data) => {
    try {
      const answer = await request({ method: 'eth_call', params: [{ to, data }, 'latest'] })
      if (typeof answer === 'string') return answer
      throw new TypeError(`eth_call answered ${typeof answer}`)
    } catch (cause) {
      if (isRevert(cause)) return undefined
      throw new HallpassError({
        code: 'chain.unreachable',
        shortMessage: `the node did not say what ${to} is`,
        retryable: true,
        cause,
      })
    }
  }
}

const REVERTED = /revert|opcode|invalid jump|out ?of ?gas|stack ?(under|over)flow|evm error/i

/** Whether the contract, not the node, refused. Nodes say so by code 3 or in words; clients wrap what the node said. */
function isRevert(thrown: unknown, depth = 0): boolean {
  if (typeof thrown !== 'object' || thrown === null || depth > 4) return false
  const { code, message, cause } = thrown as { code?: unknown; message?: unknown; cause?: unknown }
  return code === 3 || REVERTED.test(String(message)) || isRevert(cause, depth + 1)
}

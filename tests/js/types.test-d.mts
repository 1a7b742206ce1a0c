// What must compile, and what must not, for a project of ES modules.
import { type ErrorCode, HallpassError, type Hex, kernelAccount, userOperationHash } from 'hallpass'
import { doctor, type Custody, type Diagnosis, type SessionStore } from 'hallpass'
import { init } from 'hallpass/slim'

const owner = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const account = await kernelAccount({ owner, version: '3.1', index: 5n })
const address: Hex = account.address
const hash: Hex = await userOperationHash({
  chainId: 10,
  userOperation: {
    sender: address,
    nonce: 1n,
    factory: undefined,
    callData: '0x',
    callGasLimit: 1,
    verificationGasLimit: '0x1',
    preVerificationGas: 1n,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  },
})
await init(new Uint8Array([0]))
export const code: ErrorCode = new HallpassError({ code: 'aborted', shortMessage: 'b' }).code

// @ts-expect-error an owner is hex text
await kernelAccount({ owner: 'alice' })
// @ts-expect-error no such version
await kernelAccount({ owner, version: '4' })
// @ts-expect-error fields are missing
await userOperationHash({ chainId: 1, userOperation: { sender: owner } })
// @ts-expect-error nothing in the package is untyped
const number: number = account.address
export { number }

// Sessions.
import { createHallpass, defineScope, lte, self, type Hallpass, type OperationReceipt, type Restored, type Session } from 'hallpass'

const hallpass: Hallpass = createHallpass({ app: 'game', chain: 1, rpc: 'https://a.example', bundler: 'https://b.example' })
const gameAbi = [{ type: 'function', name: 'move', inputs: [{ name: 'x', type: 'uint8' }], outputs: [], stateMutability: 'nonpayable' }] as const
const scope = defineScope({
  calls: [
    { to: '0x00', abi: gameAbi, functionName: 'move', args: [lte(3n)] },
    { to: '0x00', function: 'mint(address to)', args: { to: self() }, value: { max: '1 gwei' } },
  ],
  limits: { gas: { total: 5n } },
})
const restored: Restored = await hallpass.restore({ scope })
if (restored.session) {
  const session: Session = restored.session
  const hash: `0x${string}` = await session.sendCalls({ calls: [{ to: '0x00', abi: gameAbi, functionName: 'move', args: [3] }] })
  const receipt: OperationReceipt = await session.sendCalls({ calls: [{ to: '0x00', data: hash }] }).wait({ revert: 'return' })
  const blockNumber: bigint = receipt.blockNumber
  void blockNumber
} else {
  const reason: 'none' | 'not-yet' | 'expired' | 'revoked' | 'scope-wider' | 'budget-low' | 'other-owner' | 'storage-lost' = restored.reason
  void reason
}
// @ts-expect-error a gas budget is needed
defineScope({ calls: [], limits: {} })
// @ts-expect-error a function is text or a name in an ABI, not both
defineScope({ calls: [{ to: '0x00', function: 'f()', abi: gameAbi, functionName: 'move' }], limits: { gas: { total: 1n } } })
// @ts-expect-error a bundler is needed
createHallpass({ app: 'game', chain: 1 })
// @ts-expect-error a number is no owner
void hallpass.request({ owner: 5, scope, expiresIn: '4h' })
// @ts-expect-error a time has a unit
void hallpass.request({ owner: { request: async () => null }, scope, expiresIn: '14400' })
// @ts-expect-error nor is a bare number one
void hallpass.request({ owner: { request: async () => null }, scope, expiresIn: 14400 })
void hallpass.request({ owner: { request: async () => null }, scope, expiresIn: { at: 1800000000 }, startsAt: new Date() })

// Scopes over a JSON ABI that is written as a constant.
import {
  any,
  between,
  byInterface,
  eq,
  erc1155,
  erc20,
  erc721,
  gt,
  lintScope,
  lt,
  members,
  neq,
  oneOf,
  reviewScope,
  startsWith,
  type Address,
  type AssetRisk,
  type CallRule,
  type CanonicalScope,
  type Finding,
  type Scope,
  type ScopeReview,
} from 'hallpass'
import { inspect, type Inspection } from 'hallpass/inspect'

const abi = [
  { type: 'constructor', inputs: [] },
  { type: 'event', name: 'start', inputs: [] },
  { type: 'function', name: 'start', inputs: [] },
  { type: 'function', name: 'buy', inputs: [{ name: 'item', type: 'uint256' }, { name: 'amount', type: 'uint256' }] },
  { type: 'function', name: 'send', inputs: [{ name: 'to', type: 'address' }, { name: 'on', type: 'bool' }, { name: 'tag', type: 'bytes4' }] },
  { type: 'function', name: 'tune', inputs: [{ name: 'level', type: 'int8' }] },
  { type: 'function', name: 'post', inputs: [{ name: 'text', type: 'string' }, { name: 'data', type: 'bytes' }] },
  {
    type: 'function',
    name: 'trade',
    inputs: [
      { name: 'order', type: 'tuple', components: [{ name: 'item', type: 'uint256' }, { name: 'buyer', type: 'address' }] },
      { name: 'grid', type: 'uint8[2][3]' },
      { name: 'ids', type: 'uint256[]' },
      { name: 'note', type: 'tuple', components: [{ name: 'text', type: 'string' }] },
    ],
  },
  { type: 'function', name: 'odd', inputs: [{ name: 'o', type: 'tuple', components: [{ name: 'eq', type: 'uint8' }] }] },
  { type: 'function', name: 'over', inputs: [{ name: 'n', type: 'uint256' }] },
  { type: 'function', name: 'over', inputs: [{ name: 'to', type: 'address' }, { name: 'n', type: 'uint256' }] },
] as const
const to = '0xb0A2D00000000000000000000000000000000000'
const limits = { gas: { total: 1n } }

// Every condition on a type it is for; bare values; by name and in order.
const whole = defineScope({
  calls: [
    { to, abi, functionName: 'start' },
    { to, abi, functionName: 'start', args: [] },
    { to, abi, functionName: 'buy' },
    { to, abi, functionName: 'buy', args: [1n, 2] },
    { to, abi, functionName: 'buy', args: ['1', oneOf([1n, 2, '3'])] },
    { to, abi, functionName: 'buy', args: [lt(5), gt(4n)] },
    { to, abi, functionName: 'buy', args: [between(1, 5n), neq(3n)] },
    { to, abi, functionName: 'buy', args: { amount: lte('5') }, value: { max: '1 gwei' } },
    { to, abi, functionName: 'send', args: [self(), true, '0x01020304'] },
    { to, abi, functionName: 'send', args: [oneOf([to]), eq(true), neq('0x01020304')] },
    { to, abi, functionName: 'tune', args: [between(-5, -1n)] },
    { to, abi, functionName: 'post', args: [startsWith('gm'), startsWith('0x01')] },
    { to, abi, functionName: 'post', args: [oneOf(['gm', 'gn']), any()] },
    { to, abi, functionName: 'trade', args: [[lte(5n), self()], any(), any(), any()] },
    { to, abi, functionName: 'trade', args: [{ buyer: self() }, [[1, 2], [lte(3), any()], any()], any(), any()] },
    { to, abi, functionName: 'trade', args: { order: members({ item: 1n }), grid: members([any(), any(), [1, 2]]) } },
    { to, abi, functionName: 'odd', args: [members({ eq: lte(3) })] },
    // Any of the overloads.
    { to, abi, functionName: 'over', args: [lte(5n)] },
    { to, abi, functionName: 'over', args: [self(), lte(5n)] },
    { to, abi, functionName: 'over', args: { n: lte(5n) } },
    { to, plainTransfer: true, value: { max: '1 ether' } },
    ...erc20(to, { transfer: { to: [to], max: 5n }, approve: { spender: to, max: '5' } }),
    ...erc721(to, { mint: true, transferTo: to }),
    ...erc1155(to, { mint: 'mint(address to,uint256 id)', transferTo: [to], ids: [1, 2n], maxAmount: 5 }),
    ...(await byInterface({ request: async () => '0x' }, [to], { erc721: (collection) => erc721(collection, { mint: true }) })),
  ],
  spend: [{ token: 'native', limit: '1 ether', per: '1d' }, { token: to, limit: 5n, per: null }],
  limits: { operations: 5, rate: { every: '30s' }, gas: { maxFeePerGas: '1 gwei', total: 1n } },
  paymaster: 'any',
  signatures: [{ verifyingContract: to, type: 'Mail(address to,string text)' }],
  accept: ['danger:unbounded-transfer', 'local:spend[0]'],
})
// The scope is plain data that keeps its literal types.
const bound: 5n = whole.calls[17].args[0].lte
const plain: Scope = whole
void [bound, plain]

// An ABI whose types say nothing is not looked into, and neither is text.
const imported: { type: string; name: string; inputs: { type: string; name: string }[] }[] = []
defineScope({
  calls: [
    { to, abi: imported, functionName: 'anything', args: [lte(5n), [startsWith('a')], { member: self() }] },
    { to, function: 'f(address a,(uint8 b))', args: [lte(5n), { b: lte(3) }] },
  ],
  limits,
})
// An ABI in place is a constant too, and rules may be computed.
defineScope({ calls: [{ to, abi: [{ type: 'function', name: 'f', inputs: [{ type: 'uint8' }] }], functionName: 'f', args: [lte(5)] }], limits })
const rules: CallRule[] = [owner, to].map((each) => ({ to: each as Address, function: 'mint(address to)', args: { to: self() } }))
defineScope({ calls: rules, limits })
const low = '1'
const tag = '0x01020304'
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [between(low, 5), oneOf([low, '2'])] }], limits })
defineScope({ calls: [{ to, abi, functionName: 'send', args: [eq(to), oneOf([true]), oneOf([tag])] }], limits })
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: [low, to], grid: any() } }], limits })
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: members({ item: low, buyer: oneOf([to]) }) } }], limits })
defineScope({ calls: [{ to, abi, functionName: 'post', args: { data: startsWith(tag) } }], limits })
declare const few: bigint
declare const ids: bigint[]
declare const somebody: Address
defineScope({ calls: [{ to: somebody, abi, functionName: 'buy', args: [oneOf(ids), few > 1n ? lte(few) : any()] }], limits })

// @ts-expect-error no such function
defineScope({ calls: [{ to, abi, functionName: 'sell' }], limits })
// @ts-expect-error an event is no function
defineScope({ calls: [{ to, abi: [{ type: 'event', name: 'f', inputs: [] }], functionName: 'f' }], limits })
// @ts-expect-error too few arguments
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [1n] }], limits })
// @ts-expect-error too many arguments
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [1n, 2n, any()] }], limits })
// @ts-expect-error no overload has three
defineScope({ calls: [{ to, abi, functionName: 'over', args: [self(), 2n, 3n] }], limits })
// @ts-expect-error no overload begins with a truth
defineScope({ calls: [{ to, abi, functionName: 'over', args: [true] }], limits })
// @ts-expect-error a truth is no number
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [true, 2n] }], limits })
// @ts-expect-error nor is it in a condition
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [eq(true), 2n] }], limits })
// @ts-expect-error text that is no number
defineScope({ calls: [{ to, abi, functionName: 'buy', args: ['five', 2n] }], limits })
// @ts-expect-error an address is no number
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [oneOf([somebody]), 2n] }], limits })
// @ts-expect-error a number is no address
defineScope({ calls: [{ to, abi, functionName: 'send', args: [5n, true, '0x'] }], limits })
// @ts-expect-error addresses have no order
defineScope({ calls: [{ to, abi, functionName: 'send', args: [lte(5n), true, '0x'] }], limits })
// @ts-expect-error nor have bytes
defineScope({ calls: [{ to, abi, functionName: 'send', args: [self(), true, gt(1)] }], limits })
// @ts-expect-error a truth is not ordered
defineScope({ calls: [{ to, abi, functionName: 'send', args: { on: between(0, 1) } }], limits })
// @ts-expect-error a number is not the account
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [self(), 2n] }], limits })
// @ts-expect-error a number has no beginning
defineScope({ calls: [{ to, abi, functionName: 'buy', args: [startsWith('1'), 2n] }], limits })
// @ts-expect-error a text cannot be kept out
defineScope({ calls: [{ to, abi, functionName: 'post', args: [neq('gm'), any()] }], limits })
// @ts-expect-error no such parameter
defineScope({ calls: [{ to, abi, functionName: 'buy', args: { price: lte(5n) } }], limits })
// @ts-expect-error of two names one is wrong
defineScope({ calls: [{ to, abi, functionName: 'buy', args: { item: 1n, amuont: lte(5n) } }], limits })
// @ts-expect-error no such member
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: { seller: self() } } }], limits })
// @ts-expect-error a member of another type
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: members({ item: self() }) } }], limits })
// @ts-expect-error too few members
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: [1n] } }], limits })
// @ts-expect-error a tuple has no order
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: lte(5n) } }], limits })
// @ts-expect-error a tuple is no number
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { order: 5n } }], limits })
// @ts-expect-error three of two, not two of three
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { grid: [[1, 2, 3], [1, 2, 3]] } }], limits })
// @ts-expect-error a list of any length can only be left free
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { ids: [1n] } }], limits })
// @ts-expect-error so can a tuple with a text in it
defineScope({ calls: [{ to, abi, functionName: 'trade', args: { note: { text: 'gm' } } }], limits })
// @ts-expect-error a member named as a condition is told from it by members()
defineScope({ calls: [{ to, abi, functionName: 'odd', args: [{ eq: 3 }] }], limits })
// @ts-expect-error a misspelt field would leave the arguments free
defineScope({ calls: [{ to, abi, functionName: 'buy', arg: [1n, 2n] }], limits })
// @ts-expect-error the same for a scope
defineScope({ calls: [], limits, spends: [] })
// @ts-expect-error and for its limits
defineScope({ calls: [], limits: { operation: 5, gas: { total: 1n } } })
// @ts-expect-error a plain transfer says how much
defineScope({ calls: [{ to, plainTransfer: true }], limits })
// @ts-expect-error a plain transfer has no function
defineScope({ calls: [{ to, plainTransfer: true, function: 'f()', value: { max: 1n } }], limits })
// @ts-expect-error no such danger
defineScope({ calls: [], limits, accept: ['danger:dragons'] })
// @ts-expect-error neither danger nor local
defineScope({ calls: [], limits, accept: ['unbounded-transfer'] })
// @ts-expect-error a text that is no number
lte('five')
// @ts-expect-error an amount is needed
erc20(to, { transfer: { to } })
// @ts-expect-error no such kind
await byInterface({ request: async () => '0x' }, [to], { erc404: () => [] })

// What there is to say about a scope.
const review: ScopeReview = await reviewScope({ scope: whole, version: '3.3', expiresIn: '4h', balances: { native: 1n, [to]: '5' }, tokens: { [to]: { decimals: 6 } } })
const canonical: CanonicalScope = review.scope
const again: Scope = canonical
const found: Finding[] = await lintScope({ scope: again })
const risks: AssetRisk[] = restored.session?.worstCase({ balances: { deposit: 1n } }) ?? []
const most: bigint | null | undefined = risks[0]?.most
const gas: bigint | undefined = review.enforcement?.gas.first
await hallpass.request({ owner: { request: async () => [] }, scope: canonical, expiresIn: '4h' })
const ofThisApp: Finding[] = await hallpass.lint({ scope: whole, owner: to })
const inspection: Inspection = await inspect({ domain: {} })
void [found, most, gas, ofThisApp, inspection.gas?.total, restored.session?.costs().later, (await hallpass.review({ scope: whole })).notAccepted]
// @ts-expect-error amounts are bigints
const wrong: number | undefined = review.enforcement?.gas.first
void wrong
// @ts-expect-error no such version
await reviewScope({ scope: whole, version: '2.4' })
// @ts-expect-error not a kind of finding
found[0]?.id === 'dragons'

const diagnosis: Diagnosis = await doctor({ rpc: 'https://a.example', allowFramedBy: ['https://b.example'], wasm: false })
export const sentences: string[] = diagnosis.checks.filter(({ state }) => state === 'fault').map(({ sentence }) => sentence)
// @ts-expect-error no such check
diagnosis.checks.some(({ id }) => id === 'weather')

const kept = new Map<string, string>()
const store: SessionStore = {
  get: (name) => kept.get(name),
  put: async (name, text) => void kept.set(name, text),
  remove: (name) => void kept.delete(name),
  names: (prefix) => [...kept.keys()].filter((name) => name.startsWith(prefix)),
}
// What becomes of an operation.
import type { CancelOutcome, Log, Operation, OperationStage, RevertReason, SendCallsOptions, Sending, StageEvent, WaitOptions } from 'hallpass'

export async function fate(session: Session): Promise<CancelOutcome> {
  const options: SendCallsOptions = { calls: [], timeout: '20s', signal: new AbortController().signal }
  const sending: Sending = session.sendCalls(options)
  const waiting: WaitOptions = { until: 'final', timeout: '30s', revert: 'return' }
  const { logs, transactionLogs, byDepth, revert }: OperationReceipt = await sending.wait(waiting)
  const log: Log | undefined = [...logs, ...transactionLogs][0]
  const reason: RevertReason | undefined = revert
  const hashes: readonly Hex[] = sending.userOpHashes
  const stages: OperationStage[] = ['checked', 'queued', 'estimated', 'sponsored', 'signed', 'sent', 'included', 'final', 'replaced', 'dropped', 'unknown']
  for await (const { name, receipt } of sending.stages) stages.push(name) && receipt?.blockNumber
  const found: Operation = await hallpass.operation(sending.id)
  const open: Operation[] = session.operations()
  const nonce: bigint | null = found.nonce
  const where: { blockNumber: bigint; success: boolean } | undefined = found.included
  const by: Hex | undefined = found.replacedBy
  session.on('operation', ({ id, name, userOpHash }: { id: string } & StageEvent) => void [id, name, userOpHash])
  const silence: () => void = session.on('landed-late', ({ id, receipt }) => void [id, receipt.success])
  silence()
  const error = new HallpassError({ code: 'aborted', shortMessage: 'b', remedy: 'c', userOpHash: '0x', mayStillLand: true })
  const late: boolean = error.mayStillLand
  const hash: Hex | undefined = error.userOpHash
  void [log?.topics, reason?.name, reason?.args, byDepth, hashes, open, nonce, where, by, late, hash]
  // @ts-expect-error not a stage to wait for
  await sending.wait({ until: 'sent' })
  // @ts-expect-error a duration has a unit
  await sending.wait({ timeout: 30 })
  // @ts-expect-error nor has a number of seconds one here
  session.sendCalls({ calls: [], timeout: 20 })
  session.sendCalls({ calls: [], fees: { maxFeePerGas: 10n ** 9n, maxPriorityFeePerGas: '1 gwei' } })
  // @ts-expect-error no such fee
  session.prepareCalls({ calls: [], fees: { gasPrice: 1n } })
  // @ts-expect-error no such stage
  stages.push('lost')
  // @ts-expect-error what was signed cannot be changed
  sending.userOpHashes.push('0x')
  return sending.cancel()
}
createHallpass({ app: 'a', chain: 1, bundler: 'https://a.example', requestTimeout: '5s' })
// @ts-expect-error a duration has a unit
createHallpass({ app: 'a', chain: 1, bundler: 'https://a.example', requestTimeout: 5000 })

const keeping = createHallpass({ app: 'a', chain: 1, bundler: 'https://a.example', storage: store, suspend: { idle: '10m', freeze: false } })
export const stop: () => void = keeping.on('downgraded', ({ from, to, code, message }) => console.log(from, to, code, message))
void keeping.doctor()
// @ts-expect-error no such tier
createHallpass({ app: 'a', chain: 1, bundler: 'https://a.example', storage: 'localStorage' })
export async function life(session: Session): Promise<Custody> {
  session.on('expiring', ({ seconds }) => seconds.toFixed())
  session.on('clock', ({ behind }) => behind.toFixed())
  // @ts-expect-error no such event
  session.on('bored', () => {})
  await (await session.renew({ owner: { request: async () => null }, expiresIn: '1h' })).end({ onChain: 'no' })
  // @ts-expect-error an owner may have to be asked: say so
  await session.end({})
  return session.custody
}

// The one list of faults. An entry is data: { name, parts, world?, must?, timeout?, until?, patience?, recovers?, ci? }.
//
//   parts     what goes wrong: { where, what, method, when, acted, times } on the wire (words of wires.mjs), or { what, when } (of events.mjs)
//   when      `request`, `first` (the operation that enables the session), `second`, or `life`
//   acted     whether the endpoint did what it was asked before its answer went wrong
//   world     { delay: milliseconds until an operation is on chain, again: what the bundler says to what it has, sponsored }
//   must      beyond the invariant: `succeed` (survivable), `revert` (told as undone), `refuse` (must not be signed)
//   recovers  false where nothing can work afterwards
//   ci        runs in CI, too

const ALWAYS = Infinity
const METHODS = {
  send: 'eth_sendUserOperation',
  receipt: 'eth_getUserOperationReceipt',
  look: 'eth_getUserOperationByHash',
  estimate: 'eth_estimateUserOperationGas',
  price: 'pimlico_getUserOperationGasPrice',
  view: 'eth_call',
  code: 'eth_getCode',
  id: 'eth_chainId',
  block: 'eth_getBlockByNumber',
  stub: 'pm_getPaymasterStubData',
  sponsorship: 'pm_getPaymasterData',
  everything: '*',
}
const WHEN = { request: 'while the session is asked for', first: 'of operation 1', second: 'of operation 2', life: 'of a whole life' }
const QUESTION = { look: 'look-up', id: 'chain id', stub: 'stub of the sponsorship' }

/** On the wire: `bundler hangs on the send of operation 2, having taken it`. */
function wire(where, what, question, when, { acted = true, times = 1, also = [], ...options } = {}) {
  const subject = question === 'everything' ? question : `the ${QUESTION[question] ?? question}`
  const taken = question === 'send' ? (acted ? ', having taken it' : ', not having taken it') : ''
  const often = times === ALWAYS ? ', every time' : times > 1 ? `, ${times} times` : ''
  const others = also.map(([what]) => `; ${what}`).join('')
  const slow = options.world?.delay ? `, on chain after ${options.world.delay} ms` : ''
  const again = options.world?.again ? `; offered again: ${options.world.again.join(' ')}` : ''
  return {
    name: `${where} ${what} on ${subject} ${WHEN[when]}${taken}${often}${slow}${again}${others}`,
    parts: [{ where, what, method: METHODS[question], when, acted, times }, ...also.map(([what, when]) => ({ what, when }))],
    ...options,
  }
}
/** To a chain, a bundler or a node as a whole. */
const event = (what, when, options = {}) => ({ name: `${what}: ${WHEN[when].replace(/^of /, '')}`, parts: [{ what, when }], ...options })

const OK = { must: 'succeed' }
const CI = { must: 'succeed', ci: true }
const PAID = { world: { sponsored: true } }
const OPERATIONS = ['first', 'second']
/** A fault at both operations; in CI at those named. */
const both = (inCi, make) => OPERATIONS.map((when) => make(when, inCi.includes(when)))

const controls = [
  event('nothing goes wrong', 'life', CI),
  { ...event('nothing goes wrong', 'life', { ...CI, world: { sponsored: true } }), name: 'nothing goes wrong, and a paymaster pays' },
  { ...event('nothing goes wrong', 'life', { ...OK, world: { delay: 1200 } }), name: 'nothing goes wrong, and every operation takes 1.2 s' },
  wire('bundler', 'has no such method', 'price', 'life', { ...CI, times: ALWAYS }),
  wire('bundler', 'has no such method', 'look', 'life', { ...CI, times: ALWAYS }),
  wire('bundler', 'drips its answer within half a second', 'send', 'first', OK),
  wire('bundler', 'drips its answer within half a second', 'receipt', 'second', CI),
  wire('bundler', 'answers an empty object until it is there', 'receipt', 'life', { ...CI, times: ALWAYS }),
  event('clock of the chain goes 2 hours fast', 'life', CI),
  event('clock of the chain goes 6 hours slow', 'life', CI),
]

/** The answer to a send does not come: [words, in CI when taken, in CI when not taken]. */
const LOST = [
  ['hangs', OPERATIONS, ['second']],
  ['resets the connection', OPERATIONS, ['first']],
  ['drips for ever', ['second'], []],
  ['cuts the connection in its answer', ['first'], []],
  ['cuts its JSON short', ['second'], []],
  ['answers nothing', ['first'], []],
  ['answers 500', [], ['second']],
  ['answers 502 in HTML', [], ['first']],
  ['answers 504 in HTML', OPERATIONS, []],
  ['answers 200 in HTML', ['second'], []],
  ['answers with another id', ['second'], ['first']],
]
const lost = [true, false].flatMap((acted) =>
  LOST.flatMap(([what, ifTaken, ifNot]) =>
    both(acted ? ifTaken : ifNot, (when, ci) => wire('bundler', what, 'send', when, { acted, ci, must: 'succeed' }))))

const SPELLINGS = [[-32602, 'Already known'], [-32000, 'already known'], [-32602, 'UserOperation already known: same hash in mempool']]
const again = SPELLINGS.flatMap((again, at) =>
  both(at === 0 ? OPERATIONS : ['second'], (when, ci) => wire('bundler', 'answers 504 in HTML', 'send', when, { ci, must: 'succeed', world: { again, delay: 700 } })))

const sends = [
  ...both(['second'], (when, ci) => wire('bundler', 'answers another hash', 'send', when, { ci })),
  wire('bundler', 'answers another hash', 'send', 'second', { acted: false }),
  ...both(['first'], (when, ci) => wire('bundler', 'answers an error with the hash', 'send', when, { ci })),
  wire('bundler', 'answers hash and error together', 'send', 'second', { ci: true }),
  wire('bundler', 'answers twice in one body', 'send', 'second', { ...CI }),
  wire('bundler', 'answers a list of two answers', 'send', 'second', OK),
  wire('bundler', 'answers null', 'send', 'second', { ci: true }),
  wire('bundler', 'answers without end', 'send', 'second', OK),
  ...both(['first'], (when, ci) => wire('bundler', 'gets it twice, and its second answer comes through', 'send', when, { ci, must: 'succeed' })),
  wire('bundler', 'gets it twice, and its first answer comes through', 'send', 'second', CI),
  ...both(OPERATIONS, (when, ci) => wire('bundler', 'gets it 1.5 s late, when the connection is gone', 'send', when, { acted: false, ci })),
  wire('bundler', 'answers 429', 'send', 'second', { acted: false, ...CI }),
  wire('bundler', 'answers 429 with Retry-After 1', 'send', 'first', { acted: false, ...CI }),
  wire('bundler', 'answers 429 with Retry-After 1', 'send', 'second', { acted: false, times: 2, ...OK }),
  wire('bundler', 'answers 429 with Retry-After tomorrow', 'send', 'second', { acted: false, times: ALWAYS }),
  wire('bundler', 'answers 503 with Retry-After 1', 'send', 'second', { acted: false, ...CI }),
  wire('bundler', 'hangs', 'send', 'second', { acted: false, times: ALWAYS, ci: true }),
  wire('bundler', 'resets the connection', 'send', 'second', { times: ALWAYS, ci: true }),
]

/** Said to be refused, and taken all the same; or really refused. */
const REFUSALS = [
  ['refuses with -32500', OPERATIONS],
  ['refuses with -32602', ['second']],
  ['refuses with -32521', []],
  ['refuses with -32000', []],
  ['refuses with -32603', ['second']],
  ['refuses with AA25', ['second']],
]
const refusals = [
  ...REFUSALS.flatMap(([what, inCi]) => both(inCi, (when, ci) => wire('bundler', what, 'send', when, { ci }))),
  wire('bundler', 'refuses with -32500', 'send', 'second', { ci: true, world: { delay: 1500 } }),
  wire('bundler', 'refuses with -32500', 'send', 'first', { world: { delay: 1500 } }),
  wire('bundler', 'refuses as underpriced', 'send', 'second', { world: { delay: 700 } }),
  ...both(['second'], (when, ci) => wire('bundler', 'refuses with AA21', 'send', when, { acted: false, times: ALWAYS, ci })),
  wire('bundler', 'refuses with -32500', 'send', 'first', { acted: false, times: ALWAYS }),
  wire('bundler', 'refuses with -32005', 'send', 'second', { acted: false, ...OK }),
]

/** Offered again, it is AA10 or AA25; who could tell of it does not know of it yet. */
const lagging = [
  ...both(OPERATIONS, (when, ci) => wire('bundler', 'answers 504 in HTML', 'send', when, { ci, must: 'succeed', also: [['index of the bundler is 2 s behind', when]] })),
  ...both(['second'], (when, ci) => wire('bundler', 'resets the connection', 'send', when, { ci, must: 'succeed', also: [['node and index are 1 s behind', when]] })),
  wire('bundler', 'refuses with -32500', 'send', 'second', { also: [['index of the bundler is 2 s behind', 'second']] }),
]

const receipts = [
  ...both(OPERATIONS, (when, ci) => event('index of the bundler is 2 s behind', when, { ci, must: 'succeed' })),
  ...both([], (when, ci) => event('index of the bundler never has it', when, { ci })),
  ...both(['first'], (when, ci) => wire('bundler', 'hangs', 'receipt', when, { ci, must: 'succeed' })),
  wire('bundler', 'answers 500', 'receipt', 'second', { times: 4, ...CI }),
  wire('bundler', 'answers 429 with Retry-After 1', 'receipt', 'second', OK),
  wire('bundler', 'answers 200 in HTML', 'receipt', 'first', { times: 3, ...OK }),
  wire('bundler', 'cuts its JSON short', 'receipt', 'second', { times: 2, ...OK }),
  wire('bundler', 'answers with another id', 'receipt', 'second', { times: 2, ...OK }),
  wire('bundler', 'tells of another operation', 'receipt', 'second', { times: 2, ci: true }),
  wire('bundler', 'says success as text', 'receipt', 'life', { times: ALWAYS, ...CI }),
  ...both(['first'], (when, ci) => wire('bundler', 'says success: perhaps', 'receipt', when, { times: ALWAYS, ci })),
  wire('bundler', 'leaves the transaction out', 'receipt', 'second', { times: ALWAYS }),
  wire('bundler', 'makes a success up', 'receipt', 'second', { acted: false, times: ALWAYS, also: [['bundler takes it and forgets it', 'second']] }),
  event('contract undoes it', 'second', { must: 'revert', ci: true }),
  event('contract undoes it', 'first', { must: 'revert' }),
  wire('bundler', 'says success as text', 'receipt', 'second', { times: ALWAYS, must: 'revert', also: [['contract undoes it', 'second']] }),
  wire('bundler', 'answers 504 in HTML', 'send', 'second', { must: 'revert', ci: true, also: [['contract undoes it', 'second']] }),
]

const LONG = { timeout: '12s', patience: 11_000 }
const bundlers = [
  ...both(['second'], (when, ci) => event('bundler is down for 5 s', when, { ci, must: 'succeed', ...LONG })),
  ...both(['first'], (when, ci) => event('bundler is down for 2 s', when, { ci, must: 'succeed' })),
  ...both(['second'], (when, ci) => event('bundler restarts once it has taken it', when, { ci, must: 'succeed' })),
  ...both([], (when, ci) => event('bundler restarts once it has taken it, and has lost it', when, { ci, must: 'succeed', ...LONG })),
  ...both(['second'], (when, ci) => event('bundler takes it and forgets it', when, { ci, must: 'succeed', ...LONG })),
  event('bundler takes it and forgets it half a second later', 'second', { must: 'succeed', ...LONG }),
  ...both([], (when, ci) => event('bundler wants ten times its own price', when, { ci })),
  event('base fee jumps once the bundler has it, and sinks after 2 s', 'second', CI),
  wire('bundler', 'hangs', 'send', 'second', { ci: true, also: [['base fee jumps once the bundler has it, and sinks after 2 s', 'second']] }),
  event('price is ten times as high from now on', 'second', OK),
  // What is above the scope's highest fee is held there, as long as that is enough for the block.
  wire('bundler', 'asks 1000 times the price', 'price', 'second', { times: ALWAYS, ...CI }),
  ...both(['second'], (when, ci) => wire('bundler', 'answers gas limits 1000 times as high', 'estimate', when, { times: ALWAYS, must: 'refuse', ci })),
  wire('bundler', 'answers gas limits that are words', 'estimate', 'second', { times: ALWAYS, must: 'refuse' }),
  ...both(['first'], (when, ci) => wire('bundler', 'hangs', 'estimate', when, { ci, must: 'succeed' })),
  wire('bundler', 'answers 500', 'estimate', 'second', CI),
  wire('bundler', 'answers 429 with Retry-After 1', 'estimate', 'first', OK),
  wire('bundler', 'answers with another id', 'estimate', 'second', OK),
  wire('bundler', 'hangs', 'price', 'second', OK),
]

const nodes = [
  wire('node', 'hangs', 'code', 'request', OK),
  wire('node', 'answers 429 with Retry-After 1', 'code', 'request', OK),
  wire('node', 'answers 500', 'block', 'request', OK),
  wire('node', 'answers 200 in HTML', 'everything', 'request', { times: ALWAYS, must: 'refuse' }),
  wire('node', 'answers the id of another chain', 'id', 'request', { times: ALWAYS, must: 'refuse', ci: true }),
  event('node stands on another chain', 'first'),
  event('node stands on another chain', 'second', { ci: true }),
  event('node is down', 'second', CI),
  event('node is down', 'first', OK),
  ...both(['second'], (when, ci) => event('node is 1.5 s behind', when, { ci, must: 'succeed' })),
  wire('node', 'hangs', 'view', 'first', CI),
  wire('node', 'cuts its JSON short', 'view', 'first', OK),
  wire('node', 'answers with another id', 'view', 'first', OK),
  wire('node', 'swaps the answers of two questions', 'view', 'first', { times: 2, ...OK }),
  wire('node', 'swaps the answers of two questions', 'everything', 'request', { times: 2, ...OK }),
  wire('node', 'answers 0x', 'view', 'first', { times: ALWAYS }),
  wire('node', 'answers garbage', 'view', 'second', { times: ALWAYS }),
  wire('node', 'answers without end', 'view', 'first', OK),
  wire('node', 'answers no code', 'code', 'second', { times: ALWAYS }),
  wire('node', 'answers a block that is 6 hours ahead', 'block', 'second', { times: ALWAYS, recovers: false }),
  event('clock of the chain jumps beyond the end of the grant', 'second', { recovers: false }),
  ...both(['second'], (when, ci) => event('block with it goes, and it comes back', when, { ci, must: 'succeed' })),
  event('block with it goes once it was told, and it comes back', 'second', OK),
  event('block with it goes for good', 'second', { until: 'final' }),
]

const paymasters = [
  ...both(['first'], (when, ci) => wire('paymaster', 'hangs', 'stub', when, { ...PAID, ci, must: 'succeed' })),
  wire('paymaster', 'hangs', 'sponsorship', 'second', { ...PAID, ...CI }),
  wire('paymaster', 'hangs', 'sponsorship', 'second', { ...PAID, times: ALWAYS }),
  wire('paymaster', 'answers 500', 'sponsorship', 'first', { ...PAID, ...CI }),
  wire('paymaster', 'answers 200 in HTML', 'stub', 'second', { ...PAID, times: ALWAYS, ci: true }),
  wire('paymaster', 'answers 429 with Retry-After 1', 'stub', 'second', { ...PAID, ...OK }),
  wire('paymaster', 'refuses with -32000', 'sponsorship', 'second', { ...PAID, acted: false, times: ALWAYS }),
  wire('paymaster', 'names another paymaster', 'sponsorship', 'second', { ...PAID, times: ALWAYS, must: 'refuse', ci: true }),
  wire('paymaster', 'wants 1000 times the gas', 'sponsorship', 'first', { ...PAID, times: ALWAYS }),
  wire('paymaster', 'answers fields of the wrong kind', 'stub', 'first', { ...PAID, times: ALWAYS, must: 'refuse' }),
  wire('bundler', 'hangs', 'send', 'second', { ...PAID, must: 'succeed', world: { sponsored: true, delay: 500 } }),
]

export const FAULTS = [controls, lost, again, sends, refusals, lagging, receipts, bundlers, nodes, paymasters].flat()

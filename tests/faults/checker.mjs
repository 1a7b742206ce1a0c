// The one judge of every fault: what an app was told must be what happened on chain. It looks at plain data and knows no endpoint.
//
// A record: { request, asked, ledger, gas, secret }, as life.mjs makes it.
//   request  { told: 'session' | 'error' | 'nothing', error? }
//   asked    one for each `sendCalls`: { move, part: 'first' | 'second' | 'next', told: 'success' | 'reverted' | 'error' | 'nothing', hash?, error? }
//   error    { isOurs, code, shortMessage, remedy, mayStillLand, userOpHash, text }
//   ledger   { operations: [{ hash, moves, success, cost }], offered: [{ hash, moves }] }: on chain, and handed to the bundler
//   gas      { before, after }: wei left of the budget, as the session says
// A wish: { must: undefined | 'succeed' | 'revert' | 'refuse', parts, recovers }: what is expected beyond that, of the parts at fault.

const show = (value) => (typeof value === 'string' ? value : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part)))

/** What was told, in a few words. */
export function said({ told, hash, error }) {
  if (!error) return hash ? `${told} of ${hash.slice(0, 10)}` : told
  const late = error.mayStillLand ? `, may still land (${String(error.userOpHash).slice(0, 10)})` : ''
  return `${told} ${error.code ?? ''} "${String(error.shortMessage ?? error.text).slice(0, 90)}"${late}`
}

const effectsOf = (ledger, move) => ledger.operations.filter(({ success }) => success).flatMap(({ moves }) => moves).filter((made) => made === move).length

/** A typed error, in words and with what to do about it. */
const isTyped = (error) => Boolean(error?.isOurs && typeof error.code === 'string' && error.code && error.shortMessage && error.remedy)

/** (a) Nothing happens twice, and nothing that was not asked for. */
function atMostOnce({ asked, ledger }) {
  const faults = asked
    .map(({ move }) => ({ move, count: effectsOf(ledger, move) }))
    .filter(({ count }) => count > 1)
    .map(({ move, count }) => ({ rule: 'a', seen: `move ${move} took effect ${count} times`, wanted: 'every move at most once' }))
  const known = asked.map(({ move }) => move)
  const strange = ledger.operations.flatMap(({ moves }) => moves).filter((move) => !known.includes(move))
  if (strange.length) faults.push({ rule: 'a', seen: `on chain: ${strange.join('; ')}`, wanted: 'only what was asked for' })
  return faults
}

/** (b) What was told is what happened. */
function asTold({ asked, ledger }) {
  return asked.flatMap((one) => {
    const { move, part, told, hash, error } = one
    const count = effectsOf(ledger, move)
    const found = ledger.operations.find((operation) => operation.hash === hash)
    const wrong = (wanted) => [{ rule: 'b', seen: `${part} move ${move}: told ${said(one)}, effects on chain: ${count}`, wanted }]
    switch (told) {
      case 'success':
        if (count !== 1) return wrong('exactly one effect of what was told as success')
        return found?.success && found.moves.includes(move) ? [] : wrong('the hash of the receipt is on chain, with this move')
      case 'reverted':
        if (count !== 0) return wrong('no effect of what was told as undone')
        return found && !found.success ? [] : wrong('the operation told as undone is on chain, undone')
      case 'error': {
        if (!isTyped(error)) return wrong('a HallpassError with code, words and remedy')
        if (count === 0) return []
        const isOfThis = ledger.offered.some(({ hash, moves }) => hash === error.userOpHash && moves.includes(move))
        return error.mayStillLand === true && isOfThis ? [] : wrong('mayStillLand and its userOpHash on the error, or no effect')
      }
      default:
        return []
    }
  })
}

/** (c) Nobody waits for ever: every call is told something, and when the fault is over moves work again. */
function goesOn({ request, asked }, { recovers = true }) {
  const faults = []
  if (request.told === 'nothing') faults.push({ rule: 'c', seen: 'the request for a session was told nothing', wanted: 'a session or an error in time' })
  if (request.told === 'error' && !isTyped(request.error)) faults.push({ rule: 'c', seen: said(request), wanted: 'a HallpassError with code, words and remedy' })
  for (const { move, part } of asked.filter(({ told }) => told === 'nothing')) {
    faults.push({ rule: 'c', seen: `${part} move ${move}: told nothing in time`, wanted: 'a receipt or an error in time' })
  }
  const next = asked.filter(({ part }) => part === 'next')
  if (recovers && !next.some(({ told }) => told === 'success')) {
    faults.push({ rule: 'c', seen: `after the fault: ${next.map(said).join('; ') || 'no session'}`, wanted: 'the next move works' })
  }
  return faults
}

/** (d) The budget knows of everything that landed. */
function isDebited({ ledger, gas }) {
  if (gas === undefined) return []
  const landed = ledger.operations.reduce((sum, { cost }) => sum + cost, 0n)
  const debited = gas.before - gas.after
  return debited >= landed ? [] : [{ rule: 'd', seen: `debited ${debited} wei of gas`, wanted: `at least the ${landed} that went on chain` }]
}

/** Nothing that an app is told shows the part of a URL where keys stand (threat model, P8). */
function keepsKeys({ request, asked, secret }) {
  const leaking = [request, ...asked].filter(({ error }) => secret && error?.text?.includes(secret))
  return leaking.map((one) => ({ rule: 'secret', seen: `the endpoint's key in: ${said(one)}`, wanted: 'no part of a URL beyond its host' }))
}

/** What a survivable fault, or one that has to be refused, asks for beyond the invariant. */
function asWished({ request, asked, ledger }, { must, parts = [] }) {
  if (!must) return []
  const faults = []
  const wrong = (seen, wanted) => faults.push({ rule: 'must', seen, wanted })
  if (must === 'succeed' && request.told !== 'session') wrong(`request: ${said(request)}`, 'the session')
  if (must === 'refuse' && parts.includes('request') && request.told !== 'error') wrong(`request: ${said(request)}`, 'refused')
  for (const one of asked.filter(({ part }) => part !== 'next')) {
    const { move, part, told } = one
    const isAtFault = parts.includes(part)
    const expected = { succeed: 'success', revert: isAtFault ? 'reverted' : 'success', refuse: isAtFault ? 'error' : undefined }[must]
    if (expected && told !== expected && told !== 'nothing') wrong(`${part} move ${move}: ${said(one)}`, expected === 'error' ? 'refused' : expected)
    if (must === 'refuse' && isAtFault && effectsOf(ledger, move)) wrong(`${part} move ${move} took effect`, 'refused before it is signed')
  }
  return faults
}

/** What is wrong with a record: `{ rule, seen, wanted }` each; empty when all is well. */
export function judge(record, wish = {}) {
  return [
    ...atMostOnce(record),
    ...asTold(record),
    ...goesOn(record, wish),
    ...isDebited(record),
    ...keepsKeys(record),
    ...asWished(record, wish),
  ].map(({ rule, seen, wanted }) => ({ rule, seen: show(seen), wanted }))
}

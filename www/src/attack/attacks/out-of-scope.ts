import { HallpassError, type Call } from 'hallpass'
import type { Attack } from '../attack'

const THIEF = '0x00000000000000000000000000000000000BAD00'

// Script in the page has the session object, and asks it for what the owner did not allow.
export const attack: Attack = {
  id: 'out-of-scope',
  title: 'Ask the open session for something outside the scope',
  wants: 'money, items or rights that the owner did not grant',
  promise: 'P1',
  async run(victim) {
    const { gold, feed } = victim.config.contracts
    const asked: Record<string, Call> = {
      'send the ether away': { to: THIEF, value: 1n },
      'approve a thief': { to: gold, function: 'approve(address spender,uint256 value)', args: [THIEF, 10n ** 30n] },
      'post in the name of the player': { to: feed, function: 'post(string text)', args: ['I was not here'] },
      'buy 500 items': victim.buy(500n),
      'tip ten times as much': { to: feed, function: 'tip(uint256 id)', args: [0n], value: 10n ** 16n },
      'call the account itself': { to: victim.session.account, data: '0x' },
    }
    const facts: string[] = []
    let got = false
    for (const [what, call] of Object.entries(asked)) {
      const rule = await victim.send(call).then(
        () => null,
        (thrown: unknown) => ruleOf(thrown),
      )
      got ||= rule === null
      facts.push(`${what}: ${rule ?? 'done'}`)
    }
    return { got, facts }
  },
}

/** The first broken rule, in the package's words. */
function ruleOf(thrown: unknown): string {
  const { code, violations } = HallpassError.from(thrown)
  const [first] = violations ?? []
  return first ? `${code} (${first.message})` : code
}

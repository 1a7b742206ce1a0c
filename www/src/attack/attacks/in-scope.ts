import type { Attack } from '../attack'
import { refusal } from '../victim'

export const attack: Attack = {
  id: 'in-scope',
  title: 'Use the open session within its scope',
  wants: 'a move in the name of the player, who did nothing',
  promise: 'P1',
  limit: { name: 'N1', advice: 'Nothing in a page can prevent this: the scope is the defence.' },
  async run(victim) {
    const code = await refusal(victim.send(victim.move()))
    return { got: code === null, facts: [code ?? 'A move was signed, sent and included. No prompt was shown.'] }
  },
}

import type { Attack } from '../attack'
import { recordOf, wrappingKeyOf } from '../tools/storage'

export const attack: Attack = {
  id: 'export-key',
  title: 'Export the wrapping key',
  wants: 'the bytes of the wrapping key, to open the record elsewhere',
  promise: 'P4',
  async run(victim) {
    const wrapping = await wrappingKeyOf(recordOf(victim.session))
    const facts: string[] = []
    let got = false
    for (const format of ['raw', 'jwk'] as const) {
      const outcome = await crypto.subtle.exportKey(format, wrapping).then(
        () => ((got = true), 'exported'),
        ({ name }: Error) => name,
      )
      facts.push(`As ${format}: ${outcome}.`)
    }
    return { got, facts }
  },
}

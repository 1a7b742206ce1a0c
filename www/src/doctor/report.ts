// The diagnosis as text, for whoever is to help.
import type { Check, Diagnosis } from 'hallpass'
import { tierNames } from './result'

export function reportOf({ checks, tiers }: Diagnosis): string {
  const head = [`Hallpass doctor at ${location.origin}, ${new Date().toISOString()}`, navigator.userAgent, `Tiers: ${tierNames(tiers)}`]
  return [...head, '', ...checks.map(lineOf)].join('\n')
}

function lineOf({ id, state, sentence, remedy, detail }: Check): string {
  const parts = [`[${state}] ${id}: ${sentence}`, remedy && `  To do: ${remedy}`, detail && `  Detail: ${detail}`]
  return parts.filter((part) => part !== undefined && part !== '').join('\n')
}

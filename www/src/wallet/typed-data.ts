// EIP-712 data as a wallet lists it: the domain, then the fields, long values shortened.
import { count, short } from '../format'

export interface TypedData {
  readonly domain: Readonly<Record<string, unknown>>
  readonly primaryType: string
  readonly types: Readonly<Record<string, readonly { readonly name: string; readonly type: string }[]>>
  readonly message: Readonly<Record<string, unknown>>
}

export function typedDataDetails({ domain, primaryType, types, message }: TypedData): [string, string][] {
  const { name, version, chainId, verifyingContract } = domain
  const fields = types[primaryType] ?? []
  return [
    ['Domain', `${[name, version].filter(Boolean).join(' ')}, chain ${String(chainId)}`],
    ['Contract', String(verifyingContract)],
    ...fields.map(({ name }): [string, string] => [name, shown(message[name])]),
  ]
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (!text.startsWith('0x') || text.length <= 44) return text === '0x' ? 'empty' : text
  return `${short(text, 18, 8)}\n${count((text.length - 2) / 2, 'byte')}`
}

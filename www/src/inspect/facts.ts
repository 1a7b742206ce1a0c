// Who, where, until when, which calls: what the bytes say, in a list.
import type { Address } from 'hallpass'
import type { InspectedCall, InspectedOperation, Inspection } from 'hallpass/inspect'
import { count, ether, fromNow, localTime, short } from '../format'
import { h } from '../ui/dom'
import { inWords, named, NO_WORDS, type Words } from '../words'

const KINDS: Readonly<Record<Inspection['kind'], string>> = {
  'typed-data': 'Typed data that an owner is asked to sign',
  'enable-signature': 'The signature that brings a grant on chain',
  'user-operation': 'A user operation',
}
const NOT_SAID = 'Not in these bytes'
const ANYWHERE = '0x0000000000000000000000000000000000000000'

type Fact = readonly [label: string, value: Node | string, note?: string | false | null | undefined]

export function factList(found: Inspection): HTMLElement {
  const { kind, protocol, account, chains, sessionKey, signer, nonce, permissionId, messagesAllowed, ownerSignature } = found
  const facts: (Fact | null)[] = [
    ['Kind', KINDS[kind], protocol?.replace(/^kernel_v3\//, 'Kernel ')],
    ['Account', addressOr(account)],
    ['Chains', chains === null ? NOT_SAID : chains === 'every chain' ? warned('Every chain') : chains.map((id) => `chain ${id} only`).join(', ')],
    ['Session key', addressOr(sessionKey)],
    ['Checked by', signer === null ? NOT_SAID : (signer.name ?? 'an unknown contract'), signer && short(signer.address)],
    ...times(found),
    ...limits(found),
    ['Messages', messagesAllowed ? warned('It can sign any message for the account') : signer === null ? 'Not known' : 'It cannot sign messages'],
    ['Owner’s signature', ownerSignature ? 'In these bytes' : NOT_SAID, ownerSignature && 'not verified: that takes the account'],
    permissionId === null ? null : ['Permission', h('code', {}, permissionId), nonce !== null && `nonce ${nonce}`],
  ]
  return factRows(facts.filter((fact) => fact !== null))
}

function factRows(facts: readonly Fact[]): HTMLElement {
  const rows = facts.map(([label, value, note]) => h('div', {}, h('dt', {}, label), h('dd', {}, value, note && h('span', { class: 'quiet' }, ` ${note}`))))
  return h('dl', { class: 'facts', 'data-testid': 'facts' }, ...rows)
}

function times({ validAfter, validUntil, understood }: Inspection): Fact[] {
  const time = (seconds: number): Fact[1] => h('time', { datetime: new Date(seconds * 1000).toISOString() }, localTime(seconds))
  const never = warned(understood ? 'Never by itself' : 'No end was read')
  return [
    ...(validAfter ? [['Starts', time(validAfter), fromNow(validAfter)] as const] : []),
    ['Ends', validUntil ? time(validUntil) : never, validUntil !== null && validUntil > 0 && fromNow(validUntil)],
  ]
}

function limits({ gas, operations, rate, understood }: Inspection): Fact[] {
  const total = gas?.total ?? null
  const none = warned(understood ? 'No limit' : 'No limit was read')
  return [
    ['Gas budget', total === null ? none : `${ether(total)} in all`],
    ['Who pays for gas', gas?.paymaster ? h('span', {}, 'Only paymaster ', ...inWords(gas.paymaster, NO_WORDS)) : 'The account, or any paymaster'],
    [
      'Operations',
      operations === null ? 'Not counted' : `${count(operations, 'operation')} in all`,
      rate !== null && rate.every > 0n && `one every ${rate.every} s`,
    ],
  ]
}

const warned = (text: string): HTMLElement => h('strong', { class: 'warn' }, text)

const addressOr = (address: Address | null): Node | string => (address === null ? NOT_SAID : h('code', {}, address))

export function callList({ calls, account }: Inspection): HTMLElement {
  const words: Words = { ...NO_WORDS, names: new Map(account === null ? [] : [[account.toLowerCase(), 'the account itself']]) }
  return h('ul', { class: 'allowed-calls' }, ...calls.map((call) => callItem(call, words)))
}

function callItem({ to, selector, function: known, rules, maxValue }: InspectedCall, words: Words): HTMLElement {
  const target = to === ANYWHERE ? h('strong', {}, 'any contract') : named(to, words)
  const conditions = rules.map((rule) => h('li', {}, ...inWords(rule, words)))
  return h(
    'li',
    { 'data-testid': 'allowed-call' },
    h('p', {}, h('code', {}, known ?? selector), ' of ', target, maxValue > 0n && `, paying at most ${ether(maxValue)} each time`),
    h('ul', {}, ...(conditions.length > 0 ? conditions : [h('li', { class: 'quiet' }, 'any arguments')])),
  )
}

export function operationPart({ sender, mode, maxCost, calls }: InspectedOperation): HTMLElement {
  const facts = factRows([
    ['Sender', h('code', {}, sender)],
    ['Mode', mode === 'enable' ? 'It brings the grant on chain and uses it' : mode],
    ['Gas at most', ether(maxCost)],
  ])
  const made =
    calls === null
      ? h('p', { class: 'warn' }, 'Its calls could not be read.')
      : h('ul', { class: 'allowed-calls' }, ...calls.map((call) => madeCall(call)))
  return h('div', {}, facts, made)
}

function madeCall({ to, value, data }: NonNullable<InspectedOperation['calls']>[number]): HTMLElement {
  const shown = data === '0x' ? 'no data' : short(data, 26, 8)
  return h(
    'li',
    {},
    h('p', {}, 'It calls ', named(to, NO_WORDS), value > 0n ? ` with ${ether(value)}` : ' without payment'),
    h('p', { class: 'quiet', title: data }, h('code', {}, shown), ` ${count((data.length - 2) / 2, 'byte')}`),
  )
}

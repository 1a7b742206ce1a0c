// What a thief with the session key could take, asset by asset. Only what the chain enforces is counted as a bound.
import type { AssetRisk } from 'hallpass'
import { ether } from '../format'
import { inWords, named, tokenAmount, type Words } from '../words'
import { h } from './dom'

const ASSETS: Readonly<Record<AssetRisk['asset'], string>> = {
  gas: 'Gas fees',
  native: 'Native coin',
  token: 'Token',
  contract: 'Contract',
  contracts: 'Any contract',
  signatures: 'Signatures',
  everything: 'Everything',
}
const BOUNDS: Readonly<Record<AssetRisk['boundBy'], string>> = {
  rule: 'A rule on chain bounds it',
  balance: 'Only what the account holds bounds it',
  none: 'Nothing bounds it',
}

/** One row per asset, money first. Contracts that nobody knows are told in one row: what is to be said of them is the same. */
export function riskList(risks: readonly AssetRisk[], words: Words): HTMLElement {
  const contracts = risks.filter(({ asset }) => asset === 'contract')
  const rows = risks.filter(({ asset }) => asset !== 'contract').map((risk) => row(risk, words))
  if (contracts.length > 0) rows.push(contractRow(contracts, words))
  return h('ul', { class: 'risks' }, ...rows)
}

function row(risk: AssetRisk, words: Words): HTMLElement {
  const { asset, token, boundBy, text } = risk
  return h(
    'li',
    { class: 'risk', 'data-testid': 'risk', 'data-asset': asset, 'data-bound': boundBy },
    h('p', { class: 'risk-head' }, h('span', {}, token === null ? ASSETS[asset] : named(token, words)), h('strong', {}, most(risk, words))),
    h('p', {}, ...inWords(text, words, token), ' ', h('span', { class: 'risk-bound' }, BOUNDS[boundBy], ...recipients(risk, words), '.')),
  )
}

function most({ asset, token, most }: AssetRisk, words: Words): string {
  if (most === null) return asset === 'signatures' ? 'all they open' : 'all of it'
  if (most === 0n) return 'nothing'
  return token === null ? ether(most) : tokenAmount(most, token, words)
}

/** Those who get it first: a contract such as a shop or a feed pays others with it. */
function recipients({ recipients }: AssetRisk, words: Words): (Node | string)[] {
  if (recipients === null) return []
  if (recipients === 'anyone') return ['; it can go to anyone']
  const names = recipients.flatMap((address, index) => [index === 0 ? '' : ', ', named(address, words)])
  return ['; it goes to ', ...names, ', which may pass it on']
}

function contractRow(risks: readonly AssetRisk[], words: Words): HTMLElement {
  const names = risks.flatMap(({ token }, index) => (token === null ? [] : [index === 0 ? '' : ', ', named(token, words)]))
  const texts = risks.map(({ text }) => h('li', {}, ...inWords(text, words)))
  return h(
    'li',
    { class: 'risk', 'data-testid': 'risk', 'data-asset': 'contract', 'data-bound': 'none' },
    h('p', { class: 'risk-head' }, h('span', {}, ...names), h('strong', {}, 'up to them')),
    h('details', {}, h('summary', {}, 'What their allowed functions do is bounded by these contracts alone'), h('ul', {}, ...texts)),
  )
}

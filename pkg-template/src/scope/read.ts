// Results as the module writes them, with their amounts as bigints. No part of the public surface.
import { type ErrorCode, REMEDIES } from '../error-codes.js'
import type { Inspection } from './inspection.js'
import type { AssetRisk, EnforcementReport, GasCosts, ScopeReview } from './review.js'

/** A result in its JSON form: amounts are text. */
export type Raw<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? Raw<Item>[]
    : T extends object
      ? { [K in keyof T]: Raw<T[K]> }
      : T

const amount = (text: string | null): bigint | null => (text === null ? null : BigInt(text))

export function readRisks(risks: readonly Raw<AssetRisk>[]): AssetRisk[] {
  return risks.map((risk) => ({ ...risk, most: amount(risk.most) }))
}

export function readGas({ first, later, parts }: Raw<GasCosts>): GasCosts {
  const read = <T extends { first: string; later: string }>(part: T) => ({
    ...part,
    first: BigInt(part.first),
    later: BigInt(part.later),
  })
  return { ...read({ first, later }), parts: parts.map(read) }
}

export function readEnforcement(report: Raw<EnforcementReport>): EnforcementReport {
  return { ...report, gas: readGas(report.gas) }
}

export function readReview(review: Raw<ScopeReview>): ScopeReview {
  const { scope, enforcement, worstCase, compileError, ...rest } = review
  return {
    ...rest,
    // It holds no amounts but text.
    scope: scope as ScopeReview['scope'],
    enforcement: enforcement && readEnforcement(enforcement),
    worstCase: worstCase && readRisks(worstCase),
    compileError: compileError && { ...compileError, remedy: REMEDIES[compileError.code as ErrorCode] },
  }
}

export function readInspection(inspection: Raw<Inspection>): Inspection {
  const { nonce, calls, gas, operations, rate, operation, worstCase, ...rest } = inspection
  return {
    ...rest,
    nonce: amount(nonce),
    calls: calls.map((call) => ({ ...call, maxValue: BigInt(call.maxValue) })),
    gas: gas && { ...gas, total: amount(gas.total) },
    operations: amount(operations),
    rate: rate && { ...rate, every: BigInt(rate.every) },
    operation: operation && {
      ...operation,
      nonce: BigInt(operation.nonce),
      calls: operation.calls && operation.calls.map((call) => ({ ...call, value: BigInt(call.value) })),
      maxCost: BigInt(operation.maxCost),
    },
    worstCase: readRisks(worstCase),
  }
}

import type { Log, OperationReceipt, RevertReason } from './session.js'
import type { Hex } from './types.js'

/** A receipt as the module writes it: amounts as text. */
export interface RawReceipt {
  userOpHash: Hex
  transactionHash: Hex
  blockNumber: string
  success: boolean
  gasUsed: string
  gasCost: string
  logs: Log[]
  transactionLogs: Log[]
  revert: RevertReason | null
}

export function readReceipt(raw: RawReceipt): OperationReceipt {
  const { blockNumber, gasUsed, gasCost, revert, ...rest } = raw
  const amounts = { blockNumber: BigInt(blockNumber), gasUsed: BigInt(gasUsed), gasCost: BigInt(gasCost) }
  return { ...rest, ...amounts, ...(revert ? { revert } : {}) }
}

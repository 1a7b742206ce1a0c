import type { Operation, OperationStage } from './session.js'
import type { Hex } from './types.js'

/** What is known of an operation, as the module writes it. */
export interface RawOperation {
  id: string
  stage: OperationStage
  userOpHash: Hex
  userOpHashes: Hex[]
  nonce: string | null
  fate: { blockNumber?: string; transactionHash?: Hex; success?: boolean; by?: Hex } | null
}

export function readOperation({ nonce, fate, ...rest }: RawOperation): Operation {
  const { blockNumber, transactionHash, success, by } = fate ?? {}
  return {
    ...rest,
    nonce: nonce === null ? null : BigInt(nonce),
    ...(blockNumber !== undefined && transactionHash !== undefined && success !== undefined
      ? { included: { blockNumber: BigInt(blockNumber), transactionHash, success } }
      : {}),
    ...(by !== undefined && { replacedBy: by }),
  }
}

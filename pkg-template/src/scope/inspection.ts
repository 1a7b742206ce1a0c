import type { Address, Hex } from '../types.js'
import type { AssetRisk, Finding, Sentence } from './review.js'

/** A function that a grant allows, as its bytes say. */
export interface InspectedCall {
  /** Contract. The zero address stands for every contract. */
  to: Address
  selector: Hex
  /** Known functions by their signature. Other functions may share the selector. */
  function: string | null
  /** Conditions on the calldata, word by word. */
  rules: string[]
  /** Most wei per call. */
  maxValue: bigint
}

/** The operation around a grant or a session's signature. */
export interface InspectedOperation {
  sender: Address
  nonce: bigint
  calls: { to: Address; value: bigint; data: Hex }[] | null
  /** How the account is told to make the calls. */
  mode: string
  /** Most wei for gas. */
  maxCost: bigint
}

/** What the bytes of a grant, or of an operation that carries one, allow. */
export interface Inspection {
  kind: 'typed-data' | 'enable-signature' | 'user-operation'
  /** Whether every byte is accounted for. If not, it may allow more than is told here. */
  understood: boolean
  /** Such as `kernel_v3/0.3.3`. */
  protocol: string | null
  account: Address | null
  /** Chain ids. */
  chains: number[] | 'every chain' | null
  /** The key that is to act. */
  sessionKey: Address | null
  /** The contract that checks its signatures. */
  signer: { name: string | null; address: Address } | null
  permissionId: Hex | null
  nonce: bigint | null
  /** Unix seconds. */
  validAfter: number | null
  /** Unix seconds. */
  validUntil: number | null
  /** Whether the owner's signature is in the bytes. It is not verified: that takes the account. */
  ownerSignature: boolean
  calls: InspectedCall[]
  /** Wei for gas in all, and the paymaster that must be used, if any. */
  gas: { total: bigint | null; paymaster: string | null } | null
  /** Operations in all, where they are counted. */
  operations: bigint | null
  /** Seconds between operations, and when the first is valid in Unix seconds, where they are counted. */
  rate: { every: bigint; start: number } | null
  /** Whether the key can sign messages for the account (ERC-1271). */
  messagesAllowed: boolean
  operation: InspectedOperation | null
  findings: Finding[]
  /** What a stolen key can cost. */
  worstCase: AssetRisk[]
  explain: Sentence[]
  /** Bytes that were decoded, of `bytesTotal`. */
  bytesCovered: number
  bytesTotal: number
  /** What could not be read. */
  notUnderstood: string[]
}

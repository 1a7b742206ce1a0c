/** `0x`-prefixed hex text. */
export type Hex = `0x${string}`

/** A 20-byte address. In mixed case its checksum (EIP-55) is verified. */
export type Address = Hex

/** A whole number that is not negative: a bigint, a safe integer, or hex without leading zeros. */
export type Quantity = bigint | number | Hex

/** Version of an EntryPoint contract. */
export type EntryPointVersion = '0.6' | '0.7' | '0.8'

/** Version of Kernel. */
export type KernelVersion = '3.1' | '3.2' | '3.3'

/** A signed EIP-7702 authorization, as ERC-7769 sends it beside a user operation. */
export interface Authorization {
  chainId: Quantity
  /** Delegate contract. */
  address: Address
  /** Transaction nonce of the account that signed it. */
  nonce: Quantity
  yParity: Quantity
  r: Quantity
  s: Quantity
}

/** Fields that operations of every version have (ERC-4337). Gas in units, fees in wei. */
interface UserOperationBase {
  sender: Address
  nonce: Quantity
  callData: Hex
  callGasLimit: Quantity
  verificationGasLimit: Quantity
  preVerificationGas: Quantity
  maxFeePerGas: Quantity
  maxPriorityFeePerGas: Quantity
  /** Does not enter the hash; leave it out before signing. */
  signature?: Hex | undefined
}

/** A user operation for EntryPoint 0.6. */
export interface UserOperationV06 extends UserOperationBase {
  /** Factory address and its calldata, or `0x`. */
  initCode: Hex
  /** Paymaster address and its data, or `0x`. */
  paymasterAndData: Hex
}

/** A user operation for EntryPoint 0.7 and 0.8, in unpacked form. */
export interface UserOperationV07 extends UserOperationBase {
  /** Contract that creates the account; `0x7702` for an EIP-7702 account on EntryPoint 0.8. */
  factory?: Address | undefined
  factoryData?: Hex | undefined
  paymaster?: Address | undefined
  paymasterVerificationGasLimit?: Quantity | undefined
  paymasterPostOpGasLimit?: Quantity | undefined
  paymasterData?: Hex | undefined
  eip7702Auth?: Authorization | undefined
}

/** A user operation of either form. */
export type UserOperation = UserOperationV06 | UserOperationV07

/** Options of `kernelAccount`. */
export interface KernelAccountOptions {
  /** Address of the owner's own key. */
  owner: Address
  /** Kernel version; the address depends on it. Default `3.3`. */
  version?: KernelVersion | undefined
  /** Tells several accounts of one owner apart. Default 0. */
  index?: Quantity | undefined
}

/** An account that may not be deployed yet. */
export interface CounterfactualAccount {
  /** Its address: the same on every chain. */
  address: Address
  /** `factory` of the operation that creates it. */
  factory: Address
  /** `factoryData` of the operation that creates it. */
  factoryData: Hex
}

/** Options of `userOperationHash`. */
export interface UserOperationHashOptions {
  userOperation: UserOperation
  /** Version of the EntryPoint, at its public address. Default `0.7`. */
  entryPoint?: EntryPointVersion | undefined
  /** Chain id (EIP-155), at most 64 bits. */
  chainId: Quantity
}

/** What `init` of `hallpass/slim` starts the wasm module from. */
export type WasmSource = WebAssembly.Module | BufferSource | Response | PromiseLike<Response>

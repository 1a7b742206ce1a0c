// The chain and the owner's wallet, as far as the SDK asks them.
import { EIP1271Abi, KernelFactoryStakerAbi, KernelV3AccountAbi, KernelV3FactoryAbi, constants } from '@zerodev/sdk'
import {
  concat,
  createPublicClient,
  custom,
  decodeFunctionData,
  encodeErrorResult,
  encodeFunctionResult,
  getContractAddress,
  isAddressEqual,
  keccak256,
  pad,
  parseAbi,
  slice,
  toHex,
  zeroAddress,
} from 'viem'

export const entryPoint = constants.getEntryPoint('0.7')

const ENTRY_POINT_ABI = parseAbi([
  'function getNonce(address sender, uint192 key) view returns (uint256)',
  'function getSenderAddress(bytes initCode)',
  'error SenderAddressResult(address sender)',
])
const ACCOUNT_ABI = [...KernelV3AccountAbi, ...EIP1271Abi]

/** The address that the factory's CREATE2 gives for the init code. */
function createdAddress(version, initCode) {
  const addresses = constants.KernelVersionToAddressesMap[version]
  const data = slice(initCode, 20)
  let from = slice(initCode, 0, 20)
  let parts
  if (isAddressEqual(from, addresses.metaFactoryAddress)) {
    ;[from, ...parts] = decodeFunctionData({ abi: KernelFactoryStakerAbi, data }).args
  } else {
    parts = decodeFunctionData({ abi: KernelV3FactoryAbi, data }).args
  }
  const salt = keccak256(concat(parts))
  return getContractAddress({ opcode: 'CREATE2', from, salt, bytecodeHash: addresses.initCodeHash })
}

/**
 * A client of a chain with one account in the given state. The SDK swallows errors of some calls, so calls without an answer are
 * also kept in `unanswered`.
 */
export function stubChain({ version, chainId }, state) {
  const unanswered = []
  const refuse = (what) => {
    unanswered.push(what)
    throw new Error(`no answer to ${what}`)
  }
  const askEntryPoint = (data) => {
    const { functionName, args } = decodeFunctionData({ abi: ENTRY_POINT_ABI, data })
    if (functionName === 'getNonce') return toHex((args[1] << 64n) + BigInt(state.seq), { size: 32 })
    const errorName = 'SenderAddressResult'
    const revert = encodeErrorResult({ abi: ENTRY_POINT_ABI, errorName, args: [createdAddress(version, args[0])] })
    throw Object.assign(new Error('execution reverted'), { code: 3, data: revert })
  }
  const askAccount = (to, data) => {
    const { functionName } = decodeFunctionData({ abi: ACCOUNT_ABI, data })
    const answers = {
      currentNonce: () => state.currentNonce,
      permissionConfig: () => {
        return { permissionFlag: '0x0000', signer: state.enabledSigner ?? zeroAddress, policyData: [] }
      },
      eip712Domain: () => ['0x0f', 'Kernel', version, BigInt(chainId), to, pad('0x'), []],
    }
    const answer = answers[functionName] ?? (() => refuse(functionName))
    return encodeFunctionResult({ abi: ACCOUNT_ABI, functionName, result: answer() })
  }
  const call = ({ to, data }) => {
    if (isAddressEqual(to, entryPoint.address)) return askEntryPoint(data)
    // A permission has no contract of its own and stands under the zero address; an account to be made has no code yet.
    if (isAddressEqual(to, zeroAddress) || !state.deployed) return '0x'
    return askAccount(to, data)
  }
  const request = async ({ method, params }) => {
    if (method === 'eth_chainId') return toHex(chainId)
    if (method === 'eth_getCode') return state.deployed ? '0x01' : '0x'
    return method === 'eth_call' ? call(params[0]) : refuse(method)
  }
  const chain = {
    id: chainId,
    name: 'stub',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  }
  const client = createPublicClient({ chain, transport: custom({ request }, { retryCount: 0 }) })
  return { client, unanswered }
}

/** The owner behind EIP-1193, so that the typed data is what wallets are given; each request is kept in `asked`. */
export function ownerWallet(owner) {
  const asked = []
  const request = async ({ method, params }) => {
    if (method === 'eth_accounts' || method === 'eth_requestAccounts') return [owner.address]
    if (method !== 'eth_signTypedData_v4') throw new Error(`no answer to ${method}`)
    const typedData = JSON.parse(params[1])
    asked.push(typedData)
    return owner.signTypedData(typedData)
  }
  return { provider: { request }, asked }
}

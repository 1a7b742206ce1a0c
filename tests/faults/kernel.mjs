// How a Kernel 3.3 account looks from outside: its views, the calls in its operations, the permission in the owner's typed data.
import { GAME, MOVE, viem } from './tools.mjs'

const OWNERS = '0x845adb2c711129d4f3966735ed98a9f09fc4ce57' // the account's first validator: who owns it
const ENABLING = 1n // first byte of a nonce whose operation enables a permission

const selector = (text) => viem.toFunctionSelector(`function ${text}`)
const word = (number) => viem.toHex(BigInt(number), { size: 32 })
const words = (...numbers) => viem.concat(numbers.map(word))
const EXECUTE_USER_OP = '0x8dd7712f'
const EXECUTION = [{ type: 'tuple[]', components: [{ name: 'to', type: 'address' }, { name: 'value', type: 'uint256' }, { name: 'data', type: 'bytes' }] }]
const PERMISSION = [{ type: 'tuple', components: [{ type: 'bytes2' }, { type: 'address' }, { type: 'bytes22[]' }] }]

/** Whether an operation brings the owner's grant along. */
export const enables = (op) => op.nonce >> 248n === ENABLING

/** Target and data of every call in an operation: `execute(bytes32 mode, bytes calls)`, bare or as the EntryPoint wraps it. */
export function callsOf({ callData }) {
  const bare = callData.startsWith(EXECUTE_USER_OP) ? viem.slice(callData, 4) : callData
  const [mode, calls] = viem.decodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes' }], viem.slice(bare, 4))
  const isBatch = viem.hexToNumber(viem.slice(mode, 0, 1)) === 1
  if (isBatch) return viem.decodeAbiParameters(EXECUTION, calls)[0]
  return [{ to: viem.slice(calls, 0, 20), data: viem.size(calls) > 52 ? viem.slice(calls, 52) : '0x' }]
}

const moveAbi = viem.parseAbi([`function ${MOVE}`])

/** Moves among the calls of an operation, as text `x,y`; whatever else it does, as itself. */
export const movesOf = (op) =>
  callsOf(op).map(({ to, data }) => {
    if (to.toLowerCase() !== GAME.toLowerCase()) return `${to} ${data}`
    try {
      return viem.decodeFunctionData({ abi: moveAbi, data }).args.join()
    } catch {
      return `${to} ${data}`
    }
  })

/** The permission that the owner's typed data describes: policies, then the signer, each as flag and address. */
function permissionIn(typedData) {
  const [parts] = viem.decodeAbiParameters([{ type: 'bytes[]' }], typedData.message.validatorData)
  const heads = parts.map((part) => viem.slice(part, 0, 22))
  const signer = heads.pop()
  return { flag: viem.slice(signer, 0, 2), signer: viem.getAddress(viem.slice(signer, 2)), policies: heads }
}

/** Last second of the grant, where one of its policies has one. */
export function endOfGrant(typedData) {
  const TIME = '0xb9f8f524be6ecd8c945b1b87f9ae5c192fdce20f'
  const [parts] = viem.decodeAbiParameters([{ type: 'bytes[]' }], typedData.message.validatorData)
  const time = parts.find((part) => viem.slice(part, 2, 22).toLowerCase() === TIME)
  return time === undefined ? Infinity : viem.hexToNumber(viem.slice(time, -6))
}

const ACCOUNT_VIEWS = {
  [selector('rootValidator()')]: () => viem.padHex(viem.concat(['0x01', OWNERS]), { size: 32, dir: 'right' }),
  [selector('currentNonce()')]: () => word(1),
  [selector('validNonceFrom()')]: () => word(0),
  [selector('validationConfig(bytes21)')]: ({ enabled }) => words(enabled ? 1 : 0, enabled ? 1 : 0),
  [selector('isAllowedSelector(bytes21,bytes4)')]: ({ enabled }) => word(enabled ? 1 : 0),
  [selector('permissionConfig(bytes4)')]: ({ enabled, typedData }) => {
    const { flag, signer, policies } = enabled ? permissionIn(typedData) : { flag: '0x0000', signer: viem.zeroAddress, policies: [] }
    return viem.encodeAbiParameters(PERMISSION, [[flag, signer, policies]])
  },
}
const VIEWS = {
  [selector('getNonce(address,uint192)')]: ({ sequence }, [, key]) => word((key << 64n) | BigInt(sequence(key))),
  [selector('balanceOf(address)')]: () => word(0),
  [selector('ecdsaValidatorStorage(address)')]: ({ owner }) => viem.padHex(owner, { size: 32 }),
  [selector('gasPolicyConfig(bytes32,address)')]: ({ gasLeft }) => words(gasLeft, 0, 0),
}

/**
 * What `eth_call` answers in a state of the chain: `{ deployed, enabled, sequence(key), gasLeft, typedData, owner, account }`. Nothing
 * where there is no code.
 */
export function view(state, { to, data }) {
  const name = viem.slice(data, 0, 4)
  const size = (viem.size(data) - 4) >> 5
  const given = Array.from({ length: size }, (_, at) => BigInt(viem.slice(data, 4 + at * 32, 36 + at * 32)))
  if (VIEWS[name]) return VIEWS[name](state, given)
  const isAccount = to.toLowerCase() === state.account?.toLowerCase()
  return isAccount && state.deployed && ACCOUNT_VIEWS[name] ? ACCOUNT_VIEWS[name](state) : '0x'
}

// What must compile, and what must not, for a project of ES modules.
import { HallpassError, type Hex, kernelAccount, userOperationHash } from 'hallpass'
import { init } from 'hallpass/slim'

const owner = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
const account = await kernelAccount({ owner, version: '3.1', index: 5n })
const address: Hex = account.address
const hash: Hex = await userOperationHash({
  chainId: 10,
  userOperation: {
    sender: address,
    nonce: 1n,
    factory: undefined,
    callData: '0x',
    callGasLimit: 1,
    verificationGasLimit: '0x1',
    preVerificationGas: 1n,
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  },
})
await init(new Uint8Array([0]))
export const code: string = new HallpassError({ code: 'a', shortMessage: 'b', remedy: hash }).code

// @ts-expect-error an owner is hex text
await kernelAccount({ owner: 'alice' })
// @ts-expect-error no such version
await kernelAccount({ owner, version: '4' })
// @ts-expect-error fields are missing
await userOperationHash({ chainId: 1, userOperation: { sender: owner } })
// @ts-expect-error nothing in the package is untyped
const number: number = account.address
export { number }

// Sessions.
import { createHallpass, defineScope, lte, self, type Hallpass, type OperationReceipt, type Restored, type Session } from 'hallpass'

const hallpass: Hallpass = createHallpass({ app: 'game', chain: 1, rpc: 'https://a.example', bundler: 'https://b.example' })
const gameAbi = [{ type: 'function', name: 'move', inputs: [{ name: 'x', type: 'uint8' }], outputs: [], stateMutability: 'nonpayable' }] as const
const scope = defineScope({
  calls: [
    { to: '0x00', abi: gameAbi, functionName: 'move', args: [lte(3n)] },
    { to: '0x00', function: 'mint(address to)', args: { to: self() }, value: { max: '1 gwei' } },
  ],
  limits: { gas: { total: 5n } },
})
const restored: Restored = await hallpass.restore({ scope })
if (restored.session) {
  const session: Session = restored.session
  const hash: `0x${string}` = await session.sendCalls({ calls: [{ to: '0x00', abi: gameAbi, functionName: 'move', args: [3] }] })
  const receipt: OperationReceipt = await session.sendCalls({ calls: [{ to: '0x00', data: hash }] }).wait({ revert: 'return' })
  const blockNumber: bigint = receipt.blockNumber
  void blockNumber
} else {
  const reason: 'none' | 'expired' | 'revoked' | 'scope-wider' | 'budget-low' | 'other-owner' | 'storage-lost' = restored.reason
  void reason
}
// @ts-expect-error a gas budget is needed
defineScope({ calls: [], limits: {} })
// @ts-expect-error a function is text or a name in an ABI, not both
defineScope({ calls: [{ to: '0x00', function: 'f()', abi: gameAbi, functionName: 'move' }], limits: { gas: { total: 1n } } })
// @ts-expect-error a bundler is needed
createHallpass({ app: 'game', chain: 1 })
// @ts-expect-error a number is no owner
void hallpass.request({ owner: 5, scope, expiresIn: '4h' })

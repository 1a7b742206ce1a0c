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

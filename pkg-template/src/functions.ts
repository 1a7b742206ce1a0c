import { type Exports, call } from './engine.js'
import { quantity, wireText } from './wire.js'
import type {
  CounterfactualAccount,
  Hex,
  KernelAccountOptions,
  UserOperationHashOptions,
} from './types.js'

/** The public functions over a module that `engine` starts. */
export function functions(engine: () => Promise<Exports>) {
  return {
    kernelAccount(options: KernelAccountOptions): Promise<CounterfactualAccount> {
      const { owner, version = '3.3', index = 0 } = options
      return call(engine(), (wasm) => JSON.parse(wasm.kernelAccount(version, owner, quantity(index, 'index'))))
    },
    userOperationHash(options: UserOperationHashOptions): Promise<Hex> {
      const { userOperation, entryPoint = '0.7', chainId } = options
      return call(engine(), (wasm) => {
        return wasm.userOperationHash(wireText(userOperation), entryPoint, BigInt(chainId)) as Hex
      })
    },
  }
}

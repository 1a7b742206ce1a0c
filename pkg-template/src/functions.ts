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
    async kernelAccount(options: KernelAccountOptions): Promise<CounterfactualAccount> {
      return call(engine(), (wasm) => {
        const { owner, version = '3.3', index = 0 } = options
        return JSON.parse(wasm.kernelAccount(version, owner, quantity(index, 'index')))
      })
    },
    async userOperationHash(options: UserOperationHashOptions): Promise<Hex> {
      return call(engine(), (wasm) => {
        const { userOperation, entryPoint = '0.7', chainId } = options
        return wasm.userOperationHash(wireText(userOperation), entryPoint, quantity(chainId, 'chainId')) as Hex
      })
    },
  }
}

import { type Exports, call } from './engine.js'
import { readInspection, readReview } from './scope/read.js'
import type { Finding, Inspection, ReviewScopeOptions, ScopeReview } from './scope/index.js'
import { inspectText, quantity, reviewText, wireText } from './wire.js'
import type { CounterfactualAccount, Hex, KernelAccountOptions, UserOperationHashOptions } from './types.js'

/** The public functions over a module that `engine` starts. */
export function functions(engine: () => Promise<Exports>) {
  const reviewScope = (options: ReviewScopeOptions): Promise<ScopeReview> =>
    call(engine(), (wasm) => readReview(JSON.parse(wasm.reviewScope(reviewText(options)))))
  return {
    reviewScope,
    async lintScope(options: ReviewScopeOptions): Promise<Finding[]> {
      return (await reviewScope(options)).findings
    },
    async inspect(input: string | object): Promise<Inspection> {
      return call(engine(), (wasm) => readInspection(JSON.parse(wasm.inspect(inspectText(input)))))
    },
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

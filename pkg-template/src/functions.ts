import { type Exports, call } from './engine.js'
import { readInspection, readReview } from './scope/read.js'
import type { Finding, Inspection, ReviewScopeOptions, ScopeReview } from './scope/index.js'
import { exactText, given, inspectText, wireText } from './boundary/given.js'
import { plainOptions } from './boundary/plain.js'
import type { CounterfactualAccount, Hex, KernelAccountOptions, UserOperationHashOptions } from './types.js'

/** The public functions over a module that `engine` starts. */
export function functions(engine: () => Promise<Exports>) {
  const reviewScope = (options: ReviewScopeOptions): Promise<ScopeReview> =>
    call(engine(), (wasm) => readReview(JSON.parse(wasm.reviewScope(given(options).text))))
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
        return JSON.parse(wasm.kernelAccount(given(options).text))
      })
    },
    async userOperationHash(options: UserOperationHashOptions): Promise<Hex> {
      return call(engine(), (wasm) => {
        const { userOperation, ...rest } = plainOptions(options, '', { live: ['userOperation'] })
        return wasm.userOperationHash(wireText(userOperation), exactText(rest)) as Hex
      })
    },
  }
}

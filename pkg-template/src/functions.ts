import { type Exports, call } from './engine.js'
import { readInspection, readReview } from './scope/read.js'
import type { Finding, Inspection, ReviewScopeOptions, ScopeReview } from './scope/index.js'
import { exactText, given, inspectText, wireText } from './boundary/given.js'
import { plainOptions } from './boundary/plain.js'
import type { CounterfactualAccount, Hex, KernelAccountOptions, UserOperationHashOptions } from './types.js'

/** The public functions over a module that `engine` starts. */
export function functions(engine: () => Promise<Exports>) {
  const reviewScope = async (options: ReviewScopeOptions): Promise<ScopeReview> => {
    const { text } = given(options)
    return call(engine(), (wasm) => readReview(JSON.parse(wasm.reviewScope(text))))
  }
  return {
    reviewScope,
    async lintScope(options: ReviewScopeOptions): Promise<Finding[]> {
      return (await reviewScope(options)).findings
    },
    async inspect(input: string | object): Promise<Inspection> {
      const text = inspectText(input)
      return call(engine(), (wasm) => readInspection(JSON.parse(wasm.inspect(text))))
    },
    async kernelAccount(options: KernelAccountOptions): Promise<CounterfactualAccount> {
      const { text } = given(options)
      return call(engine(), (wasm) => JSON.parse(wasm.kernelAccount(text)))
    },
    async userOperationHash(options: UserOperationHashOptions): Promise<Hex> {
      const { userOperation, ...rest } = plainOptions(options, '', { live: ['userOperation'] })
      const text = wireText(userOperation)
      return call(engine(), (wasm) => wasm.userOperationHash(text, exactText(rest)) as Hex)
    },
  }
}

// Whatever was thrown, in words: never a stack.
import { HallpassError } from 'hallpass'
import { RpcFault } from './rpc'

export interface Fault {
  readonly code: string
  readonly message: string
  readonly remedy: string
}

export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof RpcFault || thrown instanceof TypeError) {
    return { code: 'demo.chain', message: `The chain does not answer: ${thrown.message}`, remedy: 'See that the local chain runs, then reload.' }
  }
  const { code, shortMessage, remedy } = HallpassError.from(thrown)
  return { code, message: shortMessage, remedy }
}

/** The player, or the page on their behalf, gave up waiting. */
export const isAbort = (thrown: unknown): boolean => {
  const names = (fault: unknown) => fault instanceof Error && fault.name === 'AbortError'
  return names(thrown) || (thrown instanceof HallpassError && (names(thrown.cause) || thrown.code.endsWith('aborted')))
}

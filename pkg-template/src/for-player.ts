import type { ErrorCode } from './error-codes.js'

/** One plain sentence for the person at the screen, by the code or its first part; the first that fits. */
const SENTENCES: readonly (readonly [codes: RegExp, sentence: string])[] = [
  [/^wallet\.rejected/, 'You declined in your wallet, so nothing was changed.'],
  [/^wallet\.busy/, 'Your wallet is waiting for an answer: please open it.'],
  [/^wallet\.(unauthorized|no-account)/, 'Please unlock your wallet and connect it to this page.'],
  [/^wallet\.(wrong-account|account-changed|other-signer)/, 'Please choose the right account in your wallet and try again.'],
  [/^wallet\.(unknown-chain|chain-changed|wrong-chain)/, 'Please choose the right network in your wallet and try again.'],
  [/^wallet\.(disconnected|chain-disconnected)/, 'Your wallet has no connection at the moment.'],
  [/^(wallet\.(unsupported-method|own-account|contract-owner)|account|protocol)/, 'This wallet cannot be used here: please try another one.'],
  [/^wallet/, 'Your wallet did not answer as expected: please try again.'],
  [/^funds/, 'Your account needs more coins to pay the network fee.'],
  [/^session\.not-yet/, 'Your session has not begun yet.'],
  [/^session\.locked/, 'Your session is locked: please unlock it to go on.'],
  [/^session\.busy/, 'Too much is going on at once: please wait a moment.'],
  [/^(session|storage\.(damaged|other-key|lost|altered|newer)|grant\.record)/, 'Your session is over: please start a new one.'],
  [/^scope\.(spend|operations|gas|gas-share)$/, 'The limit that you set for this session is reached.'],
  [/^scope\.(rate|fee)/, 'That is not possible right now: please try again in a while.'],
  [/^scope\.(target|function|argument|value|paymaster|self-call)/, 'That is not among the things that you allowed for this session.'],
  [/^(chain|bundler|paymaster)\.(unreachable|rate-limited)/, 'The network does not answer at the moment: please try again soon.'],
  [/^bundler\.(simulation|estimate)|^paymaster\.refused/, 'The network refused this action.'],
  [/^execution/, 'The action was refused on chain and undone.'],
  [/^(wait|operation\.(unknown|not-included))/, 'The action was sent, and it is not certain yet whether it goes through.'],
  [/^(aborted|operation)/, 'The action was not carried out.'],
  [/^storage\.passkey/, 'The passkey was not confirmed.'],
  [/^storage/, 'Your browser does not let this page keep your session.'],
  [/^revoke/, 'Your session could not be ended on chain: please try again.'],
]

/** What the player is told of a failure: no hex, no names of this package. */
export function sentenceFor(code: ErrorCode, mayStillLand: boolean): string {
  const told = mayStillLand ? 'operation.unknown' : code
  return SENTENCES.find(([codes]) => codes.test(told))?.[1] ?? 'Something went wrong in this app: please try again later.'
}

// MetaMask's own checks of eth_signTypedData_v4, on typed data that a page asks the owner to sign.
//
// node metamask.mjs < cases.json
//
// Standard input is a list of { name, typedData, chainId, internalAccounts, accepted }: the typed data as an object, the number of
// the wallet's active chain, the wallet's own addresses (the first one signs), and whether MetaMask should take it. Where given,
// `because` is a part of the reason for a refusal, and `digest` is what the wallet must sign.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// The package's exports hide the file, a path does not. Its own dependencies are found from there.
const controller = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/@metamask/signature-controller')
const require = createRequire(join(controller, 'package.json'))
const { validateTypedSignatureRequest } = require(join(controller, 'dist/utils/validation.cjs'))
const { SignTypedDataVersion, TypedDataUtils } = require('@metamask/eth-sig-util')

/** Any origin but MetaMask's own pages is external. */
const ORIGIN = 'https://game.example'
const VERSION = SignTypedDataVersion.V4

/** MetaMask's reason to refuse, or nothing. */
function refusal({ typedData, chainId, internalAccounts }) {
  // Pages send text.
  const messageData = { from: internalAccounts[0], data: JSON.stringify(typedData), origin: ORIGIN }
  const currentChainId = `0x${Number(chainId).toString(16)}`
  const request = { origin: ORIGIN, method: 'eth_signTypedData_v4' }
  try {
    validateTypedSignatureRequest({ currentChainId, internalAccounts, messageData, request, version: VERSION })
  } catch (error) {
    return error.message
  }
}

/** What is wrong with a case, or nothing. */
function fault(test) {
  if (typeof test.accepted !== 'boolean' || !test.internalAccounts?.length) return 'the case lacks a member'
  const reason = refusal(test)
  if (test.accepted && reason) return `refused: ${reason}`
  if (!test.accepted && !reason) return 'accepted'
  if (test.because && !reason?.includes(test.because)) return `refused for another reason: ${reason}`
  if (!test.digest) return
  const digest = `0x${Buffer.from(TypedDataUtils.eip712Hash(test.typedData, VERSION)).toString('hex')}`
  if (digest !== test.digest.toLowerCase()) return `signs ${digest}`
}

const cases = JSON.parse(readFileSync(0, 'utf8'))
let failed = 0
for (const test of cases) {
  const found = fault(test)
  if (found) failed++
  console.log(found ? `FAILED ${test.name}: ${found}` : `ok ${test.name}`)
}
console.log(`${cases.length - failed} passed, ${failed} failed, 0 skipped`)
// No cases is no result.
process.exitCode = failed || !cases.length ? 1 : 0

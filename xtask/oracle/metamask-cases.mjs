// Cases for metamask.mjs from the Enable typed data of a vector.
//
// node metamask-cases.mjs [<vector>] | node metamask.mjs
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const vector = process.argv[2] ?? join(here, '../../tests/vectors/kernel-v3/033-call4-time-enable.json')
const { input, intermediate } = JSON.parse(readFileSync(vector, 'utf8'))
const { enableTypedData: typedData, enableDigest: digest } = intermediate
const { chainId } = typedData.domain
const internalAccounts = [input.ownerAddress]
const ownAccount = { ...typedData, domain: { ...typedData.domain, verifyingContract: input.ownerAddress } }

const cases = [
  { name: 'a grant of a counterfactual account', typedData, chainId, internalAccounts, accepted: true, digest },
  {
    name: 'a grant whose account is an own account of the wallet',
    typedData: ownAccount,
    chainId,
    internalAccounts,
    accepted: false,
    because: 'internal accounts as the verifying contract',
  },
  {
    name: 'a grant for another chain than the active one',
    typedData,
    chainId: chainId + 1,
    internalAccounts,
    accepted: false,
    because: 'must match the active chainId',
  },
]
console.log(JSON.stringify(cases, null, 1))

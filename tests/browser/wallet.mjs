// The owner behind the page's wallet: a fresh key per test, which counts what it is asked and decides what it answers.
import assert from 'node:assert/strict'
import { generatePrivateKey, privateKeyToAccount, rpc, stack, until, viem } from './environment.mjs'

export const SIGN = 'eth_signTypedData_v4'
export const CONNECT = 'eth_requestAccounts'
export const SWITCH = 'wallet_switchEthereumChain'
export const ADD = 'wallet_addEthereumChain'
export const TRANSACT = 'eth_sendTransaction'

export class OwnerWallet {
  #account = privateKeyToAccount(generatePrivateKey())
  #connected = false
  /** Chain that the wallet is on. */
  chainId = stack.chainId
  /** Everything that the owner was shown, in order: `{ method, params }`. */
  prompts = []
  /** Answers by method: `'approve'` (default), `'never'`, `'ignore'` (says yes and does nothing), or the code of a refusal. */
  decisions = {}

  get address() {
    return this.#account.address
  }

  /** From now on the wallet shows the page no accounts, until the owner connects it again. */
  disconnect() {
    this.#connected = false
  }

  /** How often the owner was shown this. */
  count(method) {
    return this.prompts.filter((prompt) => prompt.method === method).length
  }

  /** The typed data that the owner was shown, once there are as many as `number`. */
  async shown(number = 1) {
    const prompt = await until('a prompt to sign', () => this.prompts.filter(({ method }) => method === SIGN)[number - 1])
    const [address, text] = prompt.params
    assert.equal(address.toLowerCase(), this.address.toLowerCase(), 'asked to sign as somebody else')
    return JSON.parse(text)
  }

  /** What the owner would sign, without a prompt of this page. */
  sign(typedData) {
    return this.#account.signTypedData(typedData)
  }

  /** A plain transaction that the page knows nothing of. */
  async transact({ to, data, value = 0n }) {
    const client = viem.createWalletClient({ account: this.#account, transport: viem.http(stack.chain) })
    await rpc(stack.chain, 'anvil_setBalance', this.address, viem.toHex(10n ** 18n))
    const hash = await client.sendTransaction({ chain: null, to, data, value: BigInt(value) })
    const receipt = await until('a receipt', async () => (await rpc(stack.chain, 'eth_getTransactionReceipt', hash)) ?? undefined)
    assert.equal(receipt.status, '0x1', 'the owner’s transaction failed')
    return receipt
  }

  /** A request of the page (EIP-1193): the answer as JSON text. */
  async answer(text) {
    try {
      return JSON.stringify({ result: (await this.#request(JSON.parse(text))) ?? null })
    } catch (fault) {
      return JSON.stringify({ error: { code: fault.code ?? -32603, message: fault.message } })
    }
  }

  async #request({ method, params }) {
    const accounts = this.#connected ? [this.address] : []
    if (method === 'eth_chainId') return viem.toHex(this.chainId)
    if (method === 'eth_accounts' || (method === CONNECT && this.#connected)) return accounts
    this.prompts.push({ method, params })
    const decision = this.decisions[method] ?? 'approve'
    if (decision === 'never') return new Promise(() => {})
    if (decision === 'ignore') return null
    if (decision !== 'approve') throw Object.assign(new Error('the test wallet says no'), { code: decision })
    return this.#approve(method, params)
  }

  async #approve(method, params) {
    switch (method) {
      case CONNECT:
        this.#connected = true
        return [this.address]
      case SIGN:
        return this.sign(JSON.parse(params[1]))
      case SWITCH:
      case ADD:
        this.chainId = Number(params[0].chainId)
        return null
      case TRANSACT:
        return (await this.transact(params[0])).transactionHash
      default:
        throw Object.assign(new Error(`the test wallet has no ${method}`), { code: 4200 })
    }
  }
}

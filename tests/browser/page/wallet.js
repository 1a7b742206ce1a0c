// An injected wallet (EIP-1193, announced by EIP-6963). Whoever runs the test decides what it answers: every request goes there.

const listeners = new Map()
const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event)

/** The wallet says something of its own accord; a test does. */
window.wallet = { say: (event, detail) => of(event).forEach((listener) => listener(detail)) }

const provider = {
  async request({ method, params = [] }) {
    const { error, result } = JSON.parse(await window.askWallet(JSON.stringify({ method, params })))
    if (error) throw Object.assign(new Error(error.message), { code: error.code })
    if (method === 'wallet_switchEthereumChain') of('chainChanged').forEach((listener) => listener(params[0].chainId))
    return result
  },
  on: (event, listener) => void of(event).add(listener),
  removeListener: (event, listener) => void of(event).delete(listener),
}

const info = { uuid: crypto.randomUUID(), name: 'Test wallet', icon: 'data:image/svg+xml,<svg/>', rdns: 'test.wallet' }
const announce = () =>
  window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }))
window.addEventListener('eip6963:requestProvider', announce)
announce()

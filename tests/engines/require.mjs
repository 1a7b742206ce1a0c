// In a page there is no `require`: what is asked for by it comes with the bundle.
import * as viem from 'viem'
import * as accounts from 'viem/accounts'
import * as abstraction from 'viem/account-abstraction'

const modules = { viem, 'viem/accounts': accounts, 'viem/account-abstraction': abstraction }

export const createRequire = () => (name) => modules[name]
export const fileURLToPath = (url) => String(url)

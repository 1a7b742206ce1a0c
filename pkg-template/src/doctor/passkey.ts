import { type Probe, notHere, place, scope, type Verdict } from './probe.js'

interface Capabilities {
  getClientCapabilities?(): Promise<Readonly<Record<string, boolean | undefined>>>
}

/** An address instead of a name: WebAuthn makes no passkeys for one. */
const IS_ADDRESS = /^[\d.]+$|^\[/

/** Whether passkeys derive keys here (WebAuthn, PRF extension), by what the browser says. Never opens a prompt. */
export function passkeyPrf(): Probe {
  const so = 'the tier passkey is not to be had'
  return {
    id: 'passkey-prf',
    async look() {
      if (place() !== 'window') return notHere('WebAuthn', so)
      const passkeys = scope.PublicKeyCredential as Capabilities | undefined
      if (passkeys === undefined) {
        const isSecure = scope.isSecureContext !== false
        const remedy = isSecure ? 'Use a browser with WebAuthn, or another tier.' : 'Serve the page over https, or open it at http://localhost.'
        return { state: 'warning', sentence: `There are no passkeys (WebAuthn) here, so ${so}.`, remedy }
      }
      if (IS_ADDRESS.test(location.hostname)) {
        return {
          state: 'warning',
          sentence: `Passkeys belong to a name, and this page is at the bare address ${location.hostname}, so ${so}.`,
          remedy: 'Open the page by its name; on this machine that is http://localhost.',
        }
      }
      const can = await passkeys.getClientCapabilities?.()
      const prf = can?.['extension:prf']
      if (prf === undefined) return UNKNOWN
      if (prf) return { state: 'ok', sentence: 'The browser says that its passkeys derive keys (PRF). An authenticator may still not.' }
      return {
        state: 'warning',
        sentence: `The passkeys of this browser derive no keys (PRF), so ${so}.`,
        remedy: 'Use another browser, or another tier.',
      }
    },
    failed: () => UNKNOWN,
  }
}

const UNKNOWN: Verdict = {
  state: 'unknown',
  sentence: 'The browser does not say whether its passkeys derive keys (PRF): that shows when one is made.',
}

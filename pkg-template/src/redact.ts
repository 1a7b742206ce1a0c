// Everything that leaves in an error goes through here: texts that wallets, nodes and libraries wrote may repeat what they were sent.

/** Hex of more than one word of the chain: calldata, signatures, keys with something around them. */
const LONG_HEX = /(?:0x)?[0-9a-f]{65,}/gi
/** The rest of an address behind its host, and who is named before it. */
const ADDRESS = /\b([a-z][a-z0-9+.-]{1,15}:\/\/)(?:[^\s/?#"'<>@]*@)?([^\s/?#"'<>\\)\]},]*)[^\s"'<>)\]},]*/gi
/** What looks like a key: long, of letters and digits, and no hex that a chain knows by its length. */
const TOKEN = /(?<![\w-])(?!0x(?:[0-9a-f]{1,40}|[0-9a-f]{64})(?![\w-]))(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{20,}/gi
const HIDDEN = '…'

/** Parts of the addresses of an app's endpoints that nobody is to see, in whatever case. */
const secrets = new Set<string>()
/** More than one page has; the oldest are forgotten. */
const MOST_SECRETS = 1_000
let secret: RegExp | undefined
/** A longer part is known by its beginning: engines take no pattern of any length. */
const LONGEST_PART = 64
const REST = '[^\\s"\'<>]*'

/** From now on what stands in the address of an endpoint beside scheme and host is hidden. Clients of libraries tell theirs. */
export function hideEndpoint(endpoint: unknown): void {
  try {
    const { transport } = endpoint as { transport?: { url?: unknown; transports?: readonly { value?: { url?: unknown } }[] } }
    hideAddress(transport?.url)
    transport?.transports?.forEach(({ value }) => hideAddress(value?.url))
  } catch {
    // A client that tells nothing of itself.
  }
  hideAddress(endpoint)
}

/** Words that addresses and texts of this package share. */
const WORDS = /^(undefined|bundler|paymaster|account|wallet|session|mainnet|sepolia|jsonrpc)$/i

function hideAddress(address: unknown): void {
  if (typeof address !== 'string') return
  const behind = address.replace(/^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#@]*)@)?[^/?#]*/i, '/$1/')
  // A short part, such as `rpc` or `v2`, is a word and no secret.
  for (const part of [behind, decoded(behind)].flatMap((text) => text.split(/[/?#&=:@]+/))) if (part.length >= 6 && !WORDS.test(part)) secrets.add(part.slice(0, LONGEST_PART))
  for (const oldest of secrets) if (secrets.size > MOST_SECRETS) secrets.delete(oldest)
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length)
  if (longestFirst.length > 0) secret = new RegExp(longestFirst.map((part) => part.replace(/\W/g, '\\$&') + (part.length < LONGEST_PART ? '' : REST)).join('|'), 'gi')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A text without what may be secret in it. */
export function redacted(text: string): string {
  const told = text.replace(ADDRESS, '$1$2').replace(LONG_HEX, HIDDEN).replace(TOKEN, HIDDEN)
  return secret ? told.replace(secret, HIDDEN) : told
}

/** How deep causes are told, and how long each. */
const DEEPEST = 3
const LONGEST = 2_000

/** The beginning of a text without what may be secret in it. A word that is cut could be the beginning of a secret. */
function shortened(text: string): string {
  const whole = text.length < 10 * LONGEST ? text : text.slice(0, 10 * LONGEST).replace(/\S*$/, '')
  return redacted(whole).slice(0, LONGEST)
}

/** What was thrown, as a plain object with nothing in it but name, code, message and cause. */
export function redactedCause(thrown: unknown, depth = 0): unknown {
  if (typeof thrown === 'string') return shortened(thrown)
  if (typeof thrown !== 'object' || thrown === null) return typeof thrown === 'function' ? undefined : thrown
  const read = (name: string): unknown => {
    try {
      return (thrown as { [name: string]: unknown })[name]
    } catch {
      return undefined
    }
  }
  const text = (name: string) => {
    const value = read(name)
    return typeof value === 'string' ? { [name]: shortened(value) } : {}
  }
  const code = read('code')
  const cause = depth < DEEPEST ? redactedCause(read('cause'), depth + 1) : undefined
  return { ...text('name'), ...text('message'), ...(typeof code === 'number' ? { code } : text('code')), ...(cause !== undefined && { cause }) }
}

// Points of secp256k1, slow and not constant in time: good for telling whose key a thief holds, and for nothing else.

const P = 2n ** 256n - 2n ** 32n - 977n
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const G: Point = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
]

type Point = [x: bigint, y: bigint]

const mod = (value: bigint): bigint => ((value % P) + P) % P

function inverse(value: bigint): bigint {
  let [a, b, x, y] = [mod(value), P, 1n, 0n]
  while (a > 1n) {
    const quotient = b / a
    ;[a, b] = [b - quotient * a, a]
    ;[x, y] = [y - quotient * x, x]
  }
  return mod(x)
}

function sum(a: Point | null, b: Point | null): Point | null {
  if (a === null || b === null) return a ?? b
  if (a[0] === b[0] && a[1] !== b[1]) return null
  const slope = a[0] === b[0] ? 3n * a[0] * a[0] * inverse(2n * a[1]) : (b[1] - a[1]) * inverse(b[0] - a[0])
  const x = mod(slope * slope - a[0] - b[0])
  return [x, mod(slope * (a[0] - x) - a[1])]
}

/** A multiple of the generator; null for a number that is no private key. */
export function multiplied(scalar: bigint): Point | null {
  if (scalar <= 0n || scalar >= N) return null
  let [result, power]: (Point | null)[] = [null, G]
  for (let left = scalar; left > 0n; left >>= 1n) {
    if (left & 1n) result = sum(result ?? null, power ?? null)
    power = sum(power ?? null, power ?? null)
  }
  return result ?? null
}

// Writes the small sets of golden data with other implementations than ours (ethers, noble-curves), chosen for their edge cases.
// Run where both are installed: node generate.mjs <output folder>
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { AbiCoder, ParamType, TypedDataEncoder, getCreate2Address, keccak256, sha256, toBeHex } from 'ethers'

const out = process.argv[2] ?? '.'
const write = (set, rows) => {
  mkdirSync(join(out, set), { recursive: true })
  writeFileSync(join(out, set, 'small.json'), JSON.stringify(rows, null, 1) + '\n')
}

const MAX = 2n ** 256n - 1n
const address = '0x00000000000000000000000000000000DeaDBeef'
const word = '0x' + 'ab'.repeat(32)

// abi: a value and its verbose form, as tests/suite/abi.rs reads it
const values = [
  ['uint8', 255n], ['uint256', MAX], ['int8', -128n], ['int256', -(2n ** 255n)], ['bool', true], ['address', address],
  ['bytes1', '0xff'], ['bytes32', word], ['bytes', '0x'], ['bytes', '0x' + '11'.repeat(32)], ['bytes', '0x' + '22'.repeat(33)],
  ['string', ''], ['string', 'é🚀'], ['uint8[]', []], ['uint8[3]', [1n, 2n, 3n]], ['bytes[]', ['0x', '0x01']],
  ['string[2]', ['a', 'b'.repeat(40)]], ['uint16[2][]', [[1n, 2n], [3n, 4n]]], ['bytes4[][2]', [['0x01020304'], []]],
  ['(address,uint256)', [address, 1n]], ['(bytes,(string,int64[]))[]', [['0x01', ['x', [-1n, 0n]]], ['0x', ['', []]]]],
  ['((bool,(uint8,bytes3)),string[][])', [[false, [7n, '0x010203']], [[], ['y']]]],
]
const verbose = (type, value) => {
  if (type.baseType === 'array') return { type: 'array', value: value.map((item) => verbose(type.arrayChildren, item)) }
  if (type.baseType === 'tuple') return { type: 'object', value: type.components.map((member, i) => verbose(member, value[i])) }
  return { type: type.type, value: typeof value === 'bigint' ? value.toString() : value }
}
write('abi', values.map(([type, value], index) => {
  const parsed = ParamType.from(type.replaceAll(/(^|[(,])\(/g, '$1tuple(').replaceAll('((', '(tuple('))
  const encoded = AbiCoder.defaultAbiCoder().encode([parsed], [value])
  return { name: `small-${index} ${type}`, type, verbose: verbose(parsed, value), encoded }
}))

// eip712
const full = { name: 'App', version: '1', chainId: 1, verifyingContract: address, salt: word }
const typed = [
  [{}, 'A', { A: [{ name: 'x', type: 'bool' }] }, { x: true }],
  [full, 'Mail', { Mail: [{ name: 'from', type: 'Person' }, { name: 'to', type: 'Person[]' }, { name: 'body', type: 'string' }],
    Person: [{ name: 'name', type: 'string' }, { name: 'wallets', type: 'address[2]' }] },
  { from: { name: 'a', wallets: [address, address] }, to: [{ name: 'b', wallets: [address, address] }], body: 'é' }],
  [{ name: 'n' }, 'N', { N: [{ name: 'big', type: 'uint256' }, { name: 'low', type: 'int8' }, { name: 'raw', type: 'bytes' },
    { name: 'four', type: 'bytes4' }, { name: 'deep', type: 'uint8[][2]' }] },
  { big: MAX.toString(), low: '-128', raw: '0x0102', four: '0x01020304', deep: [['1', '2'], []] }],
  [{ chainId: 0 }, 'E', { E: [{ name: 'none', type: 'string[]' }, { name: 'empty', type: 'bytes' }] }, { none: [], empty: '0x' }],
]
write('eip712', typed.map(([domain, primaryType, types, data], index) => ({
  name: `small-${index}`, domain, primaryType, types, data,
  encoded: TypedDataEncoder.from(types).encodeData(primaryType, data),
  digest: TypedDataEncoder.hash(domain, types, data),
})))

// keccak: around the block sizes of both hashes
write('keccak', [0, 1, 55, 56, 63, 64, 65, 135, 136, 137, 271, 272, 273, 500].map((length) => {
  const data = '0x' + Array.from({ length }, (_, i) => ((i * 7 + 1) & 255).toString(16).padStart(2, '0')).join('')
  return { data, keccak256: keccak256(data), sha256: sha256(data) }
}))

// create2
write('create2', [['0x', 0n], ['0x00', 1n], ['0x' + 'fe'.repeat(200), MAX]].map(([initCode, salt], index) => {
  const row = { name: `small-${index}`, sender: address, salt: toBeHex(salt, 32), initCode, initCodeHash: keccak256(initCode) }
  return { ...row, address: getCreate2Address(row.sender, row.salt, row.initCodeHash) }
}))

// ecdsa: keys and digests at the ends of their ranges
const order = secp256k1.Point.Fn.ORDER
const hex = (number) => number.toString(16).padStart(64, '0')
const keys = [1n, 2n, 0xdeadbeefn, order / 2n, order - 1n]
const digests = [0n, 1n, order - 1n, order, order + 1n, MAX, BigInt(keccak256('0x'))]
write('ecdsa-rfc6979-secp256k1', keys.flatMap((key) => digests.map((digest) => {
  const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16))
  const signature = secp256k1.sign(bytes(hex(digest)), bytes(hex(key)), { prehash: false, lowS: true })
  return { d: hex(key), m: hex(digest), sig: Buffer.from(signature).toString('hex') }
})))

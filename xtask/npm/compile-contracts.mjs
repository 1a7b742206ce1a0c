// Compiles Solidity: node compile-contracts.mjs <root> <output folder> <folder below the root>... One file of runtime code in hex for
// each contract. Files of one folder may import those of another.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import solc from 'solc'

const [root, output, ...folders] = process.argv.slice(2)
const inFolder = (folder) => readdirSync(join(root, folder)).map((file) => `${folder}/${file}`)
const files = folders.flatMap(inFolder).filter((file) => file.endsWith('.sol'))
const sources = Object.fromEntries(files.map((file) => [file, { content: readFileSync(join(root, file), 'utf8') }]))
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
}
const input = { language: 'Solidity', sources, settings }
const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(input)))
for (const { formattedMessage } of errors) console.error(formattedMessage)
if (errors.length > 0) process.exit(1)

mkdirSync(output, { recursive: true })
for (const compiled of Object.values(contracts)) {
  for (const [name, { evm }] of Object.entries(compiled)) {
    const code = evm.deployedBytecode.object
    if (code !== '') writeFileSync(join(output, `${name}.hex`), `0x${code}\n`)
  }
}

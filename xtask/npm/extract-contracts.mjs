// Takes creation code out of unpacked npm packages: node extract-contracts.mjs <folder of packages> <output folder>.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [packages, output] = process.argv.slice(2)
mkdirSync(output, { recursive: true })
const write = (name, code) => writeFileSync(join(output, `${name}.creation.hex`), `0x${code.replace(/^0x/, '')}\n`)

const artifact = (file) => JSON.parse(readFileSync(join(packages, file), 'utf8')).bytecode
for (const version of ['0.6', '0.7', '0.8']) {
  write(`EntryPointV${version.replace('.', '')}`, artifact(`entry-point-${version}/package/artifacts/EntryPoint.json`))
}

const kernel = readFileSync(join(packages, 'modulekit/package/src/deployment/precompiles/KernelPrecompiles.sol'), 'utf8')
for (const [name, constant] of [['Kernel', 'KERNEL_BYTECODE'], ['KernelFactory', 'KERNEL_FACTORY_BYTECODE']]) {
  const code = kernel.match(new RegExp(`constant ${constant} =\\s*hex"([0-9a-f]+)"`))?.[1]
  if (!code) throw new Error(`${constant} is not where it was in this package`)
  write(name, code)
}

// Boots the local chain: anvil with EntryPoints 0.6, 0.7, 0.8, Kernel 3.1 and its modules at their public addresses, the alto bundler
// and a mock paymaster. Prints one line of JSON with the URLs when everything answers, and runs until its standard input ends (so it
// never outlives who started it) or it gets SIGINT, SIGTERM or SIGHUP. Everything listens on 127.0.0.1 only.
//
// node boot.mjs <folder of contracts> <folder for logs> [<RPC URL of a public chain to fork>]
//
// On a fork the public chain's own EntryPoints, Kernel and modules are used, and only the game's contracts are placed.
// HALLPASS_CONTRACTS may name a folder of `0xaddress.hex` runtime files: they replace the code at those addresses, or add it.
// HALLPASS_BLOCK_TIME may say after how many seconds a block comes; if not given, blocks come on demand.
import { spawn } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { startControl } from './control.mjs'

const [contracts, logs, forkUrl] = process.argv.slice(2)
const here = dirname(fileURLToPath(import.meta.url))
const HOST = '127.0.0.1'
const CHAIN_ID = 31337
/** Seconds from block to block, or 0: on demand. */
const BLOCK_TIME = Number(process.env.HALLPASS_BLOCK_TIME ?? 0)
/** anvil's second and third development keys. */
const EXECUTOR = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
const UTILITY = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a'
const SENDER = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'

const DEPLOYER = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
const ENTRY_POINTS = [
  ['EntryPointV06', '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789', '0x' + '00'.repeat(32)],
  ['EntryPointV07', '0x0000000071727De22E5E9d8BAf0edAc6f37da032', '0x90d8084deab30c2a37c45e8d47f49f2f7965183cb6990a98943ef94940681de3'],
  ['EntryPointV08', '0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108', '0x0a59dbff790c23c976a548690c27297883cc66b4c67024f9117b0238995e35e9'],
]
const KERNEL = '0xBAC849bB641841b44E965fB01A4Bf5F074f84b4D'
const KERNEL_FACTORY = '0xaac5D4240AF87249B3f71BC8E4A2cae074A3E419'
/** Our contracts: modules at the public addresses of those they stand for, and the game. */
const OURS = JSON.parse(readFileSync(join(here, '../../tests/contracts/addresses.json'), 'utf8'))
const GAME = ['Board', 'Gold', 'Shop', 'Feed']
/** How long a program may take to answer: on a fork each first look at a contract goes through the network. */
const PATIENCE = forkUrl ? 120_000 : 30_000
/** How long a program may take to end by itself, before it is made to. */
const GRACE = 300

const children = []
mkdirSync(logs, { recursive: true })
const pidFile = join(logs, `pids-${process.pid}.json`)

/**
 * Ends what an earlier run that was killed left behind. A pid counts only if it still is the program it was, and no longer belongs to
 * the run that started it: that may be the demo in another terminal.
 */
function endLeftovers() {
  for (const file of readdirSync(logs).filter((file) => /^pids-\d+\.json$/.test(file))) {
    const owner = file.match(/\d+/)[0]
    let owned = false
    for (const { pid, mark } of JSON.parse(readFileSync(join(logs, file), 'utf8'))) {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark)) continue
        if (readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\s+(\d+)/m)[1] === owner) owned = true
        else process.kill(pid, 'SIGTERM')
      } catch {
        // gone already
      }
    }
    if (!owned) rmSync(join(logs, file), { force: true })
  }
}

function start(name, program, args, log = createWriteStream(join(logs, `${name}.log`))) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  // A program that is started again goes on with its log.
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise((resolve) => child.on('exit', resolve))
  const entry = { child, ended, pid: child.pid, mark: args.at(-1), again: () => start(name, program, args, log) }
  const isMissed = () => !stopping && children.includes(entry)
  child.on('exit', (code) => isMissed() && fail(`${name} ended with code ${code}; see ${join(logs, `${name}.log`)}`))
  children.push(entry)
  writeFileSync(pidFile, JSON.stringify(children.map(({ pid, mark }) => ({ pid, mark }))))
  return entry
}

/** Kills a child, as a crash would, and keeps the others running. */
async function kill(entry) {
  if (!children.includes(entry)) return
  children.splice(children.indexOf(entry), 1)
  const ended = new Promise((resolve) => entry.child.on('exit', resolve))
  entry.child.kill('SIGKILL')
  await ended
}

let stopping = false
async function stop(code) {
  if (stopping) return
  stopping = true
  for (const { child } of children) child.kill('SIGTERM')
  const made = setTimeout(() => children.forEach(({ child }) => child.kill('SIGKILL')), GRACE)
  await Promise.all(children.map(({ ended }) => ended))
  clearTimeout(made)
  rmSync(pidFile, { force: true })
  process.exit(code)
}
function fail(message) {
  console.error(message)
  stop(1)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(0))
process.on('exit', () => children.forEach(({ child }) => child.kill('SIGKILL')))
process.on('uncaughtException', (fault) => fail(fault.stack))
process.stdin.on('end', () => stop(0)).resume()

/** A free port: the one people know for this, if it is free and asked for. */
const freePort = (usual) =>
  new Promise((resolve, reject) => {
    const wanted = process.env.HALLPASS_USUAL_PORTS ? usual : 0
    const server = createServer()
      .on('error', (fault) => (wanted === 0 || fault.code !== 'EADDRINUSE' ? reject(fault) : server.listen(0, HOST)))
      .on('listening', () => {
        const { port } = server.address()
        server.close(() => resolve(port))
      })
    server.listen(wanted, HOST)
  })

async function rpc(url, method, ...params) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = await response.json()
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}

/** Asks until there is an answer. */
async function answers(url, method) {
  const end = Date.now() + PATIENCE
  for (;;) {
    try {
      return await rpc(url, method)
    } catch (fault) {
      if (Date.now() > end) throw new Error(`${url} does not answer ${method}: ${fault.message}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}

/** Sends a transaction and waits until it is mined, which may be a moment after the answer. */
async function transact(chain, transaction) {
  const hash = await rpc(chain, 'eth_sendTransaction', transaction)
  for (let tries = 0; tries < 400; tries += 1) {
    const receipt = await rpc(chain, 'eth_getTransactionReceipt', hash)
    if (receipt?.status === '0x1') return
    if (receipt) throw new Error(`a transaction to ${transaction.to} failed`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`a transaction to ${transaction.to} was not mined`)
}

const code = (name) => readFileSync(join(contracts, `${name}.hex`), 'utf8').trim()
const word = (address) => address.slice(2).toLowerCase().padStart(64, '0')
const place = (chain, address, runtime) => rpc(chain, 'anvil_setCode', address, runtime)

async function deploy(chain) {
  for (const [name, address, salt] of ENTRY_POINTS) {
    const data = salt + code(`${name}.creation`).slice(2)
    await transact(chain, { from: SENDER, to: DEPLOYER, data, gas: '0xe4e1c0' })
    if (!(await hasCode(chain, address))) throw new Error(`${name} is not at ${address}`)
  }
  // Creation code in a call answers the runtime code with its immutables.
  const created = (name, argument) => rpc(chain, 'eth_call', { data: code(`${name}.creation`) + word(argument), gas: '0xffffff' }, 'latest')
  await place(chain, KERNEL, await created('Kernel', ENTRY_POINTS[1][1]))
  await place(chain, KERNEL_FACTORY, await created('KernelFactory', KERNEL))
  for (const [name, address] of Object.entries(OURS)) await place(chain, address, code(name))
  await placeReplacements(chain)

  // The meta factory has no owner without its constructor: nobody's address approves.
  const nobody = '0x' + '00'.repeat(20)
  await rpc(chain, 'anvil_impersonateAccount', nobody)
  await rpc(chain, 'anvil_setBalance', nobody, '0xde0b6b3a7640000')
  await transact(chain, { from: nobody, to: OURS.MetaFactory, data: approveFactory(), gas: '0x186a0' })
  await rpc(chain, 'anvil_stopImpersonatingAccount', nobody)
}

/** `approveFactory(address,bool)` for Kernel's factory. */
const approveFactory = () => '0x6e7dbabb' + word(KERNEL_FACTORY) + '1'.padStart(64, '0')

async function adopt(chain) {
  for (const [name, address] of ENTRY_POINTS) {
    // The bundler would wait for it without a word.
    if (!(await hasCode(chain, address))) throw new Error(`the forked chain has no ${name} at ${address}`)
  }
  // Everybody knows the keys of the development accounts, so on public chains code was delegated to them (EIP-7702). EntryPoint 0.8
  // takes no bundle from an account with code, and such code may send on what the account is paid.
  for (const account of await rpc(chain, 'eth_accounts')) await place(chain, account, '0x')
  for (const name of GAME) await place(chain, OURS[name], code(name))
  await placeReplacements(chain)
}

/** The files of HALLPASS_CONTRACTS, with the meaning that `tests/chain/modules.rs` gives them. */
async function placeReplacements(chain) {
  const folder = process.env.HALLPASS_CONTRACTS
  if (!folder) return
  for (const file of readdirSync(folder).filter((file) => /^0x[0-9a-f]{40}\.hex$/i.test(file))) {
    const runtime = readFileSync(join(folder, file), 'utf8').trim()
    await place(chain, file.slice(0, 42).toLowerCase(), '0x' + runtime.replace(/^0x/, ''))
  }
}

const hasCode = async (chain, address) => (await rpc(chain, 'eth_getCode', address, 'latest')) !== '0x'

/** Address of the contract that pays for operations of EntryPoint 0.7; the paymaster tells it with its stub. */
async function paymasterAddress(paymaster) {
  const operation = {
    sender: SENDER, nonce: '0x0', callData: '0x', callGasLimit: '0x0', verificationGasLimit: '0x0', preVerificationGas: '0x0',
    maxFeePerGas: '0x0', maxPriorityFeePerGas: '0x0', signature: '0x',
  }
  const stub = await rpc(paymaster, 'pm_getPaymasterStubData', operation, ENTRY_POINTS[1][1], '0x' + CHAIN_ID.toString(16), null)
  return stub.paymaster
}

async function boot() {
  endLeftovers()
  const started = Date.now()
  const [chainPort, bundlerPort, paymasterPort] = [await freePort(8545), await freePort(4337), await freePort(3000)]
  const [chain, bundler, paymaster] = [chainPort, bundlerPort, paymasterPort].map((port) => `http://${HOST}:${port}`)

  const anvil = join(here, 'node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil')
  if (!existsSync(anvil)) throw new Error('anvil is not installed: the local chain runs on Linux, x86-64, where npm has its program')
  // Nothing of a fork is kept: the folder for it is in the user's home, and another local chain may have the same id and block.
  const fork = forkUrl ? ['--fork-url', forkUrl, '--no-storage-caching'] : []
  // Mines on demand, and every second: on an idle chain the bundler may miss that its last bundle was mined, and send nothing more.
  const mining = ['--mixed-mining', '--block-time', '1']
  const flags = ['--host', HOST, '--chain-id', `${CHAIN_ID}`, '--disable-code-size-limit', '--silent', ...mining, ...fork]
  start('anvil', anvil, [...flags, '--port', `${chainPort}`])
  await answers(chain, 'eth_chainId')
  await (forkUrl ? adopt(chain) : deploy(chain))

  const alto = join(here, 'node_modules/@pimlico/alto/esm/cli/alto.js')
  let running = start('alto', process.execPath, [
    '--import', pathToFileURL(join(here, 'loopback.mjs')).href, alto, 'run', '--rpc-url', chain, '--entrypoints', ENTRY_POINTS.map(([, address]) => address).join(','),
    '--executor-private-keys', EXECUTOR, '--utility-private-key', UTILITY, '--safe-mode', 'false', '--enable-cors', 'true',
    '--min-bundle-interval', '10', '--max-bundle-interval', '100', '--block-number-cache-ttl', '0',
    '--block-time', `${BLOCK_TIME * 1000 || 100}`, '--mempool-max-queued-ops', '50', '--log-level', 'info', '--port', `${bundlerPort}`,
  ])
  await answers(bundler, 'eth_supportedEntryPoints')

  Promise.withResolvers ??= () => {
    let resolvers
    const promise = new Promise((resolve, reject) => (resolvers = { resolve, reject }))
    return { promise, ...resolvers }
  }
  const { paymaster: mock } = await import('@pimlico/mock-paymaster')
  await mock({ anvilRpc: chain, altoRpc: bundler, port: paymasterPort, host: HOST }).start()
  const control = await startControl(HOST, {
    'kill-bundler': () => kill(running),
    'start-bundler': async () => {
      await kill(running)
      running = running.again()
      await answers(bundler, 'eth_supportedEntryPoints')
    },
  })
  // Only now: until here every step would have waited for a block.
  if (BLOCK_TIME > 0) await rpc(chain, 'evm_setIntervalMining', BLOCK_TIME)
  const info = {
    chain, bundler, paymaster, control, blockTime: BLOCK_TIME, chainId: CHAIN_ID, board: OURS.Board,
    contracts: Object.fromEntries(GAME.map((name) => [name.toLowerCase(), OURS[name]])),
    paymasterAddress: await paymasterAddress(paymaster),
    milliseconds: Date.now() - started,
  }
  console.log(JSON.stringify(info))
}

boot().catch((fault) => fail(fault.stack))

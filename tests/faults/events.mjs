// What can happen to a chain, a bundler or a node as a whole, by the words that the list uses. Each is begun when its part of the life
// begins, and answers what it takes to end it: a function, or a promise that is awaited before the fault counts as over.
import { GWEI, sleep } from './tools.mjs'

/** Hands the next operation that the bundler takes to `then`. */
const onceTaken = ({ bundler }, then) => {
  const tell = (hash, op) => {
    bundler.taken.splice(bundler.taken.indexOf(tell), 1)
    then(hash, op)
  }
  bundler.taken.push(tell)
  return () => void (bundler.taken.includes(tell) && bundler.taken.splice(bundler.taken.indexOf(tell), 1))
}

/** Calls `then` once an operation is on chain; looks for two seconds. */
async function onceIncluded(chain, hash, then) {
  for (let turn = 0; turn < 200; turn += 1) {
    if (chain.find(hash)) return then(chain.find(hash))
    await sleep(10)
  }
}

/** Sets a field for as long as this part of the life lasts. */
const during = (pick, values) => (world) => {
  const target = pick(world)
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, target[name]]))
  Object.assign(target, values)
  return () => Object.assign(target, before)
}
/** The same for some time, whatever happens meanwhile. */
const lasting = (milliseconds, pick, values) => (world) => {
  const end = during(pick, values)(world)
  return sleep(milliseconds).then(end)
}

const restart = (name, milliseconds) => (world) => world.endpoints[name].restart(milliseconds)
const bundler = (world) => world.bundler
const node = (world) => world.node
const chain = (world) => world.chain

export const events = {
  // ---- the bundler as a whole ----
  'bundler is down for 5 s': restart('bundler', 5000),
  'bundler is down for 2 s': restart('bundler', 2000),
  'bundler restarts once it has taken it': (world) => onceTaken(world, () => world.pending.push(sleep(20).then(() => world.endpoints.bundler.restart(1500)))),
  'bundler restarts once it has taken it, and has lost it': (world) =>
    onceTaken(world, (hash) => {
      world.chain.pool.delete(hash)
      world.pending.push(sleep(20).then(() => world.endpoints.bundler.restart(1000)))
    }),
  'bundler takes it and forgets it': (world) => onceTaken(world, (hash) => world.chain.pool.delete(hash)),
  'bundler takes it and forgets it half a second later': (world) =>
    onceTaken(world, (hash) => {
      world.chain.pool.get(hash).due += 60_000
      world.pending.push(sleep(500).then(() => world.chain.pool.delete(hash)))
    }),
  'index of the bundler is 2 s behind': during(bundler, { lag: 2000 }),
  'index of the bundler never has it': during(bundler, { lag: Infinity }),
  'bundler wants ten times its own price': lasting(1500, bundler, { leastFee: 10n * GWEI }),

  // ---- fees ----
  'base fee jumps once the bundler has it, and sinks after 2 s': (world) =>
    onceTaken(world, () => {
      world.chain.baseFee = 20n * GWEI
      world.pending.push(sleep(2000).then(() => (world.chain.baseFee = 7n)))
    }),
  'price is ten times as high from now on': (world) => {
    world.bundler.price = 10n * GWEI
    world.bundler.leastFee = 10n * GWEI
  },

  // ---- the node as a whole ----
  'node is down': restart('node', 2500),
  'node is 1.5 s behind': during(node, { lag: 1500 }),
  'node stands on another chain': during(node, { elsewhere: true }),
  'node and index are 1 s behind': (world) => {
    const ends = [during(node, { lag: 1000 })(world), during(bundler, { lag: 1000 })(world)]
    return () => ends.forEach((end) => end())
  },

  // ---- the chain ----
  'clock of the chain goes 2 hours fast': during(chain, { shift: 7200 }),
  'clock of the chain goes 6 hours slow': during(chain, { shift: -21_600 }),
  'clock of the chain jumps beyond the end of the grant': during(chain, { shift: 172_800 }),
  'block with it goes, and it comes back': (world) =>
    onceTaken(world, (hash) =>
      world.pending.push(onceIncluded(world.chain, hash, async () => {
        await sleep(50)
        world.chain.reorganise(hash, 400)
        await onceIncluded(world.chain, hash, () => {})
      }))),
  'block with it goes once it was told, and it comes back': (world) =>
    onceTaken(world, (hash) =>
      world.pending.push(onceIncluded(world.chain, hash, async () => {
        await sleep(200)
        world.chain.reorganise(hash, 300)
        await onceIncluded(world.chain, hash, () => {})
      }))),
  'block with it goes for good': (world) =>
    onceTaken(world, (hash) => world.pending.push(onceIncluded(world.chain, hash, () => sleep(150).then(() => world.chain.reorganise(hash))))),
  'contract undoes it': (world) => {
    world.chain.undoes = () => true
    return () => void (world.chain.undoes = () => false)
  },
  'nothing goes wrong': () => {},
}

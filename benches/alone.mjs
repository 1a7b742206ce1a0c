// Runs the contestant by itself, where the peers are not here: node alone.mjs <contestant> [--rounds=N]
import { pathToFileURL } from 'node:url'

const [contestant, ...options] = process.argv.slice(2)
const rounds = Number(options.find((option) => option.startsWith('--rounds='))?.slice('--rounds='.length) ?? 15)
const { peer, version, ops } = await (await import(pathToFileURL(contestant))).default()

/** Microseconds per call in one batch. */
const batch = (work, calls) => {
  const start = performance.now()
  for (let index = 0; index < calls; index += 1) work(index)
  return ((performance.now() - start) * 1000) / calls
}

const rows = Object.entries(ops).map(([op, work]) => {
  const calls = Math.max(1, Math.round(20_000 / batch(work, 200)))
  const times = Array.from({ length: rounds }, () => batch(work, calls)).sort((a, b) => a - b)
  const rounded = (time) => Number(time.toFixed(3))
  const runtime = `node ${process.version}`
  return { peer, version, op, runtime, median_us: rounded(times[times.length >> 1]), min_us: rounded(times[0]) }
})
console.log(JSON.stringify(rows))

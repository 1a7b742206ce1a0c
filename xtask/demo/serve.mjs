// Serves a folder on 127.0.0.1 and prints its address: node serve.mjs <folder> [port]. Runs until its standard input ends.
// It reads the folder once, so that a page that is open stays as it is while the folder is built anew.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'

const [folder, port = '0'] = process.argv.slice(2)
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

const names = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile())
const files = new Map(names.map((name) => [`/${name}`, readFileSync(join(folder, name))]))

const server = createServer((request, response) => {
  const path = request.url.split('?')[0]
  const name = path.endsWith('/') ? `${path}index.html` : path
  const file = files.get(name)
  if (!file) return response.writeHead(404).end('not found')
  response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'cache-control': 'no-store' }).end(file)
})
server.on('error', (fault) => {
  console.error(fault.message)
  process.exit(1)
})
server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`))
process.stdin.on('end', () => process.exit(0)).resume()

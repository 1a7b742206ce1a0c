// A static server on 127.0.0.1: the page under / and the package under /hallpass/, with a policy as strict as the package allows.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from './environment.mjs'

const pageFolder = fileURLToPath(new URL('./page/', import.meta.url))
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src http://127.0.0.1:*"

/** Starts to serve; answers the origin and how to stop. */
export function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://page').pathname)
    const file = path.startsWith('/hallpass/')
      ? join(packageFolder, path.slice('/hallpass/'.length))
      : join(pageFolder, path === '/' ? 'index.html' : path)
    try {
      const body = await readFile(file)
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY, 'cache-control': 'no-store' })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const stop = () => {
        server.closeAllConnections()
        server.close()
      }
      resolve({ origin: `http://127.0.0.1:${server.address().port}`, stop })
    })
  })
}

// A static server on 127.0.0.1: the page under / and the package under /hallpass/, with a policy as strict as the package allows.
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFolder } from './environment.mjs'

const pageFolder = fileURLToPath(new URL('./page/', import.meta.url))
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' }
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src http://127.0.0.1:*"
/** The page that puts others in a frame has no package, and may frame any page of this server. */
const FRAMING = '/frame.html'
const FRAMING_POLICY = "default-src 'none'; script-src 'self'; frame-src http://127.0.0.1:* http://localhost:*"

/** Starts to serve; answers the origin, the same under another name of this machine, and how to stop. */
export function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://page').pathname)
    const file = path.startsWith('/hallpass/')
      ? join(packageFolder, path.slice('/hallpass/'.length))
      : join(pageFolder, path === '/' ? 'index.html' : path)
    try {
      const body = await readFile(file)
      const type = TYPES[extname(file)] ?? 'application/octet-stream'
      const policy = path === FRAMING ? FRAMING_POLICY : POLICY
      // `no-store` would keep the page out of the back-forward cache.
      response.writeHead(200, { 'content-type': type, 'content-security-policy': policy, 'cache-control': 'no-cache' })
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
      const originAt = (host) => `http://${host}:${server.address().port}`
      resolve({ origin: originAt('127.0.0.1'), originAt, stop })
    })
  })
}

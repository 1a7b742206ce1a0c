// Lets tests act on the running stack: `POST <url>/<action>` answers when the action is done, with JSON `{}` or `{ "error": … }`.
import { createServer } from 'node:http'

/** `actions` by name. Answers the URL. */
export async function startControl(host, actions) {
  const server = createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    const action = request.method === 'POST' && Object.hasOwn(actions, request.url.slice(1)) && actions[request.url.slice(1)]
    if (!action) return answer(404, { error: `the actions are ${Object.keys(actions).join(', ')}` })
    try {
      await action()
      answer(200, {})
    } catch (fault) {
      answer(500, { error: fault.message })
    }
  })
  await new Promise((resolve, reject) => server.on('error', reject).listen(0, host, resolve))
  return `http://${host}:${server.address().port}`
}

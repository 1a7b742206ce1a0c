// JSON-RPC over HTTP, for what the page itself reads from the node.

/** What the node answered instead of a result. */
export class RpcFault extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message)
  }
}

export interface RpcRequest {
  readonly method: string
  readonly params?: readonly unknown[]
}

interface RpcAnswer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export async function rpc(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const [result] = await rpcBatch(url, [{ method, params }])
  return result
}

/** Several requests in one; any fault fails all. */
export async function rpcBatch(url: string, requests: readonly RpcRequest[]): Promise<unknown[]> {
  if (requests.length === 0) return []
  const body = requests.map(({ method, params = [] }, id) => ({ jsonrpc: '2.0', id, method, params }))
  const answers = await post(url, body)
  return body.map(({ id }) => {
    const answer = answers.find((candidate) => candidate.id === id)
    if (answer?.error) throw new RpcFault(answer.error.code, answer.error.message, answer.error.data)
    if (answer === undefined) throw new RpcFault(-32603, 'The node left a request unanswered.')
    return answer.result
  })
}

async function post(url: string, body: unknown): Promise<RpcAnswer[]> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new RpcFault(-32603, `The node answered with HTTP status ${response.status}.`)
  const answers = (await response.json()) as RpcAnswer | RpcAnswer[]
  return Array.isArray(answers) ? answers : [answers]
}

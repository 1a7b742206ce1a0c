// A frame with this page in another part, and what it answers.

/** Milliseconds within which a frame must answer. */
const PATIENCE = 20_000

/** Opens the page as `part` at `origin`, says `message` to it once it is there, and answers what it says back. */
export async function inFrame(part: 'early' | 'thief', origin: string, message: unknown): Promise<unknown> {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.src = new URL(`${location.pathname}?part=${part}`, origin).href
  const answer = new Promise<unknown>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('The frame does not answer.')), PATIENCE)
    const listen = ({ source, origin: from, data }: MessageEvent) => {
      if (source !== frame.contentWindow || from !== origin) return
      if (data === 'ready') return frame.contentWindow?.postMessage(message, origin)
      clearTimeout(timer)
      removeEventListener('message', listen)
      if (data instanceof Error) reject(data)
      else resolve(data)
    }
    addEventListener('message', listen)
  })
  document.body.append(frame)
  try {
    return await answer
  } finally {
    frame.remove()
  }
}

/** In a frame: answers the first message of whoever opened it. */
export function answerOnce(answer: (message: never) => Promise<unknown>) {
  addEventListener('message', ({ source, origin, data }: MessageEvent) => {
    if (source !== parent) return
    const failed = (thrown: unknown) => new Error(String(thrown))
    void answer(data as never)
      .catch(failed)
      .then((said) => parent.postMessage(said, origin))
  })
  parent.postMessage('ready', '*')
}

/** This page at another origin of this machine; null where there is none. */
export function otherOrigin(): string | null {
  const others: Record<string, string> = { '127.0.0.1': 'localhost', localhost: '127.0.0.1' }
  const host = others[location.hostname]
  return host === undefined ? null : `${location.protocol}//${host}:${location.port}`
}

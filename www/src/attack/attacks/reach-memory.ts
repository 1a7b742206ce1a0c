import type { Attack } from '../attack'
import { steal } from '../tools/key'
import { spy } from '../tools/patch'

/** The first place of `wanted` in `bytes`, or -1. */
function placeOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at
  }
  return -1
}

// Texts come out of the module as views of its memory. Who patches what reads texts gets such a view, and with it the whole memory.
export const attack: Attack = {
  id: 'reach-memory',
  title: 'Reach the memory of the module through a patched text decoder',
  wants: 'the key, where it lies while the session is open',
  promise: 'P4',
  limit: { name: 'N2', advice: 'It is there from a use until the session is suspended or locked. The scope bounds what the thief can do.' },
  async run(victim) {
    let memory: ArrayBufferLike | undefined
    const undo = spy(TextDecoder.prototype, 'decode', ([, view]) => {
      // The module's memory is far larger than what is decoded out of it.
      if (view instanceof Uint8Array && view.buffer.byteLength > 2 ** 16) memory = view.buffer
    })
    try {
      await victim.session.unlock()
      victim.session.check([victim.move()])
    } finally {
      undo()
    }
    if (memory === undefined) return { got: false, facts: ['No view of the memory came by.'] }
    // A thief would try every place as a key. Here it is known already, which is quicker.
    const key = await steal(victim.session)
    const found = () => [key, key.slice().reverse()].some((form) => placeOf(new Uint8Array(memory ?? new ArrayBuffer(0)), form) >= 0)
    const open = found()
    victim.session.suspend()
    const suspended = found()
    return {
      got: open || suspended,
      facts: [
        `${memory.byteLength.toLocaleString('en')} bytes of memory came with a text.`,
        `While the session was open the key was ${open ? '' : 'not '}in it.`,
        `Once it was suspended the key was ${suspended ? 'still' : 'not'} in it.`,
      ],
    }
  },
}

// In a frame of another origin: uses the wrapping key that it is sent. It answers only the public half of what it then holds.
import { openRecord, publicKeyOf } from '../tools/key'
import { answerOnce } from '../tools/frame'

interface Loot {
  readonly key: CryptoKey
  readonly text: string
  readonly bound: Uint8Array<ArrayBuffer>
}

answerOnce(async ({ key, text, bound }: Loot) => {
  const opened = await openRecord(key, text, bound)
  return { length: opened.length, publicKey: publicKeyOf(opened) }
})

// Puts something else in the place of a built-in.

/** Undoes a patch. */
export type Undo = () => void

type Any = (this: unknown, ...values: never[]) => unknown

const { apply, defineProperty, getOwnPropertyDescriptor, deleteProperty } = Reflect

/** Replaces `object[name]`; `made` gets the real one. */
export function patch(object: object, name: string, made: (real: Any) => Any): Undo {
  const before = getOwnPropertyDescriptor(object, name)
  const real = Reflect.get(object, name) as Any
  defineProperty(object, name, { configurable: true, writable: true, value: made(real) })
  return () => void (before ? defineProperty(object, name, before) : deleteProperty(object, name))
}

/** Replaces `object[name]` by one that first shows `look` what it is called on and with, and then does its work. */
export const spy = (object: object, name: string, look: (values: readonly unknown[]) => void): Undo =>
  patch(object, name, (real) =>
    function (this: unknown, ...values) {
      look([this, ...values])
      return apply(real, this, values)
    },
  )

/** The bytes of a buffer or a view, if it is one; of shared ones too. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null
}

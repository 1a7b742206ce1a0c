// Keeps a program on 127.0.0.1: node --import loopback.mjs <program>. alto listens on all addresses of the machine and has no option for
// it, so anybody in the same network could send through it, and would be paid for.
import { Server } from 'node:net'

const { listen } = Server.prototype

Server.prototype.listen = function (options, ...rest) {
  // Whatever names no port in this form would be listened on somewhere else: better not at all.
  if (options?.port === undefined) throw new Error('only listen({ port, … }) is kept on 127.0.0.1')
  return listen.call(this, { ...options, host: '127.0.0.1' }, ...rest)
}

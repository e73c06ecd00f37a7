import { chmodSync, lstatSync, rmSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import type { XdsTarget } from './server.ts'

/**
 * Connections that may wait until they are accepted: after a restart all proxies come at once, and what the system has no
 * room for takes seconds to come again. It allows no more than its own limit (somaxconn, 4096 on Linux).
 */
const backlog = 4096

/**
 * Binds a server to TCP or to a Unix socket of mode 0600.
 *
 * A socket file that nobody listens on any more, left by a process that was killed, is taken away first.
 *
 * @throws the system's error (EADDRINUSE, EACCES, …)
 */
export async function bindSocket(server: Server, target: XdsTarget): Promise<void> {
  if ('path' in target && (await isDead(target.path))) rmSync(target.path, { force: true })
  // The file is there from the moment of binding: made by everyone's mask, others could connect before a chmod.
  const mask = 'path' in target ? process.umask(0o177) : undefined
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ ...target, backlog }, () => {
        server.off('error', reject)
        resolve()
      })
      if (mask !== undefined) process.umask(mask)
    })
  } finally {
    if (mask !== undefined) process.umask(mask)
  }
  if ('path' in target) chmodSync(target.path, 0o600)
}

/** Whether a path is a socket that refuses connections. */
function isDead(path: string): Promise<boolean> {
  // A plain file refuses connections too, and is not ours to take away.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return Promise.resolve(false)
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

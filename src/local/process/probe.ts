import { request } from 'node:http'
import { connect } from 'node:net'

/** How to see that a process is ready. */
export type Probe =
  /** Nothing to ask: ready once it has started. */
  | { readonly kind: 'none' }
  | { readonly kind: 'http'; readonly host: string; readonly port: number; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** HTTP over a Unix socket. */
  | { readonly kind: 'socket'; readonly socket: string; readonly path: string }

// A program that takes longer for its health path than this is not well.
const timeoutMs = 2000

/** Asks once: undefined where the process is ready, otherwise what is wrong, in a few words. */
export async function probe(target: Probe): Promise<string | undefined> {
  if (target.kind === 'none') return undefined
  return target.kind === 'tcp' ? probeTcp(target.host, target.port) : probeHttp(target)
}

function probeHttp(target: Extract<Probe, { kind: 'http' | 'socket' }>): Promise<string | undefined> {
  const where = target.kind === 'socket' ? { socketPath: target.socket } : { host: target.host, port: target.port }
  return new Promise(resolve => {
    // No agent: a kept connection would outlive the process that it was made to.
    const call = request({ ...where, path: target.path, agent: false, timeout: timeoutMs }, response => {
      response.resume()
      resolve(response.statusCode === 200 ? undefined : `${target.path} answers ${response.statusCode}`)
    })
    call.on('timeout', () => call.destroy(new Error(`${target.path} does not answer`)))
    call.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === undefined ? error.message : 'does not listen'),
    )
    call.end()
  })
}

function probeTcp(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const end = (reason: string | undefined) => {
      socket.destroy()
      resolve(reason)
    }
    socket.on('connect', () => end(undefined))
    socket.on('timeout', () => end(`port ${port} does not answer`))
    socket.on('error', () => end('does not listen'))
  })
}

/** Requests at a steady rate, and what became of each: what a client sees while something else is changed. */
import { Agent, request } from 'node:http'
import { type ClientHttp2Session, connect, constants } from 'node:http2'

export interface LoadResult {
  readonly sent: number
  /** Why requests failed, each once with how often, and when (s after the start) the first and last of them were sent. */
  readonly failures: ReadonlyMap<string, string>
  /** Of those that were answered: how many were sent twice, because the connection that was kept for them had been closed or was closing. */
  readonly repeats: number
}

export interface RunningLoad {
  stop(): Promise<LoadResult>
}

export interface LoadOptions {
  readonly url: string
  readonly perSecond: number
  readonly protocol: 'http1' | 'http2'
  /** What a good answer's body has. */
  readonly expects?: string
}

/** Starts to send; each request has 10 s. */
export function startLoad(options: LoadOptions): RunningLoad {
  const failures = new Map<string, { times: number; readonly first: number; last: number }>()
  const startedAt = performance.now()
  const fail = (why: string, sentAt: number) => {
    const at = (sentAt - startedAt) / 1000
    const known = failures.get(why) ?? { times: 0, first: at, last: at }
    failures.set(why, { times: known.times + 1, first: Math.min(known.first, at), last: Math.max(known.last, at) })
  }
  const open = new Set<Promise<void>>()
  let [sent, repeats] = [0, 0]
  const onRepeat = () => {
    repeats += 1
  }
  const ask = options.protocol === 'http1' ? http1Client(options.url, onRepeat) : http2Client(options.url, onRepeat)
  const timer = setInterval(() => {
    sent += 1
    const sentAt = performance.now()
    const one = ask
      .get()
      .then(({ status, body }) => {
        if (status !== 200) return `status ${status}: ${body.slice(0, 300)}`
        return options.expects === undefined || body.includes(options.expects)
          ? undefined
          : `no ${options.expects} in it`
      })
      .catch((error: Error) => error.message)
      .then(failure => {
        if (failure !== undefined) fail(failure, sentAt)
        open.delete(one)
      })
    open.add(one)
  }, 1000 / options.perSecond)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(open)
      ask.close()
      const told = [...failures].map(([why, { times, first, last }]) => {
        return [why, `${times} times, sent from ${first.toFixed(1)} s to ${last.toFixed(1)} s`] as const
      })
      return { sent, failures: new Map(told), repeats }
    },
  }
}

interface Client {
  get(): Promise<{ readonly status: number; readonly body: string }>
  close(): void
}

function http1Client(url: string, onRepeat: () => void): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  const once = (mayRepeat: boolean): Promise<{ status: number; body: string }> =>
    new Promise((resolve, reject) => {
      const call = request(url, { agent, timeout: 10_000 }, response => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        response.on('error', reject)
      })
      call.on('timeout', () => call.destroy(new Error('no answer within 10 s')))
      call.on('error', (error: NodeJS.ErrnoException) => {
        // A connection that the other side closed while it idled: every client asks again (RFC 9112, 9.3.1).
        if (!mayRepeat || !call.reusedSocket || error.code !== 'ECONNRESET') return reject(error)
        onRepeat()
        resolve(once(false))
      })
      call.end()
    })
  return { get: () => once(true), close: () => agent.destroy() }
}

function http2Client(url: string, onRepeat: () => void): Client {
  const { origin, pathname } = new URL(url)
  let session: ClientHttp2Session | undefined
  const current = () => {
    if (session === undefined || session.closed || session.destroyed) {
      const fresh = connect(origin)
      // No new requests on a connection that says goodbye; those under way go on.
      fresh.on('goaway', () => {
        if (session === fresh) session = undefined
        fresh.close()
      })
      fresh.on('error', () => {})
      session = fresh
    }
    return session
  }
  const once = (mayRepeat: boolean): ReturnType<Client['get']> =>
    new Promise((resolve, reject) => {
      const stream = current().request({ ':path': pathname })
      let [status, body] = [0, '']
      stream.setTimeout(10_000, () => stream.close())
      stream.on('response', headers => {
        status = Number(headers[':status'])
      })
      stream.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      stream.on('end', () => resolve({ status, body }))
      stream.on('error', error => {
        // Sent before the goodbye came in, and surely not looked at: every client asks again (RFC 9113, 8.7).
        if (!mayRepeat || stream.rstCode !== constants.NGHTTP2_REFUSED_STREAM) return reject(error)
        onRepeat()
        resolve(once(false))
      })
      stream.end()
    })
  return { get: () => once(true), close: () => session?.close() }
}

/** Stands between a client and a real API server, and does to their requests what networks and busy servers do. */
import { readFileSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request as plainRequest, type ServerResponse } from 'node:http'
import { Agent, createServer, request, type Server } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net'

/** What becomes of one request. */
export type Fault =
  /** The proxy answers in the server's place; chunks go out one by one. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: Answer; readonly headers?: Headers }
  /** The connection breaks before the server was asked. */
  | { readonly kind: 'reset' }
  /** The server does it, and its answer is lost with the connection; `done` is called in between. */
  | { readonly kind: 'lost'; readonly done?: () => void }
  /** Nothing comes back, and nothing goes to the server. */
  | { readonly kind: 'stall' }
  /** The answer's head comes, and nothing more. */
  | { readonly kind: 'stall-body' }

type Answer = string | object | Iterable<Buffer>
type Headers = Readonly<{ [name: string]: string }>

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly isWatch: boolean
  /** By the monotonic clock, ms. */
  readonly at: number
}

export interface FaultProxyOptions {
  readonly to: URL | string
  /** Files of the certificate that it shows. */
  readonly cert: string
  readonly key: string
}

export class FaultProxy implements AsyncDisposable {
  /** All requests that came, in their order. */
  readonly asked: Asked[] = []
  /** Decides about each request; may take its time, and may change the query that goes on to the server. */
  judge: (asked: Asked) => Fault | undefined | Promise<Fault | undefined> = () => undefined
  readonly #to: URL
  readonly #server: Server
  readonly #agent = new Agent({ rejectUnauthorized: false, keepAlive: true })
  /** What clients connect to: plain TCP, which can be reset, in front of the server that speaks TLS. */
  readonly #front: TcpServer
  /** Clients' sockets, by the port from which each is led on to the server. */
  readonly #sockets = new Map<number, Socket>()
  readonly #watches = new Set<{ readonly response: ServerResponse; readonly answer: IncomingMessage }>()
  #isStalled = false

  private constructor({ to, cert, key }: FaultProxyOptions) {
    this.#to = new URL(to)
    this.#server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (incoming, response) => {
      void this.#handle(incoming, response).catch(() => this.#break(incoming))
    })
    this.#front = createTcpServer(socket => this.#lead(socket))
  }

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options)
    for (const server of [proxy.#server, proxy.#front])
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#front.address() as AddressInfo).port}`
  }

  /** How many requests came of a kind. */
  count(of: (asked: Asked) => boolean): number {
    return this.asked.filter(of).length
  }

  get watches(): readonly Asked[] {
    return this.asked.filter(({ isWatch }) => isWatch)
  }

  /** Breaks all connections that are open. */
  resetAll(): void {
    for (const socket of this.#sockets.values()) reset(socket)
  }

  /** Watches that are open say nothing from now on, and stay open. */
  silenceWatches(): void {
    for (const { response, answer } of this.#watches) answer.unpipe(response)
    for (const { answer } of this.#watches) answer.resume()
  }

  /** As long as it is stalled, nothing is answered any more and no connection is closed. */
  set isStalled(isStalled: boolean) {
    this.#isStalled = isStalled
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = [this.#front, this.#server].map(server => new Promise(resolve => server.close(resolve)))
    this.resetAll()
    this.#server.closeAllConnections()
    this.#agent.destroy()
    await Promise.all(closed)
  }

  #lead(socket: Socket): void {
    const { port } = this.#server.address() as AddressInfo
    const onward = connect(port, '127.0.0.1', () => {
      const { localPort = 0 } = onward
      this.#sockets.set(localPort, socket)
      onward.on('close', () => this.#sockets.delete(localPort))
      if (socket.destroyed) onward.destroy()
      socket.pipe(onward).pipe(socket)
    })
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on('error', () => {})
      one.on('close', () => other.destroy())
    }
  }

  #break({ socket }: IncomingMessage): void {
    const client = this.#sockets.get(socket.remotePort ?? 0)
    if (client !== undefined) reset(client)
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', this.#to)
    const query = url.searchParams
    const { method = '' } = incoming
    const isWatch = query.get('watch') === 'true'
    const asked: Asked = { method, path: url.pathname, query, isWatch, at: performance.now() }
    this.asked.push(asked)
    const fault = this.#isStalled ? ({ kind: 'stall' } as const) : await this.judge(asked)
    if (fault?.kind === 'reset') this.#break(incoming)
    else if (fault?.kind === 'answer') answerOf(response, fault)
    else if (fault?.kind !== 'stall') this.#forward(incoming, url, { response, fault })
  }

  #forward(
    incoming: IncomingMessage,
    url: URL,
    { response, fault }: { readonly response: ServerResponse; readonly fault: Fault | undefined },
  ): void {
    const { host: _, ...headers } = incoming.headers
    const options = { method: incoming.method, headers, agent: this.#agent }
    const onward: ClientRequest =
      url.protocol === 'https:' ? request(url, options) : plainRequest(url, { ...options, agent: undefined })
    onward.on('error', () => this.#break(incoming))
    onward.on('response', answer => {
      if (fault?.kind === 'lost') {
        answer.resume()
        fault.done?.()
        this.#break(incoming)
        return
      }
      if (this.#isStalled) return
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      response.flushHeaders()
      if (fault?.kind === 'stall-body') return
      const watch = { response, answer }
      if (url.searchParams.get('watch') === 'true') this.#watches.add(watch)
      response.on('close', () => {
        this.#watches.delete(watch)
        answer.destroy()
      })
      answer.on('error', () => this.#break(incoming))
      answer.pipe(response)
    })
    incoming.pipe(onward)
  }
}

/**
 * Ends a connection with RST. `resetAndDestroy` shuts it down first, and where anything else destroys it meanwhile, Node is left
 * with a handle that it believes to be closing and that nobody closes: the process spins at its end, for ever (Node 24).
 */
function reset(socket: Socket): void {
  if (!socket.writableEnded) Object.assign(socket, { resetAndClosing: true })
  socket.destroy()
}

function answerOf(response: ServerResponse, fault: Extract<Fault, { kind: 'answer' }>): void {
  const { status, body = '', headers = {} } = fault
  const isStream = typeof body === 'object' && Symbol.iterator in body
  response.on('error', () => {})
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  if (!isStream) response.end(typeof body === 'string' ? body : JSON.stringify(body))
  else void stream(response, body)
}

/** At the pace at which the client reads, and for as long as it does. */
async function stream(response: ServerResponse, chunks: Iterable<Buffer>): Promise<void> {
  let wake = () => {}
  for (const event of ['drain', 'close'] as const) response.on(event, () => wake())
  for (const chunk of chunks) {
    if (response.destroyed) return
    const isTaken = response.write(chunk)
    if (!isTaken)
      await new Promise<void>(resolve => {
        wake = resolve
      })
  }
  response.end()
}

/** An error as the API server writes it. */
export function statusObject(code: number, reason: string, message = reason): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code }
}

/** Applications behind a real Envoy: they say what they were asked, and do what the request tells them to. */
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What one of them saw of one request. */
export interface SeenRequest {
  readonly server: string
  readonly method: string
  readonly url: string
  /** Tells connections apart. */
  readonly connection: number
  readonly headers: Readonly<{ [name: string]: string | readonly string[] | undefined }>
  /** Names of the headers, as they were written. */
  readonly names: readonly string[]
}

/** Requests say by this header which row they are of; proxies leave it alone. */
export const rowHeader = 'x-row'

export class Upstreams implements AsyncDisposable {
  readonly ports: Readonly<{ [server: string]: number }>
  readonly #servers: readonly Server[]
  readonly #seen: Map<string, SeenRequest[]>

  private constructor(ports: Upstreams['ports'], servers: readonly Server[], seen: Map<string, SeenRequest[]>) {
    this.ports = ports
    this.#servers = servers
    this.#seen = seen
  }

  static async start(names: readonly string[]): Promise<Upstreams> {
    const seen = new Map<string, SeenRequest[]>()
    const servers = names.map(name =>
      createHttpServer((request, response) => void answer(name, seen, request, response)),
    )
    await Promise.all(servers.map(server => new Promise<void>(done => server.listen(0, '127.0.0.1', done))))
    const ports = servers.map((server, index) => [names[index]!, (server.address() as AddressInfo).port] as const)
    return new Upstreams(Object.fromEntries(ports), servers, seen)
  }

  /** What came in of a row's requests, in order, whoever took it. */
  seen(row: string): readonly SeenRequest[] {
    return this.#seen.get(row) ?? []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.closeAllConnections()
    await Promise.all(this.#servers.map(server => new Promise(done => server.close(done))))
  }
}

/**
 * By headers of the request: `x-wait` ms pass before the answer; the first `x-fail` requests of the row get `x-fail-status`
 * (503), or, with `x-fail-at`, all that come to those servers; `x-reset` ends the connection instead.
 */
async function answer(
  server: string,
  seen: Map<string, SeenRequest[]>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url = '', headers, rawHeaders } = request
  const row = String(headers[rowHeader])
  const earlier = seen.get(row) ?? []
  const names = rawHeaders.filter((_, index) => index % 2 === 0)
  const told: SeenRequest = { server, method, url, connection: request.socket.remotePort ?? 0, headers, names }
  seen.set(row, [...earlier, told])
  request.resume()
  if (headers['x-wait'] !== undefined) await sleep(Number(headers['x-wait']))
  const failsHere = headers['x-fail-at']?.toString().split(',').includes(server) === true
  if (failsHere || earlier.length < Number(headers['x-fail'] ?? 0)) {
    if (headers['x-reset'] !== undefined) return void request.socket.destroy()
    response.statusCode = Number(headers['x-fail-status'] ?? 503)
  }
  response.setHeader('x-served-by', server)
  response.setHeader('x-internal', 'secret')
  response.end(JSON.stringify(told))
}

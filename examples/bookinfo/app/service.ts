/**
 * What the four services share: a small HTTP server, a JSON client, and the headers that a request carries along.
 *
 * Nothing here knows of a mesh. A service reads PORT and HOST from its environment, calls the URLs that the
 * environment names, and stops on SIGTERM once its open requests are answered.
 */
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

/** Answers one request; what it throws becomes a 500. */
export type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>

/** Handlers by method and path, `GET /health`. A path that ends in `/*` takes all below it. */
export type Routes = Readonly<{ [methodAndPath: string]: Handler }>

/** What came back from another service: its JSON, or why there is none. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }

// Trace contexts of W3C and Zipkin, Envoy's request id, and who is logged in: without them a trace falls apart at
// each hop, and a route that looks at the user never matches.
const carried = ['traceparent', 'tracestate', 'baggage', 'b3', 'x-request-id', 'end-user']
const isCarried = (name: string) => carried.includes(name) || name.startsWith('x-b3-')

/** The headers of an incoming request that every call made on its behalf has to carry. */
export function carryOn(headers: IncomingHttpHeaders): Record<string, string> {
  const taken: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (isCarried(name) && value) taken[name] = String(value)
  return taken
}

/** Gets JSON from another service. Never throws: a failure comes back as a sentence that a visitor can read. */
export function getJson<T>(url: string, headers: Record<string, string>, timeoutMs: number): Promise<Answer<T>> {
  return new Promise(resolve => {
    const fail = (error: string) => resolve({ ok: false, error })
    const signal = AbortSignal.timeout(timeoutMs)
    const request = get(url, { headers: { ...headers, accept: 'application/json' }, signal }, async response => {
      try {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        if (response.statusCode !== 200) fail(`it answered ${response.statusCode}`)
        else resolve({ ok: true, value: JSON.parse(text) as T })
      } catch {
        fail(signal.aborted ? `no answer within ${timeoutMs / 1000} s` : 'its answer made no sense')
      }
    })
    request.on('error', () =>
      fail(signal.aborted ? `no answer within ${timeoutMs / 1000} s` : 'it could not be reached'),
    )
  })
}

/** Sends a value as JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(`${JSON.stringify(value)}\n`)
}

/** How long requests that are open may take when the service stops, ms. */
const lastMs = 5_000

/** Serves the routes on HOST and PORT, with `/health` besides, until SIGTERM. */
export function serve(name: string, routes: Routes): void {
  const all: Routes = { 'GET /health': (_, response) => sendJson(response, 200, { status: 'healthy' }), ...routes }
  const server = createServer((request, response) => void answer(all, request, response))
  // Idle connections stay open until the caller closes them: closing one at the moment when a proxy reuses it would
  // fail that request for no reason.
  server.keepAliveTimeout = 0
  const port = Number(process.env['PORT'] ?? 9080)
  // This machine only, unless told otherwise: a container sets HOST=0.0.0.0.
  const host = process.env['HOST'] ?? '127.0.0.1'
  server.listen(port, host, () => console.log(`${name} listens on http://${host}:${port}`))
  const stop = () => {
    server.close(() => process.exit(0))
    // A connection on which nobody asks anything is not waited for.
    setTimeout(() => server.closeAllConnections(), lastMs)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop)
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = performance.now()
  response.on('finish', () => {
    const ms = (performance.now() - started).toFixed(1)
    if (request.url !== '/health') console.log(`${request.method} ${request.url} ${response.statusCode} ${ms} ms`)
  })
  try {
    const url = new URL(request.url ?? '/', 'http://here')
    const method = request.method === 'HEAD' ? 'GET' : request.method
    const below = url.pathname.slice(0, url.pathname.lastIndexOf('/'))
    const handler = routes[`${method} ${url.pathname}`] ?? routes[`${method} ${below}/*`]
    if (handler === undefined) sendJson(response, 404, { error: `there is nothing at ${url.pathname}` })
    else await handler(request, response, url)
  } catch (error) {
    console.error(error)
    if (!response.headersSent) sendJson(response, 500, { error: 'internal error' })
  }
}

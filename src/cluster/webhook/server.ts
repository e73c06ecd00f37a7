/** HTTPS for the API server's webhooks. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import { type AdmissionAnswer, type AdmissionRequest, readReview, reviewAnswer } from './admission.ts'

export interface WebhookOptions {
  readonly tls: SecureContextOptions
  /** By path: what answers there. */
  readonly hooks: Readonly<{
    [path: string]: (request: AdmissionRequest) => AdmissionAnswer | Promise<AdmissionAnswer>
  }>
  /** Answers GETs to people who may look; absent: there is nothing to look at. */
  readonly inspect?: Inspect
  readonly onError: (error: Error) => void
}

/**
 * What there is at a path, for whoever shows this token.
 *
 * @returns what to answer as JSON; a refusal where the token is not enough; undefined where there is nothing
 */
export type Inspect = (path: string, token: string | undefined) => Promise<InspectAnswer | undefined>

export type InspectAnswer = { readonly value: unknown; readonly refuse?: never } | { readonly refuse: string }

/** The API server keeps Authorization to itself when it passes a request on, so the token has a header of its own. */
export const tokenHeader = 'x-mesh-token'

/** Whoever opens a connection has to ask something: half a handshake, or half a request, may not be held open. ms */
const limits = {
  handshakeTimeout: 5_000,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
}

/** A pod is at most 1.5 MB in etcd, and a review holds it twice. */
const largestBody = 8 * 1024 * 1024

export class WebhookServer {
  readonly #options: WebhookOptions
  readonly #server: Server

  constructor(options: WebhookOptions) {
    this.#options = options
    this.#server = createServer({ ...limits, ...options.tls, minVersion: 'TLSv1.2' }, (request, response) => {
      void this.#answer(request, response).catch(error => {
        // Whoever has gone, or was too slow, waits for no answer.
        if (request.complete) options.onError(error as Error)
        if (!response.headersSent) response.writeHead(500).end()
      })
    })
    this.#server.on('tlsClientError', () => {})
  }

  /** @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, () => {
        const address = this.#server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : port)
      })
    })
  }

  /** Takes another certificate for connections from now on. */
  renew(tls: SecureContextOptions): void {
    this.#server.setSecureContext(tls)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    if (request.method === 'GET') return this.#look(path, request, response)
    const hook = Object.hasOwn(this.#options.hooks, path) ? this.#options.hooks[path] : undefined
    if (hook === undefined || request.method !== 'POST') {
      response.writeHead(404).end()
      return
    }
    const body = await readBody(request)
    if (body === undefined) {
      // What is still on its way is not read: the connection ends with the answer.
      response.writeHead(413, { connection: 'close' }).end()
      return
    }
    const review = readReview(body)
    if (review === undefined) {
      response.writeHead(400).end()
      return
    }
    const answer = await hook(review)
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(reviewAnswer(review.uid, answer)))
  }

  async #look(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = request.headers[tokenHeader]
    const answer = await this.#options.inspect?.(path, typeof token === 'string' ? token : undefined)
    if (answer === undefined) response.writeHead(404).end()
    else if (answer.refuse !== undefined)
      response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ message: answer.refuse }))
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.value))
  }
}

/** Undefined where it is too large; null where it is no JSON. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > largestBody) return undefined
  const chunks: Buffer[] = []
  let size = 0
  // Leaving this loop must not destroy what the answer goes out on.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBody) return undefined
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as unknown
  } catch {
    return null
  }
}

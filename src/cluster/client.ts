/**
 * Requests to an API server, as JSON and nothing else: what is not ours to know goes through as it is.
 *
 * Reads are tried again where the server is busy or gone for a moment; writes only where it says that it did not take
 * them (429), for anything else may have been done.
 */
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { isObject } from '../util/is-object.ts'
import { ApiError, causesInText, isApiError } from './api-error.ts'
import type { Connection } from './connection.ts'
import type { ApiObject } from './reflector.ts'

export interface CallOptions {
  readonly query?: Readonly<{ [name: string]: string | number | boolean }>
  readonly body?: unknown
  /** Default: application/json. */
  readonly contentType?: string
  /** Beside those that every request has. */
  readonly headers?: Readonly<{ [name: string]: string }>
  /** For the whole answer, each time that it is asked for. Default: 30 s. */
  readonly timeoutMs?: number
  /** When all tries have to be over, and what one of them writes is not to arrive any more; of `performance.now()`. */
  readonly deadline?: number
  /** Ends all tries, and the waiting between them. */
  readonly signal?: AbortSignal
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An answer that is larger is none of ours, bytes. */
const largestAnswer = 256 * 1024 * 1024
/** More than this is read of no error, bytes; and it is waited for no longer than this, ms. */
const [largestError, errorMs] = [1024 * 1024, 2_000]
const tries = 5
const defaultTimeoutMs = 30_000
/** Whoever is to wait longer than this before the next try decides about that by himself, ms. */
const longestWaitMs = 30_000
/** Answers that are the same next time. */
const [tooLarge, noJson] = ['TooLarge', 'NoJson']

export class ClusterClient {
  readonly connection: Connection

  constructor(connection: Connection) {
    this.connection = connection
  }

  /**
   * @returns the answer's JSON; undefined where it has none
   * @throws ApiError with the server's own words
   */
  async call(method: Method, path: string, options: CallOptions = {}): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#callOnce(method, path, options)
      } catch (error) {
        const waitMs = attempt < tries ? retryMs(error, method, attempt) : undefined
        const isTooLate = performance.now() + (waitMs ?? 0) >= (options.deadline ?? Number.POSITIVE_INFINITY)
        if (waitMs === undefined || isTooLate || isEnded(options)) throw error
        await sleep(waitMs, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() => {})
        if (isEnded(options)) throw error
      }
    }
  }

  /**
   * The object at a path; undefined where there is none, or no such kind.
   *
   * @throws ApiError with the server's own words, of anything but 404
   */
  async find<Found = ApiObject>(path: string, options: CallOptions = {}): Promise<Found | undefined> {
    try {
      return (await this.call('GET', path, options)) as Found
    } catch (error) {
      if (isApiError(error, 404)) return undefined
      throw error
    }
  }

  /** Opens an answer that goes on: a watch. The caller reads and destroys it. */
  async open(path: string, options: CallOptions): Promise<IncomingMessage> {
    const response = await this.#send('GET', path, options)
    if (response.statusCode === 200) return response
    throw await readError(response)
  }

  async #callOnce(method: Method, path: string, options: CallOptions): Promise<unknown> {
    const timeoutMs = timeoutOf(options)
    const startedAt = performance.now()
    const response = await this.#send(method, path, options)
    if ((response.statusCode ?? 0) >= 300) throw await readError(response)
    const late = () => response.destroy(new Error(`it was not complete within ${timeoutMs} ms`))
    const timer = setTimeout(late, Math.max(0, startedAt + timeoutMs - performance.now()))
    try {
      const text = await readAll(response, largestAnswer)
      return text === '' ? undefined : parse(text)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Resolves once the answer's head is there. */
  async #send(method: Method, path: string, options: CallOptions): Promise<IncomingMessage> {
    const { server, credentials } = this.connection
    const { headers, ...rest } = await credentials()
    // The process may have been stopped all the while.
    if (performance.now() >= (options.deadline ?? Number.POSITIVE_INFINITY))
      throw new ApiError(0, `${server.host} was not asked: it is too late for that`)
    const timeoutMs = timeoutOf(options)
    const body = options.body === undefined ? undefined : JSON.stringify(options.body)
    const url = new URL(server.href.replace(/\/$/, '') + path)
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, String(value))
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        ...rest,
        method,
        headers: {
          ...(headers as object),
          // Keys of tokens come as another kind of JSON, and only to whoever takes that.
          accept: 'application/json, */*;q=0.9',
          'user-agent': 'meshwright',
          ...options.headers,
          ...(body === undefined
            ? {}
            : { 'content-type': options.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      })
      // Until the head is there; what follows has times of its own.
      const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
      sent.once('response', response => {
        clearTimeout(timer)
        resolve(response)
      })
      sent.once('error', error => {
        clearTimeout(timer)
        reject(unreachable(error, server))
      })
      sent.end(body)
    })
  }
}

function timeoutOf({ timeoutMs = defaultTimeoutMs, deadline = Number.POSITIVE_INFINITY }: CallOptions): number {
  return Math.max(1, Math.min(timeoutMs, Math.floor(deadline - performance.now())))
}

function isEnded({ signal }: CallOptions): boolean {
  return signal?.aborted === true
}

function unreachable(error: Error, server: URL): ApiError {
  const { code } = error as NodeJS.ErrnoException
  return new ApiError(
    0,
    `${server.host} does not answer: ${code === undefined ? error.message : `${code} ${error.message}`}`,
  )
}

/** How long to wait before another try, in ms; undefined where none may be made. */
function retryMs(error: unknown, method: Method, attempt: number): number | undefined {
  if (!(error instanceof ApiError) || error.reason === tooLarge || error.reason === noJson) return undefined
  const jittered = 100 * 2 ** attempt * (0.5 + Math.random())
  const isPassing = method === 'GET' && (error.status === 0 || error.status >= 500)
  if (error.status !== 429 && !isPassing) return undefined
  // Not all at the same moment, and none sooner than the server has asked for.
  const waitMs = (error.retryAfterMs ?? 0) + jittered
  return waitMs > longestWaitMs ? undefined : waitMs
}

async function readAll(response: IncomingMessage, largest: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > largest) throw new ApiError(0, `the answer is larger than ${largest} bytes`, { reason: tooLarge })
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError(0, `the answer broke off: ${error instanceof Error ? error.message : error}`)
  }
  return Buffer.concat(chunks).toString()
}

/** Its head says enough where the rest of it does not come. */
async function readError(response: IncomingMessage): Promise<ApiError> {
  const timer = setTimeout(() => response.destroy(), errorMs)
  const text = await readAll(response, largestError).catch(() => '')
  clearTimeout(timer)
  return errorOf(response, text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(0, `the answer is no JSON: ${text.slice(0, 100)}`, { reason: noJson })
  }
}

/** A Status object, or whatever else came. */
export function errorOf(response: Pick<IncomingMessage, 'statusCode' | 'headers'>, text: string): ApiError {
  const status = response.statusCode ?? 0
  const seconds = Number(response.headers['retry-after'])
  const retryAfterMs = Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
  return statusError(safeParse(text), { status, retryAfterMs, text })
}

/** An error from a Status object, wherever it stands: as an answer, or as an event of a watch. */
export function statusError(
  value: unknown,
  fallback: { readonly status: number; readonly retryAfterMs?: number | undefined; readonly text: string },
): ApiError {
  if (!isObject(value))
    return new ApiError(fallback.status, fallback.text.slice(0, 500) || `HTTP ${fallback.status}`, {
      retryAfterMs: fallback.retryAfterMs,
    })
  const details = isObject(value['details']) ? value['details'] : {}
  const listed = Array.isArray(details['causes']) ? details['causes'].filter(isObject) : []
  const causes = listed.map(({ field, message }) => ({ field: String(field ?? ''), message: String(message ?? '') }))
  const message = typeof value['message'] === 'string' ? value['message'] : `HTTP ${fallback.status}`
  return new ApiError(typeof value['code'] === 'number' ? value['code'] : fallback.status, message, {
    reason: typeof value['reason'] === 'string' ? value['reason'] : '',
    retryAfterMs: fallback.retryAfterMs ?? secondsOf(details['retryAfterSeconds']),
    causes: causes.length > 0 ? causes : causesInText(message),
  })
}

function secondsOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value * 1000 : undefined
}

function safeParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

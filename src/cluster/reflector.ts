/**
 * Keeps a copy of a kind's objects: lists them page by page, then follows a watch.
 *
 * What has gone wrong with watches elsewhere is met here: a connection that dies in silence is noticed, because bookmarks
 * are asked for and something must come within a while; one that ends goes on where it was; a version that is too old
 * means a new list, in which nothing is forgotten that is not really gone; and all waiting is jittered.
 */
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectMeta } from '../kinds/resource.ts'
import { isObject } from '../util/is-object.ts'
import { ApiError, isApiError } from './api-error.ts'
import { type CallOptions, type ClusterClient, statusError } from './client.ts'

/** An object of the API server's: its metadata, and fields that only its kind knows. */
export interface ApiObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

export interface ReflectorOptions {
  /** Path of the collection: `/api/v1/services`. Of several the first that the server knows: versions of one kind. */
  readonly path: string | readonly [string, ...string[]]
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Called after each change of one object, and once after each list. Absent object: it is gone. */
  readonly onChange: (key: string, object: ApiObject | undefined) => void
  /** Called when the server can't be asked; it is tried again. */
  readonly onError?: (error: Error) => void
  /** Keeps only what is needed of each object: a cluster's pods are many. */
  readonly trim?: (object: ApiObject) => ApiObject
  /** Of each object its metadata alone is read. Default: all of it. */
  readonly isMetadataOnly?: true
  /** A kind that is not installed has no objects; it is looked for again and again. Default: an error. */
  readonly mayBeMissing?: boolean
  /** Called each time that such a kind was looked for in vain. */
  readonly onMissing?: () => void
  /** How often a kind that is not installed is looked for, in ms. Default: 30 s. */
  readonly missingMs?: number
  /** Objects in one answer. Default: 500, as kubectl. */
  readonly pageSize?: number
  /** So long may a watch say nothing, in ms. Bookmarks come about once a minute. Default: 90 s. */
  readonly silenceMs?: number
  /** The first wait after an error, in ms; doubled with each further one up to 30 s. Default: 500. */
  readonly backoffMs?: number
}

/** A watch is ended by the server after so long, s: between one and two of these, so that not all end at once. */
const watchSeconds = 300
const longestBackoffMs = 30_000
/** The same where no server was reached, ms: asking costs nobody anything, and one that comes back is wanted at once. */
const longestAbsenceMs = 5_000

/** Follows one kind of object until it is stopped. */
export class Reflector {
  readonly #client: ClusterClient
  readonly #options: ReflectorOptions
  readonly #objects = new Map<string, ApiObject>()
  readonly #stop = new AbortController()
  readonly #synced = Promise.withResolvers<void>()
  #running: Promise<void> | undefined
  #isSynced = false
  #lists = 0
  /** Where it was listed last. */
  #path: string
  /** Up to where the copy is known to be right; undefined where only a list can tell. */
  #version: string | undefined

  constructor(client: ClusterClient, options: ReflectorOptions) {
    this.#client = client
    this.#options = options
    this.#path = this.#paths[0]
  }

  get #paths(): readonly [string, ...string[]] {
    const { path } = this.#options
    return typeof path === 'string' ? [path] : path
  }

  /** Where the objects are read now. */
  get path(): string {
    return this.#path
  }

  /** By `namespace/name`, or by name where the kind has no namespaces. */
  get objects(): ReadonlyMap<string, ApiObject> {
    return this.#objects
  }

  /** Has the first list been read? */
  get isSynced(): boolean {
    return this.#isSynced
  }

  /** How many times all objects were listed: more than once means that a watch could not go on. */
  get lists(): number {
    return this.#lists
  }

  /** Starts to follow; resolves once the first list has been read. */
  start(): Promise<void> {
    this.#running ??= this.#run()
    return this.#synced.promise
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { backoffMs = 500, missingMs = 30_000, onError } = this.#options
    let failures = 0
    // Said once: an API server that is away for an hour would fill the log with each kind's tries.
    let said: string | undefined
    let wasAbsent = false
    while (!this.#stop.signal.aborted) {
      const [before, startedAt] = [this.#version, performance.now()]
      try {
        this.#version ??= await this.#listOrNone()
        this.#markSynced()
        if (this.#version === undefined) {
          await this.#pause(missingMs)
          continue
        }
        await this.#watch(this.#version)
        // A server that ends each watch at once, and tells nothing, is not asked at this pace.
        const isFruitful = this.#version !== before || performance.now() - startedAt > 1000
        failures = isFruitful ? 0 : failures + 1
        if (isFruitful) said = undefined
        wasAbsent = false
        await this.#pause(Math.min(longestBackoffMs, 100 * 2 ** failures))
      } catch (error) {
        if (this.#stop.signal.aborted) break
        const isAbsent = isApiError(error, 0)
        // Connections that break after a while are no failures in a row; and a server that is there again has to find its feet: it
        // forbids everything at first, and is not to be left alone for as long as one that stays away.
        const hasProgressed = this.#version !== before
        failures = hasProgressed || (wasAbsent && !isAbsent) ? 1 : failures + 1
        if (hasProgressed) said = undefined
        wasAbsent = isAbsent
        // The version is too old to go on from, or the kind itself is gone: only a list tells what was missed.
        if (isApiError(error, 404, 410)) this.#version = undefined
        const { message } = error as Error
        if (!isApiError(error, 410) && message !== said) onError?.(error as Error)
        said = message
        const retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0
        const longestMs = isAbsent ? longestAbsenceMs : longestBackoffMs
        await this.#pause(Math.min(longestMs, backoffMs * 2 ** (failures - 1)), retryAfterMs)
      }
    }
  }

  #markSynced(): void {
    if (this.#isSynced) return
    this.#isSynced = true
    this.#synced.resolve()
  }

  /** Undefined where the kind is not installed, and that is no error. */
  async #listOrNone(): Promise<string | undefined> {
    for (const path of this.#paths) {
      this.#path = path
      try {
        return await this.#list()
      } catch (error) {
        if (this.#options.mayBeMissing !== true || !isApiError(error, 404)) throw error
      }
    }
    this.#replace(new Map())
    this.#options.onMissing?.()
    return undefined
  }

  /** Waits half to all of a time, after what the server asked for, and not longer than until it is stopped. */
  async #pause(ms: number, atLeastMs = 0): Promise<void> {
    const signal = this.#stop.signal
    await sleep(atLeastMs + ms * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {})
  }

  get #selectors() {
    const { labelSelector, fieldSelector } = this.#options
    return {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
  }

  /** The API server's own way of being asked for metadata. */
  #wanting(part: string): CallOptions {
    if (this.#options.isMetadataOnly === undefined) return {}
    return { headers: { accept: `application/json;as=${part};g=meta.k8s.io;v=v1, application/json` } }
  }

  /** Reads all objects; nothing changes before the last page is there. */
  async #list(): Promise<string> {
    const found = new Map<string, ApiObject>()
    let version = ''
    let next = ''
    do {
      const answer = await this.#client.call('GET', this.#path, {
        query: { ...this.#selectors, limit: this.#options.pageSize ?? 500, ...(next === '' ? {} : { continue: next }) },
        ...this.#wanting('PartialObjectMetadataList'),
        timeoutMs: 120_000,
        signal: this.#stop.signal,
      })
      const list = readList(answer)
      for (const object of list.items) found.set(keyOf(object), this.#trimmed(object))
      version = list.resourceVersion
      next = list.next
    } while (next !== '')
    this.#lists += 1
    this.#replace(found)
    return version
  }

  #replace(found: ReadonlyMap<string, ApiObject>): void {
    for (const key of [...this.#objects.keys()]) if (!found.has(key)) this.#set(key, undefined)
    for (const [key, object] of found)
      if (versionOf(this.#objects.get(key)) !== versionOf(object)) this.#set(key, object)
  }

  #set(key: string, object: ApiObject | undefined): void {
    if (object === undefined) this.#objects.delete(key)
    else this.#objects.set(key, object)
    this.#options.onChange(key, object)
  }

  #trimmed(object: ApiObject): ApiObject {
    return this.#options.trim?.(object) ?? object
  }

  /** Follows changes until the server ends the watch; however it ends, what came of it is kept. */
  async #watch(from: string): Promise<void> {
    const response = await this.#client.open(this.#path, {
      query: {
        ...this.#selectors,
        watch: true,
        allowWatchBookmarks: true,
        resourceVersion: from,
        timeoutSeconds: Math.round(watchSeconds * (1 + Math.random())),
      },
      ...this.#wanting('PartialObjectMetadata'),
      signal: this.#stop.signal,
    })
    for await (const event of linesOf(response, this.#options.silenceMs ?? 90_000)) {
      this.#version = this.#take(event) ?? this.#version
      if (this.#stop.signal.aborted) break
    }
  }

  /** @returns the version after the event */
  #take({ type, object }: WatchEvent): string | undefined {
    if (type === 'ERROR') throw statusError(object, { status: 500, text: 'the watch failed' })
    if (!isApiObject(object)) return undefined
    if (type === 'ADDED' || type === 'MODIFIED') this.#set(keyOf(object), this.#trimmed(object))
    else if (type === 'DELETED') this.#set(keyOf(object), undefined)
    return versionOf(object)
  }
}

interface WatchEvent {
  readonly type: string
  readonly object: unknown
}

/** An answer's lines as events; ends with an error where nothing comes for too long. */
async function* linesOf(response: IncomingMessage, silenceMs: number): AsyncGenerator<WatchEvent> {
  const silence = () => response.destroy(new ApiError(0, `the watch said nothing for ${silenceMs} ms`))
  let timer = setTimeout(silence, silenceMs)
  let rest = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      clearTimeout(timer)
      timer = setTimeout(silence, silenceMs)
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const event: unknown = line === '' ? undefined : JSON.parse(line)
        if (isObject(event)) yield { type: String(event['type']), object: event['object'] }
      }
    }
  } finally {
    clearTimeout(timer)
    response.destroy()
  }
}

function readList(answer: unknown): { items: readonly ApiObject[]; resourceVersion: string; next: string } {
  const { items, metadata } = isObject(answer) ? answer : {}
  const meta = isObject(metadata) ? metadata : {}
  // What is not a list must not be taken for an empty one: everything would seem to be gone.
  if (!Array.isArray(items) || typeof meta['resourceVersion'] !== 'string')
    throw new ApiError(0, 'the answer is no list of objects')
  return {
    items: items.filter(isApiObject),
    resourceVersion: meta['resourceVersion'],
    next: typeof meta['continue'] === 'string' ? meta['continue'] : '',
  }
}

function isApiObject(value: unknown): value is ApiObject {
  return isObject(value) && isObject(value['metadata'])
}

function keyOf({ metadata }: ApiObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
}

function versionOf(object: ApiObject | undefined): string | undefined {
  return object?.metadata.resourceVersion
}

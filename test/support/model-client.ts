import { loadCodec } from '../../src/protobuf/codec.ts'
import { takeDelta } from '../../src/xds/delta.ts'
import { push } from '../../src/xds/order.ts'
import { resourceType } from '../../src/xds/resource-types.ts'
import type { Response } from '../../src/xds/response.ts'
import { type Snapshot, typeUrl } from '../../src/xds/snapshot.ts'
import { takeSotw } from '../../src/xds/sotw.ts'
import { newStream, type StreamState } from '../../src/xds/stream-state.ts'
import { accept, refuse } from '../../src/xds/verdict.ts'

type Protocol = 'sotw' | 'delta'

interface InFlight {
  readonly url: string
  readonly nonce: string
  readonly response: Response
}

/**
 * A proxy and its stream without sockets, for random histories: it holds resources, subscribes to what they name, and
 * accepts or refuses when it is told to.
 *
 * It reads what a response says from its lists, not from its bytes; those are what other tests look at.
 */
export class ModelClient {
  readonly stream: StreamState
  /** By type URL and name: the version that the proxy holds. */
  readonly held = new Map<string, Map<string, string>>()
  readonly inFlight: InFlight[] = []
  isSynced = false
  #now = 0
  readonly #protocol: Protocol
  readonly #asked = new Map<string, ReadonlySet<string>>()

  constructor(protocol: Protocol, snapshot: Snapshot) {
    this.#protocol = protocol
    this.stream = newStream(protocol, 0)
    this.stream.snapshot = snapshot
    for (const url of [typeUrl.cluster, typeUrl.listener]) this.#request(url, new Set())
  }

  assign(snapshot: Snapshot): void {
    this.stream.snapshot = snapshot
    this.#push()
  }

  /** Lets time go by, so that deadlines pass. */
  wait(ms: number): void {
    this.#now += ms
    this.#push()
  }

  /** Takes the oldest response: accepts it, or refuses it all. */
  answer(accepts: boolean): boolean {
    const next = this.inFlight.shift()
    if (next === undefined) return false
    if (accepts) this.#take(next)
    const names = this.#asked.get(next.url) ?? new Set()
    this.#request(next.url, names, { nonce: next.nonce, error: accepts ? undefined : { code: 13, message: 'no' } })
    if (accepts) this.#follow(next.url)
    return true
  }

  #take({ url, response }: InFlight): void {
    const isWhole = this.#protocol === 'sotw' && resourceType(url)!.isAuthoritative
    const held = (!isWhole && this.held.get(url)) || new Map<string, string>()
    const all = isWhole ? [...response.held.values()] : response.changed
    for (const { name, body } of all) {
      if (name === undefined || body === undefined) continue
      // What came too late, for a name that it has unsubscribed from, a proxy ignores.
      if (resourceType(url)!.isAuthoritative || this.#asked.get(url)?.has(name) === true)
        held.set(name, versionIn(body))
    }
    for (const name of response.removed) held.delete(name)
    this.held.set(url, held)
  }

  /** Subscribes to what clusters and listeners name, as Envoy does. */
  #follow(url: string): void {
    const needed = url === typeUrl.cluster ? typeUrl.endpoint : url === typeUrl.listener ? typeUrl.route : undefined
    if (needed === undefined) return
    const names = new Set<string>()
    for (const name of this.held.get(url)?.keys() ?? [])
      for (const need of this.stream.types.get(url)!.held.get(name)?.needs?.[needed] ?? []) names.add(need)
    const before = this.#asked.get(needed) ?? new Set()
    if (names.size === before.size && [...names].every(name => before.has(name))) return
    for (const name of before) if (!names.has(name)) this.held.get(needed)?.delete(name)
    this.#request(needed, names)
  }

  #request(
    url: string,
    names: ReadonlySet<string>,
    answers: { readonly nonce?: string; readonly error?: { code: number; message: string } | undefined } = {},
  ): void {
    const before = this.#asked.get(url) ?? new Set<string>()
    this.#asked.set(url, names)
    const { error } = answers
    const type = resourceType(url)!
    const state = this.stream.types.get(url)
    const taken =
      this.#protocol === 'sotw'
        ? // A change of names travels with the last nonce that the client has seen.
          takeSotw(this.stream, type, {
            kind: 'sotw',
            node: undefined,
            typeUrl: url,
            versionInfo: '',
            names: [...names],
            error,
            nonce: answers.nonce ?? this.#seen.get(url) ?? '',
          })
        : takeDelta(this.stream, type, {
            kind: 'delta',
            node: undefined,
            typeUrl: url,
            nonce: answers.nonce ?? '',
            error,
            subscribe: [...names].filter(name => !before.has(name)),
            unsubscribe: [...before].filter(name => !names.has(name)),
            initialVersions: new Map(),
          })
    if (answers.nonce !== undefined) this.#seen.set(url, answers.nonce)
    if (taken?.answers !== undefined && state !== undefined) {
      if (error === undefined) accept(this.stream, state, taken.answers, this.#now)
      else refuse(this.stream, state, { response: taken.answers.response, error })
    }
    this.#push()
  }

  readonly #seen = new Map<string, string>()

  #push(): void {
    this.isSynced = push(this.stream, {
      now: this.#now,
      deadlineMs: 5000,
      send: ({ type }, response, nonce) => this.inFlight.push({ url: type.typeUrl, nonce, response }),
    }).isAccepted
  }
}

/** What tells two contents of a name apart, read from the bytes. */
function versionIn(body: Uint8Array): string {
  return JSON.stringify(loadCodec().decode('google.protobuf.Any', body))
}

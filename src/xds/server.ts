/**
 * The xDS server: ADS over HTTP/2, state of the world and incremental, for Envoys and whoever speaks their protocol.
 *
 * Owns listening, connections and their limits, which stream is a proxy's, and pushing. Knows snapshots (bytes and
 * names) and nothing of the mesh that they come from: `assign` says what each proxy gets.
 */
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import { ownValue } from '../util/own-value.ts'
import { AdmissionQueue } from './admission-queue.ts'
import type { XdsEvent } from './events.ts'
import { grpcMessage, grpcStatus, StreamRefused } from './grpc-status.ts'
import { defaultLimits, type XdsLimits } from './limits.ts'
import { bindSocket } from './listen.ts'
import type { XdsNode } from './node.ts'
import { type ProxyState, proxyState, type SentResource, sentResources } from './proxy-state.ts'
import { Pushes, type PushStatus } from './pushes.ts'
import { remoteAddress } from './remote-address.ts'
import type { Protocol } from './response.ts'
import type { OpenSecrets } from './secrets.ts'
import { type Admission, type SessionHost, XdsSession } from './session.ts'
import type { Snapshot } from './snapshot.ts'
import { Strangers } from './strangers.ts'
import { newMemory, type ProxyMemory } from './stream-state.ts'

export type Assignment = { readonly snapshot: Snapshot } | { readonly refuse: string }

/** Who called, or why that is not believed. */
export type Verdict =
  | { readonly refuse: string }
  /** `expiresAt`: when the caller's token does, in ms since 1970; the stream ends before, so that it brings the next one. */
  | { readonly refuse?: never; readonly expiresAt?: number }

export interface XdsOptions {
  /** What a proxy gets, or why it gets nothing. Asked when it connects and at every push; quick and without side effects. */
  readonly assign: (node: XdsNode) => Assignment
  /** Whether a bearer token makes the caller this node. Compare in constant time. Absent: everybody is who they say. */
  readonly authenticate?: (token: string | undefined, node: XdsNode, remote: string) => Verdict | Promise<Verdict>
  /** Serves TLS with these; `XdsServer.renew` changes them. Absent: plain text, for Unix sockets and loopback. */
  readonly tls?: SecureContextOptions
  /** Makes each stream's own secrets, for the node that `authenticate` took the caller to be. */
  readonly secrets?: OpenSecrets
  /** Takes requests that are none for discovery; false where it does not want one. */
  readonly other?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean
  readonly onEvent?: (event: XdsEvent) => void
  readonly limits?: Partial<XdsLimits>
  /** How long new clusters may hold up what names them, in ms. Default 5000: Envoy's own for one DNS query. */
  readonly cdsAckDeadlineMs?: number
}

/** What a stream shows of whoever opened it, whatever he says. */
interface Caller {
  readonly token: string | undefined
  readonly remote: string
}

export type XdsTarget = { readonly host: string; readonly port: number } | { readonly path: string }

const service = '/envoy.service.discovery.v3.AggregatedDiscoveryService/'
const methods: Readonly<{ [path: string]: Protocol }> = {
  [`${service}StreamAggregatedResources`]: 'sotw',
  [`${service}DeltaAggregatedResources`]: 'delta',
}

/** How long peers may take to read their farewell when the server closes, in ms. */
const closeMs = 500
/** Proxies that are remembered after they left. */
const memories = 20_000
/** Unknown types that are named once each; a peer could make up any number. */
const namedTypes = 100

export class XdsServer {
  readonly #options: XdsOptions
  readonly #limits: XdsLimits
  readonly #server: Http2Server | Http2SecureServer
  readonly #host: SessionHost
  readonly #sessions = new Map<XdsSession, Caller>()
  readonly #connections = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<Socket>()
  /** By node id: the newest stream, which alone is the proxy's; an older one may linger until its socket dies. */
  readonly #current = new Map<string, XdsSession>()
  readonly #memories = new Map<string, ProxyMemory>()
  readonly #pushes = new Pushes()
  readonly #queue: AdmissionQueue<XdsSession>
  readonly #strangers: Strangers<XdsSession>
  readonly #unknownTypes = new Set<string>()
  readonly #ticker: NodeJS.Timeout
  #isPushing = false

  constructor(options: XdsOptions) {
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#queue = new AdmissionQueue(this.#limits)
    this.#strangers = new Strangers(this.#limits.strangers)
    this.#host = this.#sessionHost()
    const http2 = {
      // In MB, for one connection: what a peer may pile up unread before new streams are turned away.
      maxSessionMemory: 64,
      settings: { maxConcurrentStreams: this.#limits.streamsPerConnection, initialWindowSize: 1 << 20 },
    }
    this.#server =
      options.tls === undefined
        ? createServer(http2)
        : createSecureServer({ ...http2, handshakeTimeout: this.#limits.firstRequestMs, ...options.tls })
    this.#server.on('connection', socket => this.#track(socket))
    this.#server.on('session', session => this.#keepAlive(session))
    this.#server.on('stream', (stream, headers) => this.#open(stream, headers))
    // A peer that speaks no HTTP/2 loses its connection, and that is all.
    this.#server.on('sessionError', () => {})
    this.#ticker = setInterval(() => this.#expire(), Math.max(50, Math.min(1000, this.#limits.sendTimeoutMs / 4)))
    this.#ticker.unref()
  }

  /**
   * Listens on TCP or on a Unix socket, which only its owner may open (mode 0600).
   *
   * @returns the address, with the port that port 0 became
   * @throws the system's error (EADDRINUSE, EACCES, …)
   */
  async listen(target: XdsTarget): Promise<XdsTarget> {
    await bindSocket(this.#server, target)
    if ('path' in target) return target
    return { host: target.host, port: (this.#server.address() as AddressInfo).port }
  }

  /** Takes other certificates for connections from now on; those that are open stay as they are. */
  renew(tls: SecureContextOptions): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(tls)
  }

  /** Ends the streams of some proxies, for a reason that they are told: a pod that is gone, an account that is deleted. */
  endStreams(reason: string, of: (node: XdsNode) => boolean): void {
    for (const session of [...this.#sessions.keys()]) {
      // Also of those that are not in yet: what was found of them may hold no more.
      const node = session.claimed
      if (node !== undefined && of(node)) session.end(grpcStatus.unauthenticated, reason)
    }
  }

  /** Asks `assign` again for each proxy and sends what differs. Several calls in one turn are one. */
  push(): void {
    if (this.#isPushing) return
    this.#isPushing = true
    setImmediate(() => {
      this.#isPushing = false
      for (const session of [...this.#sessions.keys()]) {
        try {
          this.#reassign(session)
        } catch (error) {
          // A bug of ours that one proxy's configuration brings out must not keep the others from theirs.
          session.end(
            grpcStatus.internal,
            `the server failed on this push: ${error instanceof Error ? error.message : error}`,
          )
        }
      }
    })
  }

  /** How many streams are open of which it is not known whose they are. */
  get strangers(): number {
    return this.#strangers.size
  }

  /** One entry for each connected proxy, by its node id. */
  proxies(): ProxyState[] {
    const states = [...this.#current.values()].flatMap(session => proxyState(session) ?? [])
    return states.sort((a, b) => (a.node.id < b.node.id ? -1 : 1))
  }

  /** What a proxy was sent and has not refused; undefined where it is not connected. */
  resources(nodeId: string): SentResource[] | undefined {
    const session = this.#current.get(nodeId)
    return session === undefined ? undefined : sentResources(session)
  }

  /** How far the newest push of a revision has come; undefined for one that was never assigned or was long ago. */
  revision(revision: string): PushStatus | undefined {
    return this.#pushes.latest(revision)
  }

  /** Ends all streams with UNAVAILABLE, so that proxies come again, and stops listening. */
  async close(): Promise<void> {
    clearInterval(this.#ticker)
    for (const session of [...this.#sessions.keys()]) session.end(grpcStatus.unavailable, 'the server is shutting down')
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    // Peers that don't read would keep their connections open for ever. A session that is closing waits for its peer,
    // also when it is destroyed: only its socket does not.
    const timer = setTimeout(() => this.#destroySockets(), closeMs)
    for (const connection of this.#connections) connection.close()
    await closed
    clearTimeout(timer)
  }

  #destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #open(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => {})
    if (this.#options.other?.(stream, headers) === true) return
    const protocol = ownValue(methods, String(headers[':path']))
    const isGrpc = headers['content-type']?.startsWith('application/grpc') === true
    const refuse = (code: number, message: string) =>
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': code,
          'grpc-message': grpcMessage(message),
        },
        { endStream: true },
      )
    if (!isGrpc || headers[':method'] !== 'POST') {
      stream.respond({ ':status': 415 }, { endStream: true })
    } else if (protocol === undefined)
      refuse(grpcStatus.unimplemented, 'only the aggregated discovery service is served')
    else if (this.#sessions.size - this.#strangers.size >= this.#limits.streams)
      refuse(grpcStatus.resourceExhausted, `${this.#limits.streams} streams are open`)
    else this.#begin(stream, protocol, headers)
  }

  #begin(stream: ServerHttp2Stream, protocol: Protocol, headers: IncomingHttpHeaders): void {
    const session = new XdsSession(stream, protocol, this.#host)
    const remote = remoteAddress(stream)
    this.#sessions.set(session, { token: bearerToken(headers), remote })
    stream.on('close', () => this.#forget(session))
    if (!this.#strangers.add(session, remote))
      session.end(grpcStatus.resourceExhausted, 'too many streams of this address have not said whose they are')
  }

  #sessionHost(): SessionHost {
    return {
      limits: this.#limits,
      cdsAckDeadlineMs: this.#options.cdsAckDeadlineMs ?? 5000,
      admit: (session, node) => this.#admit(session, node),
      emit: event => this.#options.onEvent?.(event),
      secrets: this.#options.secrets,
      unknownType: typeUrl => this.#unknownType(typeUrl),
      // Whoever never asks for the secrets that he is told of must not keep his place from those who wait.
      answered: session => this.#queue.leave(session),
      synced: session => this.#synced(session),
      nacked: session => this.#note(session, 'rejected'),
    }
  }

  #admit(session: XdsSession, node: XdsNode): Admission | Promise<Admission> {
    const { token, remote = '' } = this.#sessions.get(session) ?? {}
    const verdict = this.#options.authenticate?.(token, node, remote)
    if (verdict instanceof Promise) return verdict.then(settled => this.#identified(session, node, settled))
    return this.#identified(session, node, verdict ?? {})
  }

  /** Only who is believed waits in the line: others could fill it. */
  #identified(session: XdsSession, node: XdsNode, verdict: Verdict): Admission | Promise<Admission> {
    if (verdict.refuse !== undefined) throw new StreamRefused(grpcStatus.unauthenticated, verdict.refuse)
    if (session.isClosed) throw new StreamRefused(grpcStatus.unavailable, 'the stream has ended')
    this.#strangers.remove(session)
    if (verdict.expiresAt !== undefined) session.endAt(lastMoment(verdict.expiresAt))
    const turn = this.#queue.enter(session)
    return turn === undefined ? this.#admitted(session, node) : turn.then(() => this.#admitted(session, node))
  }

  #admitted(session: XdsSession, node: XdsNode): Admission {
    if (session.isClosed) throw new StreamRefused(grpcStatus.unavailable, 'the stream has ended')
    const assignment = this.#options.assign(node)
    if ('refuse' in assignment) throw new StreamRefused(grpcStatus.notFound, assignment.refuse)
    this.#current.set(node.id, session)
    const memory = this.#memories.get(node.id) ?? newMemory()
    this.#memories.delete(node.id)
    this.#memories.set(node.id, memory)
    const oldest = this.#memories.keys().next().value
    if (this.#memories.size > memories && oldest !== undefined) this.#memories.delete(oldest)
    this.#pushes.note(assignment.snapshot, { id: node.id, outcome: 'pending', ms: undefined })
    return { snapshot: assignment.snapshot, memory }
  }

  #reassign(session: XdsSession): void {
    if (session.node === undefined || session.isClosed) return
    const assignment = this.#options.assign(session.node)
    if ('refuse' in assignment) {
      session.end(grpcStatus.notFound, assignment.refuse)
      return
    }
    const isNew = assignment.snapshot.push !== session.state.snapshot?.push
    if (isNew && this.#isCurrent(session))
      this.#pushes.note(assignment.snapshot, { id: session.node.id, outcome: 'pending', ms: undefined })
    session.assign(assignment.snapshot)
  }

  #synced(session: XdsSession): void {
    if (!this.#isCurrent(session)) return
    const { wasSent: isConcerned, ms } = session.progress
    this.#note(session, isConcerned ? 'accepted' : 'unconcerned')
    const { revision, push } = session.state.snapshot!
    this.#options.onEvent?.({ kind: 'synced', proxy: session.node!, revision, push, isConcerned, ms })
  }

  #note(session: XdsSession, outcome: 'accepted' | 'unconcerned' | 'rejected' | 'left'): void {
    const { snapshot } = session.state
    if (snapshot === undefined || session.node === undefined || !this.#isCurrent(session)) return
    this.#pushes.note(snapshot, { id: session.node.id, outcome, ms: session.progress.ms })
  }

  #isCurrent(session: XdsSession): boolean {
    return session.node !== undefined && this.#current.get(session.node.id) === session
  }

  #forget(session: XdsSession): void {
    session.close()
    this.#sessions.delete(session)
    this.#strangers.remove(session)
    this.#queue.leave(session)
    const { node } = session
    if (node === undefined) return
    if (this.#isCurrent(session)) {
      if (!session.progress.isSynced) this.#note(session, 'left')
      this.#current.delete(node.id)
      // An older stream that outlives a newer one is the proxy's again.
      const other = [...this.#sessions.keys()].findLast(({ node: its, isClosed }) => its?.id === node.id && !isClosed)
      if (other !== undefined) this.#current.set(node.id, other)
    }
    this.#options.onEvent?.({ kind: 'disconnected', proxy: node, protocol: session.state.protocol })
  }

  #unknownType(typeUrl: string): void {
    if (this.#unknownTypes.has(typeUrl) || this.#unknownTypes.size >= namedTypes) return
    this.#unknownTypes.add(typeUrl)
    this.#options.onEvent?.({ kind: 'unknown-type', typeUrl: typeUrl.slice(0, 200) })
  }

  #expire(): void {
    const now = performance.now()
    for (const session of this.#sessions.keys()) session.expire(now)
  }

  /** Pings a connection, so that one which died without a word ends within two periods. */
  #keepAlive(connection: ServerHttp2Session): void {
    this.#connections.add(connection)
    connection.on('error', () => {})
    let isAlive = true
    const timer = setInterval(() => {
      if (!isAlive || connection.destroyed) return connection.destroy()
      isAlive = false
      connection.ping(error => {
        isAlive = error === null
      })
    }, this.#limits.pingMs)
    timer.unref()
    const silence = setTimeout(() => connection.destroy(), this.#limits.firstRequestMs)
    silence.unref()
    connection.once('stream', () => clearTimeout(silence))
    connection.on('close', () => {
      clearInterval(timer)
      clearTimeout(silence)
      this.#connections.delete(connection)
    })
  }
}

/** Of the time that a token has left, the stream may not use the last part, in ms: the next one is on disk by then. */
const longestReserveMs = 60_000

/** When a stream has to end whose token expires at `expiresAt`: before that, and not all at once. ms since 1970. */
function lastMoment(expiresAt: number): number {
  const reserve = Math.min(longestReserveMs, (expiresAt - Date.now()) / 10)
  return expiresAt - reserve * (0.5 + Math.random() / 2)
}

function bearerToken({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
}

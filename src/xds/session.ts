import type { ServerHttp2Stream } from 'node:http2'
import { constants } from 'node:http2'
import { WireError } from '../protobuf/wire-reader.ts'
import { takeDelta } from './delta.ts'
import type { XdsEvent } from './events.ts'
import { FrameReader } from './grpc-frame.ts'
import { type GrpcCode, grpcMessage, grpcStatus, StreamRefused } from './grpc-status.ts'
import type { Held, HeldResource } from './held.ts'
import type { XdsLimits } from './limits.ts'
import { readNode, type XdsNode } from './node.ts'
import { nextDeadline, push } from './order.ts'
import { readDeltaRequest, readSotwRequest, tooMany, type XdsRequest } from './request.ts'
import { resourceType } from './resource-types.ts'
import { nonceTail, type Protocol, type Response } from './response.ts'
import type { OpenSecrets, SecretSource } from './secrets.ts'
import type { Snapshot } from './snapshot.ts'
import { takeSotw } from './sotw.ts'
import { newStream, type Outstanding, type ProxyMemory, type StreamState, type TypeState } from './stream-state.ts'
import { accept, refuse } from './verdict.ts'

/** What a session asks of and tells its server. */
export interface SessionHost {
  readonly limits: XdsLimits
  readonly cdsAckDeadlineMs: number
  /**
   * Called once for each stream, with the first request. A promise holds up all that comes after it.
   *
   * @throws StreamRefused where this proxy is not to be served
   */
  admit(session: XdsSession, node: XdsNode): Admission | Promise<Admission>
  emit(event: XdsEvent): void
  unknownType(typeUrl: string): void
  /** Absent: proxies get no secrets but those of their snapshots. */
  readonly secrets: OpenSecrets | undefined
  /** It has got all that it has asked for so far, and that is all but secrets at least. */
  answered(session: XdsSession): void
  synced(session: XdsSession): void
  nacked(session: XdsSession): void
}

/** Is this a secret that the proxy said it holds, and that we have no bytes of? */
function isOnlyBelieved(secret: HeldResource | undefined): boolean {
  return secret !== undefined && secret.body === undefined
}

const noVersions: ReadonlyMap<string, string> = new Map()

/** What a stream begins with. */
export interface Admission {
  readonly snapshot: Snapshot
  readonly memory: ProxyMemory
}

/** How long a stream that ends may take to read what is on its way, in ms. */
const trailersMs = 2000
/** Longer timers would fire at once (they are 32 bits), in ms. */
const longestTimerMs = 2 ** 31 - 1

/** One stream of one proxy: its socket's side. What it holds and is owed stands in `state`. */
export class XdsSession {
  readonly state: StreamState
  /** When it was opened, in ms since 1970. */
  readonly connectedAt = Date.now()
  readonly #stream: ServerHttp2Stream
  readonly #host: SessionHost
  readonly #frames: FrameReader
  /** Requests that wait until it is known whose stream this is. */
  #inbox: Buffer[] = []
  #isIdentifying = false
  #node: XdsNode | undefined
  #claimed: XdsNode | undefined
  #isClosed = false
  /** When the peer stopped reading, monotonic, in ms. */
  #blockedAt: number | undefined
  #timer: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined
  #secrets: SecretSource | undefined
  #deadline = 0
  #assignedAt = 0
  #isSynced = false
  #wasSent = false

  constructor(stream: ServerHttp2Stream, protocol: Protocol, host: SessionHost) {
    this.#stream = stream
    this.#host = host
    this.#frames = new FrameReader(host.limits.receiveBytes)
    this.state = newStream(protocol, performance.now())
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('end', () => this.end(grpcStatus.ok, ''))
    stream.on('drain', () => this.#unblock())
  }

  get node(): XdsNode | undefined {
    return this.#node
  }

  /** Whose stream it says it is, from its first request on: it may be looked at still, or wait for its turn. */
  get claimed(): XdsNode | undefined {
    return this.#claimed
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether the proxy has accepted all of its snapshot, and whether it was sent anything for it. */
  get progress(): { readonly isSynced: boolean; readonly wasSent: boolean; readonly ms: number } {
    return { isSynced: this.#isSynced, wasSent: this.#wasSent, ms: performance.now() - this.#assignedAt }
  }

  /** Gives the proxy a snapshot; what differs is sent at once or as soon as order allows. */
  assign(snapshot: Snapshot): void {
    if (this.state.snapshot === snapshot) return
    this.state.snapshot = snapshot
    this.#assignedAt = performance.now()
    // What was sent for a push that this one overtakes is accepted with this one.
    this.#wasSent &&= !this.#isSynced
    this.#isSynced = false
    this.#push()
  }

  /** Closes what has been silent since it opened, or has left our bytes unread, for too long. */
  expire(now: number): void {
    const { firstRequestMs, sendTimeoutMs } = this.#host.limits
    if (this.#blockedAt !== undefined && now - this.#blockedAt > sendTimeoutMs)
      this.#drop(`it left what was sent unread for ${sendTimeoutMs} ms`)
    else if (this.#node === undefined && !this.#isIdentifying && now - this.state.openedAt > firstRequestMs)
      this.end(grpcStatus.invalidArgument, 'no request came')
  }

  /** Ends the stream with a gRPC status. The proxy keeps its configuration and comes again. */
  end(code: GrpcCode, message: string): void {
    if (this.#isClosed) return
    this.close()
    if (code !== grpcStatus.ok) this.#host.emit({ kind: 'refused', proxy: this.#node, reason: message })
    if (this.#stream.destroyed) return
    this.#stream.once('wantTrailers', () => {
      this.#stream.sendTrailers({ 'grpc-status': code, 'grpc-message': grpcMessage(message) })
      // A client that goes on sending is told to stop, once the trailers are on their way.
      setImmediate(() => this.#stream.close(constants.NGHTTP2_NO_ERROR))
    })
    this.#stream.end()
    // The trailers come after what is still unread, which a peer may leave unread for ever.
    if (this.#blockedAt !== undefined)
      setTimeout(() => this.#stream.close(constants.NGHTTP2_CANCEL), trailersMs).unref()
  }

  /** Ends the stream at a moment, in ms since 1970: its caller's credentials expire. */
  endAt(moment: number): void {
    this.#expiry = setTimeout(
      () => this.end(grpcStatus.unavailable, 'the token expires: come again with the next one'),
      Math.min(Math.max(0, moment - Date.now()), longestTimerMs),
    )
    this.#expiry.unref()
  }

  /** Stops all work for this stream; idempotent. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    clearTimeout(this.#expiry)
    this.#secrets?.close()
    this.state.secrets = undefined
  }

  #drop(reason: string): void {
    this.close()
    this.#host.emit({ kind: 'refused', proxy: this.#node, reason })
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return
    this.#guarded(() => {
      this.#inbox.push(...this.#frames.push(chunk))
      this.#drain()
    })
  }

  #drain(): void {
    while (!this.#isClosed && !this.#isIdentifying) {
      const message = this.#inbox.shift()
      if (message === undefined) return
      this.#handle(message)
    }
  }

  /** Nothing that one peer sends may end more than its own stream. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (error instanceof StreamRefused) this.end(error.code, error.message)
    else if (error instanceof WireError)
      this.end(
        grpcStatus.invalidArgument,
        `the request is no ${this.state.protocol} discovery request: ${error.message}`,
      )
    else
      this.end(
        grpcStatus.internal,
        `the server failed on this request: ${error instanceof Error ? error.message : error}`,
      )
  }

  #handle(message: Buffer): void {
    const { limits } = this.#host
    const read = this.state.protocol === 'sotw' ? readSotwRequest : readDeltaRequest
    const request: XdsRequest = read(message, limits.names)
    if (this.#node === undefined && !this.#identify(request)) {
      // Its turn comes again once we know who asks.
      this.#inbox.unshift(message)
      return
    }
    const type = resourceType(request.typeUrl)
    if (type === undefined) {
      this.#host.unknownType(request.typeUrl)
      return
    }
    const taken = request.kind === 'sotw' ? takeSotw(this.state, type, request) : takeDelta(this.state, type, request)
    if (taken === undefined) return
    if (type.isPrivate) this.#openSecrets(taken.state, request)
    if (taken.state.subscription.names.size > limits.names) throw tooMany(limits.names)
    if (taken.answers !== undefined) this.#judge(taken.state, taken.answers, request)
    this.#push()
  }

  /** True once it is known whose stream this is; false where that has to be waited for. */
  #identify({ node }: XdsRequest): boolean {
    if (node === undefined)
      throw new StreamRefused(
        grpcStatus.invalidArgument,
        'the first request on a stream has to name its node, with an id such as sidecar~IP~NAME.NAMESPACE~DOMAIN',
      )
    const parsed = readNode(node, this.#host.limits.metadataBytes)
    this.#claimed = parsed
    const admission = this.#host.admit(this, parsed)
    if (!(admission instanceof Promise)) {
      this.#begin(parsed, admission)
      return true
    }
    this.#isIdentifying = true
    // What the peer sends meanwhile stays with the peer.
    this.#stream.pause()
    admission
      .then(admitted => {
        this.#isIdentifying = false
        if (this.#isClosed) return
        this.#begin(parsed, admitted)
        this.#stream.resume()
        this.#guarded(() => this.#drain())
      })
      .catch(error => this.#fail(error))
    return false
  }

  #begin(node: XdsNode, { snapshot, memory }: Admission): void {
    this.#node = node
    this.state.memory = memory
    this.state.snapshot = snapshot
    this.#assignedAt = performance.now()
    // What it asks for comes from here on, however long it had to wait.
    this.state.openedAt = this.#assignedAt
    this.#host.emit({ kind: 'connected', proxy: node, protocol: this.state.protocol })
  }

  /** The first request for secrets has them made; one that asks again for what it was believed to hold, anew. */
  #openSecrets(type: TypeState, request: XdsRequest): void {
    const asked = request.kind === 'delta' ? request.subscribe : request.names
    if (this.#secrets === undefined) {
      const versions = request.kind === 'delta' ? request.initialVersions : noVersions
      this.state.awaitsSecrets = true
      const changed = (secrets: Held) => {
        if (this.#isClosed) return
        this.state.secrets = secrets
        this.state.awaitsSecrets = false
        this.#guarded(() => this.#push())
      }
      const hasAccepted = (name: string, held: string) => this.#hasAccepted(type, name, held)
      this.#secrets = this.#host.secrets?.({ node: this.#node!, versions, changed, hasAccepted })
      if (this.#secrets === undefined) this.state.awaitsSecrets = false
    } else if (request.kind === 'delta' && asked.some(name => isOnlyBelieved(this.state.secrets?.get(name)))) {
      this.state.awaitsSecrets = true
      this.#secrets.renew()
    }
  }

  #hasAccepted({ subscription, outstanding, held }: TypeState, name: string, version: string): boolean {
    if (!subscription.isWildcard && !subscription.names.has(name)) return true
    return outstanding.length === 0 && held.get(name)?.version === version
  }

  #judge(state: TypeState, answers: Outstanding, { error }: XdsRequest): void {
    const now = performance.now()
    const proxy = this.#node!
    if (error === undefined) {
      accept(this.state, state, answers, now)
      this.#host.emit({
        kind: 'acked',
        proxy,
        typeUrl: state.type.typeUrl,
        version: answers.response.version,
        ms: now - answers.at,
      })
      return
    }
    const nack = refuse(this.state, state, { response: answers.response, error })
    this.#host.emit({ kind: 'nacked', proxy, nack })
    this.#host.nacked(this)
  }

  #push(): void {
    if (this.#isClosed || this.#node === undefined || this.#blockedAt !== undefined) return
    const { cdsAckDeadlineMs: deadlineMs } = this.#host
    const now = performance.now()
    const { isAnswered, isAccepted } = push(this.state, {
      now,
      deadlineMs,
      send: (state, response, nonce) => this.#send(state, response, nonce),
    })
    this.#schedule(now)
    if (isAnswered && !this.#isSynced) this.#host.answered(this)
    if (!isAccepted || this.#isSynced) return
    this.#isSynced = true
    this.#host.synced(this)
  }

  #schedule(now: number): void {
    const deadline = nextDeadline(this.state, this.#host.cdsAckDeadlineMs)
    if (deadline === this.#deadline) return
    clearTimeout(this.#timer)
    this.#deadline = deadline
    if (deadline <= now) return
    const wake = () => {
      // Timers may fire a moment early, by another clock than ours: then this one is set again.
      this.#deadline = 0
      this.#push()
    }
    this.#timer = setTimeout(wake, Math.ceil(deadline - now) + 1)
    this.#timer.unref()
  }

  #send(state: TypeState, { frame, version, changed, removed }: Response, nonce: string): void {
    this.#wasSent = true
    this.#stream.cork()
    this.#stream.write(frame)
    const isTaken = this.#stream.write(nonceTail(nonce))
    this.#stream.uncork()
    // Below the high-water mark, or not: what counts is whether the peer goes on reading.
    if (!isTaken) this.#blockedAt ??= performance.now()
    this.#host.emit({
      kind: 'sent',
      proxy: this.#node!,
      typeUrl: state.type.typeUrl,
      version,
      changed: changed.length,
      removed: removed.length,
    })
  }

  #unblock(): void {
    this.#blockedAt = undefined
    this.#push()
  }
}

/** What one peer may cost us. Every field has a default that a mesh of 5,000 services stays below. */
export interface XdsLimits {
  /** Longest message that is read, in bytes. istiod's 4 MiB proved too small for reconnects in big meshes. */
  readonly receiveBytes: number
  /** Resource names in one request, and subscribed to in all for one type. */
  readonly names: number
  /** A node's serialized metadata, in bytes. */
  readonly metadataBytes: number
  /** Open streams of which it is known who opened them, over all connections. */
  readonly streams: number
  /** Open streams of one address that have not proved yet whose they are. */
  readonly strangers: number
  /** Open streams on one connection. Envoy opens one. */
  readonly streamsPerConnection: number
  /** How long a peer may leave what we sent unread, in ms, before its stream is closed. */
  readonly sendTimeoutMs: number
  /** How long a connection may take to speak TLS and to open a stream, and a stream to say something, in ms each. */
  readonly firstRequestMs: number
  /** Proxies that may be getting their first configuration at the same time; others wait for their turn. */
  readonly joining: number
  /** How long one of them may hold up the others, in ms: it may be slow, or never accept what it gets. */
  readonly joinMs: number
  /** How long a proxy waits for its turn, in ms, before it is told to come again (UNAVAILABLE). */
  readonly admissionMs: number
  /** Time between HTTP/2 pings, in ms, which find connections that died in silence. As istiod's. */
  readonly pingMs: number
}

export const defaultLimits: XdsLimits = {
  receiveBytes: 16 * 1024 * 1024,
  names: 50_000,
  metadataBytes: 1024 * 1024,
  streams: 10_000,
  strangers: 4_096,
  streamsPerConnection: 100,
  sendTimeoutMs: 20_000,
  firstRequestMs: 15_000,
  joining: 100,
  joinMs: 2_000,
  admissionMs: 10_000,
  pingMs: 30_000,
}

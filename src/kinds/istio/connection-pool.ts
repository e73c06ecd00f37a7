/** How many connections and requests a DestinationRule or Sidecar allows. Types of Istio's API only. */

export interface ConnectionPoolSettings {
  /** Limits of connections, whatever they carry. Default: none, and 10 s to connect. */
  tcp?: TCPSettings
  /** Limits of requests, and which HTTP is spoken. Default: no limits. */
  http?: HTTPSettings
}

export interface TCPSettings {
  /**
   * Connections at once to the host, over all its endpoints; 0 is as not said. Default: 2^32-1.
   * @format int32
   */
  maxConnections?: number
  /**
   * How long connecting may take. Default: 10 s.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  connectTimeout?: string
  /** Probes that find dead connections. Default: none are sent. */
  tcpKeepalive?: TcpKeepalive
  /**
   * A connection lives no longer than this. Default: no limit.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  maxConnectionDuration?: string
  /**
   * Closes idle connections; `0s`: never. Default: 1 h.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  idleTimeout?: string
}

export interface TcpKeepalive {
  /**
   * Probes without an answer before the connection counts as dead, 127 at most. Default: the system's (Linux: 9).
   * @minimum 0
   * @maximum 4294967295
   */
  probes?: number
  /**
   * Idle time before the first probe, up to 32767 s. Default: the system's (Linux: 2 h).
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  time?: string
  /**
   * Time between probes, up to 32767 s. Default: the system's (Linux: 75 s).
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  interval?: string
}

export interface HTTPSettings {
  /**
   * Requests that may wait for a connection; 0 is as not said. Default: 2^32-1.
   * @format int32
   */
  http1MaxPendingRequests?: number
  /**
   * Requests at once, HTTP/1.1 and HTTP/2; 0 is as not said. Default: 2^32-1.
   * @format int32
   */
  http2MaxRequests?: number
  /**
   * After so many requests a connection is closed; 0: no limit, 1: no keep-alive. Default: 0.
   * @format int32
   */
  maxRequestsPerConnection?: number
  /**
   * Retries at once; 0 is as not said: `retries.attempts` of a route is what switches them off. Default: 2^32-1.
   * @format int32
   */
  maxRetries?: number
  /**
   * Closes connections without requests. Default: 1 h.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  idleTimeout?: string
  /** Speak HTTP/2 to a host that is declared as HTTP/1.1? Default: no. */
  h2UpgradePolicy?: 'DEFAULT' | 'DO_NOT_UPGRADE' | 'UPGRADE'
  /** Speak to the host what the client spoke. Excludes `UPGRADE`. Default: false. */
  useClientProtocol?: boolean
  /**
   * Streams at once on one HTTP/2 connection, at least 1. Default: 2^31-1.
   * @format int32
   */
  maxConcurrentStreams?: number
  /** HTTP/2 pings that find dead connections. Default: none are sent. */
  http2KeepAlive?: Http2KeepAlive
}

export interface Http2KeepAlive {
  /**
   * Time between pings; needed.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  interval?: string
  /**
   * How long an answer to a ping may take before the connection is closed; needed.
   * @pattern ^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$
   */
  timeout?: string
}

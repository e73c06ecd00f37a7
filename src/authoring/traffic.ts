import type { Duration } from './duration.ts'
import { type Carries, type ServiceState, stateOf, type VersionState } from './internals.ts'
import { site, traced } from './trace.ts'

/** How calls to a service are made once they are routed. */
export interface TrafficOptions {
  /** How an endpoint is chosen. Default: LEAST_REQUEST. */
  readonly loadBalancer?: 'LEAST_REQUEST' | 'ROUND_ROBIN' | 'RANDOM' | HashBy
  /** Connections to the service. Default: unlimited. */
  readonly connections?: ConnectionOptions
  /** Takes endpoints that fail out of load balancing for a while. Default: none is ever taken out. */
  readonly outliers?: OutlierOptions
}

/** Sends requests with an equal key to the same endpoint. Exactly one key. */
export type HashBy = HashByHeader | HashByQuery | HashByCookie | HashBySource

export interface HashByHeader {
  /** The request header whose value is the key. */
  readonly header: string
  readonly query?: never
  readonly cookie?: never
  readonly sourceIp?: never
}

export interface HashByQuery {
  /** The query parameter whose value is the key. */
  readonly query: string
  readonly header?: never
  readonly cookie?: never
  readonly sourceIp?: never
}

export interface HashByCookie {
  /** The cookie whose value is the key; a client that has none is given one. */
  readonly cookie: string
  /** How long that cookie lives. Default: 0s, as long as the browser runs. */
  readonly ttl?: Duration
  readonly header?: never
  readonly query?: never
  readonly sourceIp?: never
}

export interface HashBySource {
  /** The client's address is the key. */
  readonly sourceIp: true
  readonly header?: never
  readonly query?: never
  readonly cookie?: never
}

export interface ConnectionOptions {
  /** Connections at once, over all endpoints. Default: unlimited. */
  readonly max?: number
  /** Time to connect. Default: 10s. */
  readonly connectTimeout?: Duration
  /** Requests that may wait for a connection. Default: unlimited. */
  readonly maxPending?: number
  /** Requests at once. Default: unlimited. */
  readonly maxRequests?: number
  /** Requests before a connection is closed. Default: unlimited. */
  readonly maxRequestsPerConnection?: number
  /** Retries at once. Default: unlimited. */
  readonly maxRetries?: number
  /** Closes connections without requests. Default: 1h. */
  readonly idleTimeout?: Duration
}

export interface OutlierOptions {
  /** 5xx answers in a row until an endpoint is ejected. Default: 5. */
  readonly consecutive5xx?: number
  /** 502, 503 and 504 answers in a row. Default: not counted apart. */
  readonly consecutiveGatewayErrors?: number
  /** Time between looks. Default: 10s. */
  readonly interval?: Duration
  /** The first ejection; each further one is longer by this. Default: 30s. */
  readonly ejectFor?: Duration
  /** Largest share of the endpoints out at once, percent. Default: 10. */
  readonly maxEjected?: number
}

/**
 * Says how calls to a service, or to one of its versions, are made, apart from its declaration. A statement: it holds
 * wherever its module is part of the mesh; of several, the later wins field by field.
 *
 * @example
 * traffic(reviews.v2, { outliers: { consecutive5xx: 3, ejectFor: '1m' } })
 */
export function traffic(target: Carries<ServiceState> | Carries<VersionState>, options: TrafficOptions): void {
  const at = site()
  const state = stateOf<ServiceState | VersionState>(target)
  const policy = trafficPolicy(options, at, [1])
  if (state.kind === 'service') state.traffic.push({ policy })
  else state.service.traffic.push({ version: state.version, policy })
}

/** The DestinationRule's traffic policy, marked with where each part was written. */
export function trafficPolicy(options: TrafficOptions, at: number, path: readonly (string | number)[]): object {
  const from = <T>(value: T, member: keyof TrafficOptions) =>
    value === undefined ? undefined : traced(value, at, ...path, member)
  const { connections, outliers } = options
  return defined({
    loadBalancer: from(loadBalancer(options.loadBalancer), 'loadBalancer'),
    connectionPool: from(connections === undefined ? undefined : connectionPool(connections), 'connections'),
    outlierDetection: from(
      outliers === undefined
        ? undefined
        : {
            consecutive5xxErrors: outliers.consecutive5xx,
            consecutiveGatewayErrors: outliers.consecutiveGatewayErrors,
            interval: outliers.interval,
            baseEjectionTime: outliers.ejectFor,
            maxEjectionPercent: outliers.maxEjected,
          },
      'outliers',
    ),
  })
}

function loadBalancer(choice: TrafficOptions['loadBalancer']): object | undefined {
  if (choice === undefined) return undefined
  if (typeof choice === 'string') return { simple: choice }
  if (choice.header !== undefined) return { consistentHash: { httpHeaderName: choice.header } }
  if (choice.query !== undefined) return { consistentHash: { httpQueryParameterName: choice.query } }
  if (choice.cookie !== undefined)
    return { consistentHash: { httpCookie: { name: choice.cookie, ttl: choice.ttl ?? '0s' } } }
  return { consistentHash: { useSourceIp: true } }
}

function connectionPool(options: ConnectionOptions): object {
  return {
    tcp: defined({ maxConnections: options.max, connectTimeout: options.connectTimeout }),
    http: defined({
      http1MaxPendingRequests: options.maxPending,
      http2MaxRequests: options.maxRequests,
      maxRequestsPerConnection: options.maxRequestsPerConnection,
      maxRetries: options.maxRetries,
      idleTimeout: options.idleTimeout,
    }),
  }
}

/** Without members that were not given, so that merging keeps what an earlier statement said. */
function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}

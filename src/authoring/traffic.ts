import { compact } from '../util/compact.ts'
import type { Duration } from './duration.ts'
import { type Carries, type ServiceState, stateOf, type VersionState } from './internals.ts'
import { optionsAt, site, traced } from './trace.ts'

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
  const { loadBalancer, connections, outliers } = options
  const part = <Value>(name: keyof TrafficOptions, value: Value | undefined, lower: Lower<Value>) =>
    value === undefined ? undefined : traced(lower(value, at, [...path, name]), at, ...path, name)
  return compact({
    loadBalancer: part('loadBalancer', loadBalancer, loadBalancerOf),
    connectionPool: part('connections', connections, connectionPoolOf),
    outlierDetection: part('outliers', outliers, outlierDetectionOf),
  })
}

/** What options stand for in Istio, each value marked with its place: `path` leads to the options. */
type Lower<Options> = (options: Options, at: number, path: readonly (string | number)[]) => object

const loadBalancerOf: Lower<NonNullable<TrafficOptions['loadBalancer']>> = (choice, at, path) => {
  if (typeof choice === 'string') return { simple: choice }
  const option = optionsAt(choice, at, ...path)
  if (choice.header !== undefined) return { consistentHash: { httpHeaderName: option('header') } }
  if (choice.query !== undefined) return { consistentHash: { httpQueryParameterName: option('query') } }
  if (choice.cookie !== undefined) {
    const ttl = traced(choice.ttl, at, ...path, 'ttl') ?? '0s'
    return { consistentHash: { httpCookie: traced({ name: option('cookie'), ttl }, at, ...path, 'cookie') } }
  }
  return { consistentHash: { useSourceIp: true } }
}

const connectionPoolOf: Lower<ConnectionOptions> = (options, at, path) => {
  const option = optionsAt(options, at, ...path)
  return {
    tcp: compact({ maxConnections: option('max'), connectTimeout: option('connectTimeout') }),
    http: compact({
      http1MaxPendingRequests: option('maxPending'),
      http2MaxRequests: option('maxRequests'),
      maxRequestsPerConnection: option('maxRequestsPerConnection'),
      maxRetries: option('maxRetries'),
      idleTimeout: option('idleTimeout'),
    }),
  }
}

const outlierDetectionOf: Lower<OutlierOptions> = (options, at, path) => {
  const option = optionsAt(options, at, ...path)
  return {
    consecutive5xxErrors: option('consecutive5xx'),
    consecutiveGatewayErrors: option('consecutiveGatewayErrors'),
    interval: option('interval'),
    baseEjectionTime: option('ejectFor'),
    maxEjectionPercent: option('maxEjected'),
  }
}

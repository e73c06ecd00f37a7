import { duration } from '../forms.ts'
import { conflict, missing, type RuleFinding, range } from '../rule-finding.ts'
import type { TcpKeepalive } from './connection-pool.ts'
import type { ConnectionPoolSettings, HTTPSettings, TCPSettings } from './destination-rule.ts'

/** Counters are 32 bits wide in Istio's API. */
const counter = { min: 0, max: 2_147_483_647 }

/** Istio's validation of ConnectionPoolSettings. */
export function* connectionPoolRules(pool: ConnectionPoolSettings | undefined, pointer: string): Iterable<RuleFinding> {
  if (pool === undefined) return
  if (pool.tcp === undefined && pool.http === undefined) yield missing(pointer, 'tcp or http')
  if (pool.tcp !== undefined) yield* tcpRules(pool.tcp, `${pointer}/tcp`)
  if (pool.http !== undefined) yield* httpRules(pool.http, `${pointer}/http`)
}

function* tcpRules(tcp: TCPSettings, pointer: string): Iterable<RuleFinding> {
  yield* range(`${pointer}/maxConnections`, tcp.maxConnections, counter)
  yield* duration(`${pointer}/connectTimeout`, tcp.connectTimeout)
  yield* duration(`${pointer}/maxConnectionDuration`, tcp.maxConnectionDuration)
  yield* duration(`${pointer}/idleTimeout`, tcp.idleTimeout, 0)
  yield* keepaliveRules(tcp.tcpKeepalive, `${pointer}/tcpKeepalive`)
}

/** What Linux counts: it refuses more, and each connection to such a service fails with it. */
const longestKeepalive = { ms: 32_767_000, text: '32767s, which is as far as Linux counts' }

export function* keepaliveRules(keepalive: TcpKeepalive | undefined, pointer: string): Iterable<RuleFinding> {
  yield* range(`${pointer}/probes`, keepalive?.probes, { min: 0, max: 127 })
  for (const field of ['time', 'interval'] as const)
    yield* duration(`${pointer}/${field}`, keepalive?.[field], 1, longestKeepalive)
}

const counters = ['http1MaxPendingRequests', 'http2MaxRequests', 'maxRequestsPerConnection', 'maxRetries'] as const

function* httpRules(http: HTTPSettings, pointer: string): Iterable<RuleFinding> {
  for (const field of counters) yield* range(`${pointer}/${field}`, http[field], counter)
  // Envoy takes no connection without streams.
  yield* range(`${pointer}/maxConcurrentStreams`, http.maxConcurrentStreams, { min: 1, max: 2_147_483_647 })
  yield* duration(`${pointer}/idleTimeout`, http.idleTimeout)
  if (http.useClientProtocol === true && http.h2UpgradePolicy === 'UPGRADE')
    yield conflict(`${pointer}/useClientProtocol`, 'h2UpgradePolicy: UPGRADE')
  const { http2KeepAlive } = http
  if (http2KeepAlive === undefined) return
  for (const field of ['interval', 'timeout'] as const) {
    if (http2KeepAlive[field] === undefined) yield missing(`${pointer}/http2KeepAlive`, field)
    yield* duration(`${pointer}/http2KeepAlive/${field}`, http2KeepAlive[field])
  }
}

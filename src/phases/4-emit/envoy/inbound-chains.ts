/**
 * Filter chains behind which a sidecar takes in one port of its workload, wherever its listener stands.
 *
 * Under PERMISSIVE the first bytes decide: mesh TLS is ended here, everything else goes on as it came.
 */
import type { ServerTls } from '../../../model/gateway.ts'
import type { MtlsMode } from '../../../model/peer-policy.ts'
import type { Recording } from '../../../model/recording.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { compact, type Message, seconds } from './envoy-resource.ts'
import { endedTls } from './gateway-tls.ts'
import { type Guard, networkGuards } from './guard.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import { declaredPort, type InboundSettings, inboundSettings } from './inbound-settings.ts'
import type { MeshIndex } from './index-mesh.ts'
import { isDetectedHttp } from './listener.ts'
import { downstreamMtls, isMeshBytes, isMeshHttp, isMeshTls } from './mtls.ts'
import { inboundCluster, operation } from './names.ts'
import { tcpProxy } from './tcp-proxy.ts'

/** The service that a container's port is called by. */
export interface ServedPort {
  readonly service: Service
  readonly port: ServicePort
  /** What a scope says of it. */
  readonly settings: InboundSettings
}

/** Who may connect, what they have to show, and what they may do. */
export interface InboundSecurity extends Guard {
  readonly mode: MtlsMode
  /** Ends TLS of clients that are none of the mesh; absent: theirs is passed on as it comes. */
  readonly tls?: ServerTls
}

export interface InboundPort extends ServedPort {
  /** The container's port. */
  readonly number: number
  /** Begins the names of its statistics. */
  readonly name: string
  /** What a connection must have beside its protocol to be for this port; absent where the listener has no other. */
  readonly match?: Message
  readonly security: InboundSecurity
  readonly recording: Recording
}

/** Ports that a scope declares, or else container ports that any service leads to; ascending. */
export function inboundPorts(workload: Workload, index: MeshIndex): number[] {
  const ports =
    index.scopeOf(workload)?.ingress?.map(({ number }) => number) ??
    index.servicesOf(workload).flatMap(service => service.ports.map(port => containerPort(workload, port.targetPort)))
  return [...new Set(ports.filter(port => port !== undefined))].sort((a, b) => a - b)
}

/** A scope tells how a port is spoken to, or else the first service that leads to it. */
export function servedBy(workload: Workload, number: number, index: MeshIndex): ServedPort | undefined {
  const settings = inboundSettings(index.scopeOf(workload), number)
  const leading = leadingTo(workload, number, index)
  if (settings.ingress === undefined) return leading === undefined ? undefined : { ...leading, settings }
  return { ...declaredPort(settings.ingress, workload, leading ?? nobody), settings }
}

const nobody = {}

function leadingTo(
  workload: Workload,
  number: number,
  index: MeshIndex,
): Pick<ServedPort, 'service' | 'port'> | undefined {
  for (const service of index.servicesOf(workload)) {
    const port = service.ports.find(candidate => containerPort(workload, candidate.targetPort) === number)
    if (port !== undefined) return { service, port }
  }
  return undefined
}

/** What stands before a port, with what its scope says of TLS. */
export function securedAt<Security extends InboundSecurity>(
  security: Security,
  { ingress }: InboundSettings,
): Security {
  return ingress?.tls === undefined ? security : { ...security, tls: ingress.tls }
}

/** From the most particular to what takes the rest. */
export function inboundChains(inbound: InboundPort): Message[] {
  const { protocol } = inbound.port
  const tcp = tcpContent(inboundCluster(inbound.number), inbound)
  const requests = requestsAt(inbound)
  if (isHttp(protocol)) return securedChains(inbound, [{ carries: 'http', filters: manager(requests) }])
  if (protocol !== 'AUTO') return securedChains(inbound, [tcp])
  return securedChains(inbound, detectedContents(requests, tcp))
}

/** Requests are read where the first bytes are such; all else goes on as it comes. */
export function detectedContents(requests: Requests, tcp: Content): readonly Content[] {
  return [{ carries: 'http', filters: manager(requests), within: { plain: isDetectedHttp, tls: isMeshHttp } }, tcp]
}

/** What a chain does, and which bytes it is for where a port has several. */
export interface Content {
  readonly carries: 'http' | 'tcp'
  readonly filters: (isSecure: boolean) => readonly Message[]
  readonly within?: { readonly plain: Message; readonly tls: Message }
}

/** Bytes that are passed on to a cluster as they come. */
export function tcpContent(
  cluster: string,
  {
    security,
    recording,
    settings,
  }: Pick<InboundPort, 'security' | 'recording'> & Partial<Pick<InboundPort, 'settings'>>,
): Content {
  const pool = settings?.pool
  const passOn = tcpProxy(cluster, recording, pool === undefined ? {} : { connectionPool: pool })
  const filters = [...networkGuards(security), passOn]
  return { carries: 'tcp', filters: () => filters }
}

/** Chains for connections that are matched already as far as their port goes. */
export function securedChains(
  { match, security }: Pick<InboundPort, 'match' | 'security'>,
  contents: readonly Content[],
): Message[] {
  const { mode, tls } = security
  const chain = (more: Message, filters: readonly Message[], socket: Message = {}) => {
    const all = { ...match, ...more }
    return compact({
      filter_chain_match: Object.keys(all).length === 0 ? undefined : all,
      filters,
      ...socket,
    })
  }
  const isDetected = contents.some(({ within }) => within !== undefined)
  const secure = contents.map(({ carries, filters, within }) => {
    // Under STRICT there is nothing else to be told apart from: whoever speaks TLS is asked for a mesh certificate.
    const rest = mode === 'STRICT' ? { transport_protocol: 'tls' } : isDetected ? isMeshBytes : isMeshTls
    const socket = { transport_socket: downstreamMtls(security, carries), transport_socket_connect_timeout: '15s' }
    return chain(within?.tls ?? rest, filters(true), socket)
  })
  // Of a port that has TLS of its own, only the mesh's clients and those that speak it get in.
  const plain = contents.map(({ carries, filters, within }) =>
    tls === undefined
      ? chain(within?.plain ?? {}, filters(false))
      : chain({ transport_protocol: 'tls' }, filters(tls.mode !== 'SIMPLE'), endedTls(tls, carries, security)),
  )
  return [...(mode === 'DISABLE' ? [] : secure), ...(mode === 'STRICT' ? [] : plain)]
}

/** Requests that are passed on. */
export interface Requests extends Pick<InboundPort, 'name' | 'security' | 'recording'> {
  /** Where they go. */
  readonly cluster: string
  readonly virtualHost: string
  /** What their spans are called; absent: as Envoy calls them. */
  readonly operation?: string
  readonly isGrpc: boolean
  readonly isGrpcWeb: boolean
}

function requestsAt({ service, port, number, name, security, recording }: InboundPort): Requests {
  return {
    ...{ name, security, recording, cluster: inboundCluster(number) },
    virtualHost: `inbound|http|${port.number}`,
    operation: operation(service, port),
    isGrpc: port.protocol === 'GRPC' || port.protocol === 'GRPC-WEB',
    isGrpcWeb: port.protocol === 'GRPC-WEB',
  }
}

function manager(requests: Requests): (isSecure: boolean) => readonly Message[] {
  return isSecure => [
    httpConnectionManager({
      recording: requests.recording,
      statPrefix: `inbound_${requests.name}`,
      routes: { kind: 'inline', config: inboundRoutes(requests) },
      direction: 'inbound',
      peer: '',
      isGrpcWeb: requests.isGrpcWeb,
      isSecure,
      guard: requests.security,
    }),
  ]
}

function inboundRoutes({ cluster, virtualHost, operation: spans, isGrpc }: Requests): Message {
  // A request that never reached the application may be tried again; gRPC clients do that themselves (istiod's rule).
  const retry = isGrpc ? {} : { retry_policy: { retry_on: 'reset-before-request', num_retries: 2 } }
  return {
    name: cluster,
    validate_clusters: false,
    virtual_hosts: [
      {
        name: virtualHost,
        domains: ['*'],
        routes: [
          {
            name: 'default',
            match: { prefix: '/' },
            route: { cluster, timeout: seconds(0), max_grpc_timeout: seconds(0), ...retry },
            ...(spans === undefined ? {} : { decorator: { operation: spans } }),
          },
        ],
      },
    ],
  }
}

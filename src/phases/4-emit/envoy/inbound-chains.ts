/**
 * Filter chains behind which a sidecar takes in one port of its workload, wherever its listener stands.
 *
 * Under PERMISSIVE the first bytes decide: mesh TLS is ended here, everything else goes on as it came.
 */
import type { MtlsMode } from '../../../model/peer-policy.ts'
import type { Recording } from '../../../model/recording.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { containerPort, type Workload } from '../../../model/workload.ts'
import { compact, type Message, seconds } from './envoy-resource.ts'
import { type Guard, networkGuards } from './guard.ts'
import { httpConnectionManager } from './http-connection-manager.ts'
import type { MeshIndex } from './index-mesh.ts'
import { isDetectedHttp } from './listener.ts'
import { downstreamMtls, isMeshBytes, isMeshHttp, isMeshTls } from './mtls.ts'
import { inboundCluster, operation } from './names.ts'
import { tcpProxy } from './tcp-proxy.ts'

/** The service that a container's port is called by. */
export interface ServedPort {
  readonly service: Service
  readonly port: ServicePort
}

/** Who may connect, what they have to show, and what they may do. */
export interface InboundSecurity extends Guard {
  readonly mode: MtlsMode
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

/** Container ports that any service leads to, ascending. */
export function inboundPorts(workload: Workload, index: MeshIndex): number[] {
  const ports = index
    .servicesOf(workload)
    .flatMap(service => service.ports.map(port => containerPort(workload, port.targetPort)))
  return [...new Set(ports.filter(port => port !== undefined))].sort((a, b) => a - b)
}

/** The first service that leads to a container's port tells how it is spoken to. */
export function servedBy(workload: Workload, number: number, index: MeshIndex): ServedPort | undefined {
  for (const service of index.servicesOf(workload)) {
    const port = service.ports.find(candidate => containerPort(workload, candidate.targetPort) === number)
    if (port !== undefined) return { service, port }
  }
  return undefined
}

/** From the most particular to what takes the rest. */
export function inboundChains(inbound: InboundPort): Message[] {
  const { protocol } = inbound.port
  const tcp = tcpContent(inboundCluster(inbound.number), inbound)
  if (isHttp(protocol)) return securedChains(inbound, [{ carries: 'http', filters: manager(inbound) }])
  if (protocol !== 'AUTO') return securedChains(inbound, [tcp])
  return securedChains(inbound, [
    { carries: 'http', filters: manager(inbound), within: { plain: isDetectedHttp, tls: isMeshHttp } },
    tcp,
  ])
}

/** What a chain does, and which bytes it is for where a port has several. */
interface Content {
  readonly carries: 'http' | 'tcp'
  readonly filters: (isSecure: boolean) => readonly Message[]
  readonly within?: { readonly plain: Message; readonly tls: Message }
}

/** Bytes that are passed on to a cluster as they come. */
export function tcpContent(
  cluster: string,
  { security, recording }: Pick<InboundPort, 'security' | 'recording'>,
): Content {
  const filters = [...networkGuards(security), tcpProxy(cluster, recording)]
  return { carries: 'tcp', filters: () => filters }
}

/** Chains for connections that are matched already as far as their port goes. */
export function securedChains(
  { match, security }: Pick<InboundPort, 'match' | 'security'>,
  contents: readonly Content[],
): Message[] {
  const { mode, trustDomain } = security
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
    const socket = { transport_socket: downstreamMtls(trustDomain, carries), transport_socket_connect_timeout: '15s' }
    return chain(within?.tls ?? rest, filters(true), socket)
  })
  const plain = contents.map(({ filters, within }) => chain(within?.plain ?? {}, filters(false)))
  return [...(mode === 'DISABLE' ? [] : secure), ...(mode === 'STRICT' ? [] : plain)]
}

function manager(inbound: InboundPort): (isSecure: boolean) => readonly Message[] {
  return isSecure => [
    httpConnectionManager({
      recording: inbound.recording,
      statPrefix: `inbound_${inbound.name}`,
      routes: { kind: 'inline', config: inboundRoutes(inbound) },
      direction: 'inbound',
      peer: '',
      isGrpcWeb: inbound.port.protocol === 'GRPC-WEB',
      isSecure,
      guard: inbound.security,
    }),
  ]
}

function inboundRoutes({ service, port, number }: InboundPort): Message {
  const cluster = inboundCluster(number)
  const isGrpc = port.protocol === 'GRPC' || port.protocol === 'GRPC-WEB'
  // A request that never reached the application may be tried again; gRPC clients do that themselves (istiod's rule).
  const retry = isGrpc ? {} : { retry_policy: { retry_on: 'reset-before-request', num_retries: 2 } }
  return {
    name: cluster,
    validate_clusters: false,
    virtual_hosts: [
      {
        name: `inbound|http|${port.number}`,
        domains: ['*'],
        routes: [
          {
            name: 'default',
            match: { prefix: '/' },
            route: { cluster, timeout: seconds(0), max_grpc_timeout: seconds(0), ...retry },
            decorator: { operation: operation(service, port) },
          },
        ],
      },
    ],
  }
}

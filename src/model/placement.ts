import type { Carried } from './gateway.ts'
import type { Labels, Node } from './node.ts'

/**
 * Where the proxies of a mesh run: the state that a snapshot depends on beside the revision. On one machine an
 * allocator makes it; in a cluster it is observed.
 */
export interface Placement {
  /** By `proxyName`. */
  readonly proxies: Readonly<{ [name: string]: ProxyPlacement }>
  /** Do proxies have certificates? Then they speak mutual TLS with each other; else policies that ask for it have no effect. */
  readonly hasIdentity?: boolean
  /** Keys of workloads that take plain text and mutual TLS for the moment, whatever policies say: their callers change from one to the other. */
  readonly takesBoth?: readonly string[]
  /** Are gateways given the Secrets that they name? Else servers that name one are not opened. */
  readonly hasSecrets?: boolean
  /**
   * By service host: the addresses that callers know it by (ClusterIPs). Absent: services have none of their own. The same
   * object as long as it says the same, for routes are made from it and endpoints come and go much more often.
   */
  readonly addresses?: ServiceAddresses
  /** By service (`hostKey`): where it really runs. Absent: wherever sidecars of its workloads are placed. */
  readonly endpoints?: Readonly<{ [host: string]: readonly ObservedEndpoint[] }>
}

export type ServiceAddresses = Readonly<{ [host: string]: readonly string[] }>

/** One ready place behind a service, as a cluster reports it. */
export interface ObservedEndpoint {
  readonly address: string
  /** By the service port's name: the port that answers there. */
  readonly ports: Readonly<{ [portName: string]: number }>
  /** Where its machine stands; absent where nobody says. */
  readonly locality?: Locality
  /** What runs there; absent where no pod of this cluster does. */
  readonly workload?: EndpointWorkload
  /** Does a sidecar take in what is sent there? */
  readonly hasSidecar: boolean
}

/** A place among places, from the widest to the narrowest: as machines are labelled. */
export interface Locality {
  readonly region?: string
  readonly zone?: string
  readonly subzone?: string
}

export interface EndpointWorkload extends Omit<Node, 'at'> {
  readonly labels: Labels
  readonly serviceAccount: string
}

export interface Address {
  readonly address: string
  readonly port: number
}

/** Ports of a pod's proxy that nobody redirects, and that nothing else of the pod can have (Istio's). */
export const podPorts = {
  /** Answers the kubelet: is the proxy ready, is the application, stop taking connections. */
  status: 15021,
  /** Prometheus' statistics. */
  metrics: 15090,
} as const

/** Ports below 1024 need root: as in Istio's gateway image, 80 becomes 8080 and 443 becomes 8443. */
export function unprivileged(port: number): number {
  return port < 1024 ? port + 8000 : port
}

export interface ProxyPlacement {
  readonly name: string
  readonly namespace: string
  readonly kind: 'sidecar' | 'router'
  /** The workload whose traffic it carries; for gateways in a cluster, what its pods are together. */
  readonly workload?: string
  /** Labels that a proxy names itself, where no workload of the mesh is known for it. */
  readonly labels?: Labels
  /** Where its machine stands; absent where nobody says. */
  readonly locality?: Locality
  /** The proxy's own address. */
  readonly address: string
  /** Has its pod an address of IPv6, alone or beside one of IPv4? */
  readonly hasIpv6?: boolean
  /** A client of gRPC that speaks xDS itself, without a proxy. Absent: an Envoy. */
  readonly generator?: 'grpc'
  /** `redirect`: the pod's TCP traffic is led through two ports of the proxy. Absent: the proxy binds what is listed here. */
  readonly interception?: 'redirect'
  /** Its pod's questions for names are led to it. `allocates`: hosts without addresses get automatic ones. */
  readonly dns?: { readonly allocates: boolean }
  /** Ports that it takes in for its workload. */
  readonly inbound: readonly Inbound[]
  /** Listeners of its own for what its workload calls. */
  readonly outbound: readonly Outbound[]
  /** Where its workload takes datagrams, which go past the proxy. Absent: nowhere. */
  readonly datagrams?: readonly Datagrams[]
  /** Where a gateway's ports are really bound: by the server's port number. */
  readonly servers: readonly BoundServer[]
}

export interface BoundServer extends Carried {
  readonly port: number
  readonly listen: Address
  /** Do clients reach it by the server's own port, which a Service leads here? Absent: by the port that is bound. */
  readonly isMapped?: true
}

export interface Datagrams {
  /** The container's port, which services' targetPort leads to. */
  readonly port: number
  /** Where the application listens: its `$UDP_PORT`. */
  readonly app: Address
}

/** `name.namespace`: how a proxy is called wherever it is spoken of. */
export function proxyName({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${name}.${namespace}`
}

export interface Inbound {
  /** The container's port, which services' targetPort leads to. */
  readonly port: number
  /** Where Envoy listens: what endpoints of the workload name. */
  readonly listen: Address
  /** Where the application listens: its `$PORT`. */
  readonly app: Address
  /** Path of the Unix socket on which it listens instead. */
  readonly socket?: string
}

export interface Outbound {
  /** The service that is called; absent: every service of the port, told apart by the host that the application names. */
  readonly host?: string
  readonly port: number
  readonly listen: Address
}

import type { OwnTls } from './client-tls.ts'
import type { NamedSecret } from './gateway.ts'
import type { HostEntry } from './host-entry.ts'
import type { At, Labels, Node } from './node.ts'

/** How a port is spoken to. `AUTO` is detected from the first bytes; the rest is declared by the author. */
export type Protocol =
  | 'HTTP'
  | 'HTTP2'
  | 'GRPC'
  | 'GRPC-WEB'
  | 'TCP'
  | 'TLS'
  | 'HTTPS'
  | 'MONGO'
  | 'MYSQL'
  | 'REDIS'
  | 'AUTO'

export interface Service extends Node {
  /** Fully qualified: `reviews.shop.svc.cluster.local`, or as an author declares it: `api.example.com`, `*.example.com`. */
  readonly host: string
  readonly ports: readonly ServicePort[]
  /** Ports for UDP, which may have the number of one of the others. Absent: none. */
  readonly datagramPorts?: readonly DatagramPort[]
  /** Picks the workloads and machines behind the service; empty: none are picked (Kubernetes' rule for services). */
  readonly selector: Labels
  readonly labels: Labels
  /** Its name leads to the addresses of its pods: it has none of its own, and the caller picks the pod. */
  readonly isHeadless?: true
  /** It is another name for this host. In a Mesh it stands only where no service has that host. */
  readonly externalName?: string
  /** Other names that Kubernetes knows it by. Absent: none. */
  readonly aliases?: readonly Alias[]
  /** Namespaces that see it: `*` all, `.` its own. Absent: all. */
  readonly exportTo?: readonly string[]
  /** Present: its host is declared, and it is called by that alone. */
  readonly entry?: HostEntry
  /** TLS that its endpoints want to be called with, whole or at a port; a policy of the host's goes before it. */
  readonly wantedTls?: readonly WantedTls[]
  /** Certificates that gateways show to its endpoints with that TLS, each for routes of its own. */
  readonly shownCertificates?: readonly NamedSecret[]
}

/** A name of Kubernetes' for a service that has another one. */
export type Alias = Pick<Service, 'name' | 'namespace' | 'host'>

export interface WantedTls {
  /** Absent: at all that none is named for. */
  readonly port?: number
  readonly tls: OwnTls
}

export interface ServicePort {
  readonly name: string
  /** The port that callers name. */
  readonly number: number
  /** The port of the workload's container: a number, or the name of one of its ports. */
  readonly targetPort: number | string
  readonly protocol: Protocol
  /** Was the protocol declared by the port's name or appProtocol, not assumed? */
  readonly declared: boolean
  /** Its appProtocol, as it is written. */
  readonly appProtocol?: string
  /** It says nothing itself, and its number is taken to say it. */
  readonly isWellKnown?: true
  readonly at: At
}

/** A port for UDP: no proxy takes what comes there, and only gateways lead there. */
export type DatagramPort = Pick<ServicePort, 'name' | 'number' | 'targetPort' | 'at'>

/** Hosts that it is known by: its own, and its other names. */
export function hostsOf({ host, aliases }: Service): readonly string[] {
  return aliases === undefined ? [host] : [...new Set([host, ...aliases.map(alias => alias.host)])]
}

/** Names a service wherever several may have its host: ones that are declared differ by namespace. */
export function hostKey({ host, namespace, entry }: Pick<Service, 'host' | 'namespace' | 'entry'>): string {
  return entry === undefined ? host : `${namespace}/${host}`
}

const httpProtocols: ReadonlySet<Protocol> = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB'])

export function isHttp(protocol: Protocol): boolean {
  return httpProtocols.has(protocol)
}

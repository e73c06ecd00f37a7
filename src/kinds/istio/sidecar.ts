import type { ObjectMeta } from '../resource.ts'
import type { ConnectionPoolSettings } from './destination-rule.ts'
import type { ServerTLSSettings } from './gateway.ts'
import type { PortSelector } from './virtual-service.ts'

/** What the sidecars of a namespace, or of some of its workloads, are configured for. */
export interface Sidecar {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Sidecar'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which workloads, and what their sidecars take in and send out. */
  spec: SidecarSpec
}

export interface SidecarSpec {
  /**
   * Which workloads of the namespace. Default: all that no other Sidecar selects; in the mesh’s root namespace, those of all namespaces
   * that have no Sidecar of their own.
   */
  workloadSelector?: SidecarWorkloadSelector
  /**
   * Ports that the sidecar takes in, in place of those of the workload’s services. Default: those.
   */
  ingress?: IstioIngressListener[]
  /** Whom the workload calls. Default: everybody. */
  egress?: IstioEgressListener[]
  /**
   * Limits of what comes in, on every port that says nothing itself. Default: no limits.
   */
  inboundConnectionPool?: ConnectionPoolSettings
  /** What becomes of calls to hosts that nobody declared. Default: the mesh’s setting. */
  outboundTrafficPolicy?: OutboundTrafficPolicy
}

export interface SidecarWorkloadSelector {
  /** Labels that a workload must have, all of them; 256 at most, with values of up to 63 characters. Default: every workload. */
  labels?: SidecarLabels
}

/**
 * Labels that a workload must have, all of them.
 * @maxProperties 256
 * @valueMaxLength 63
 */
export interface SidecarLabels {
  /** The label’s value; there are no wildcards. */
  [key: string]: string
}

export interface IstioIngressListener {
  /** Port to listen on, and what is spoken there; each number once. */
  port: SidecarPort
  /**
   * IP address to listen on, where traffic is not redirected: with `captureMode: NONE`, and for proxies of `mesh serve`. Under
   * `mesh up` addresses are allotted. Default: the workload’s addresses.
   */
  bind?: string
  /**
   * How traffic gets to the listener: redirected by iptables, or sent to it by name: then the proxy has a socket for it, at
   * `bind`. Default: as the proxy is set up.
   */
  captureMode?: 'DEFAULT' | 'IPTABLES' | 'NONE'
  /**
   * Where the workload listens: `127.0.0.1:PORT`, `0.0.0.0:PORT` for its own address, or `unix:///path`. Under `mesh up` programs are
   * told where to listen by `PORT`. With `captureMode: NONE` it is needed. Default: the same port.
   */
  defaultEndpoint?: string
  /**
   * Ends TLS of clients outside the mesh here; from files only. Those without TLS are refused then; where a PeerAuthentication says
   * `STRICT`, all but the mesh’s clients are. Default: the mesh’s own TLS.
   */
  tls?: ServerTLSSettings
  /** Limits of what comes in on this port. Default: `inboundConnectionPool`. */
  connectionPool?: ConnectionPoolSettings
}

export interface IstioEgressListener {
  /**
   * The one port of its hosts that may be called, and that no other listener has then. Default: all that no other listener has; it
   * must be the last.
   */
  port?: SidecarPort
  /**
   * Address at which the hosts are found, beside their own; `unix:///path`: there alone, by all their ports, where traffic is
   * redirected. Under `mesh up` addresses are allotted. Default: with
   * `captureMode: NONE`, and for proxies of `mesh serve`, `127.0.0.1`; else those of the services alone.
   */
  bind?: string
  /**
   * How traffic gets to the listener: redirected by iptables, or sent to its address: then the proxy has a socket for it. Default: as
   * the proxy is set up.
   */
  captureMode?: 'DEFAULT' | 'IPTABLES' | 'NONE'
  /** `namespace/host`: `./*` the own namespace, `*` for any namespace, `~/*` none. */
  hosts: string[]
}

export interface SidecarPort {
  /**
   * The port, 1–65535; 0 only with a Unix socket. Needed.
   * @minimum 0
   * @maximum 4294967295
   */
  number?: number
  /**
   * What is spoken: `HTTP`, `GRPC`, `TCP`, … in any case. `HTTP_PROXY`, in `egress` and where traffic is redirected: requests
   * name the host and port of whom they are for, as those to a proxy do. Default: in `ingress`, told from the first bytes; in
   * `egress`, that of the services, and `HTTP` at a socket.
   */
  protocol?: string
  /** Its name, a DNS label. Default: none. */
  name?: string
  /**
   * Refused on sidecars.
   * @minimum 0
   * @maximum 4294967295
   */
  targetPort?: number
}

export interface OutboundTrafficPolicy {
  /** Only hosts that the mesh knows, or any. Default: `REGISTRY_ONLY`. */
  mode?: 'REGISTRY_ONLY' | 'ALLOW_ANY'
  /** A service through which calls to unknown hosts go; only with `ALLOW_ANY`. Default: straight. */
  egressProxy?: EgressProxy
}

export interface EgressProxy {
  /** The service, fully qualified. */
  host: string
  /** Its port; needed. */
  port?: PortSelector
  /** One of its subsets. Default: all endpoints. */
  subset?: string
}

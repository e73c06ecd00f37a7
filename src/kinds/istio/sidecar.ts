import type { ObjectMeta } from '../resource.ts'
import type { ConnectionPoolSettings } from './destination-rule.ts'
import type { Port, ServerTLSSettings } from './gateway.ts'
import type { PortSelector, StringMap } from './virtual-service.ts'

/** What the sidecars of a namespace, or of some of its workloads, are configured for. */
export interface Sidecar {
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  kind: 'Sidecar'
  metadata: ObjectMeta
  spec: SidecarSpec
}

export interface SidecarSpec {
  /** Absent: all workloads of the namespace that no other Sidecar selects. */
  workloadSelector?: SidecarWorkloadSelector
  /** Ports that the sidecar takes in. Default: those of the workload's services. */
  ingress?: IstioIngressListener[]
  /** Whom the workload calls. Default: everybody. */
  egress?: IstioEgressListener[]
  inboundConnectionPool?: ConnectionPoolSettings
  outboundTrafficPolicy?: OutboundTrafficPolicy
}

export interface SidecarWorkloadSelector {
  labels?: StringMap
}

export interface IstioIngressListener {
  port: Port
  bind?: string
  captureMode?: 'DEFAULT' | 'IPTABLES' | 'NONE'
  /** `127.0.0.1:PORT`, `0.0.0.0:PORT` or `unix:///path`. */
  defaultEndpoint?: string
  tls?: ServerTLSSettings
  connectionPool?: ConnectionPoolSettings
}

export interface IstioEgressListener {
  port?: EgressPort
  bind?: string
  captureMode?: 'DEFAULT' | 'IPTABLES' | 'NONE'
  /** `namespace/host`: `./*` the own namespace, `*` for any namespace, `~/*` none. */
  hosts: string[]
}

export interface EgressPort {
  /**
   * @minimum 0
   * @maximum 4294967295
   */
  number?: number
  protocol?: string
  name?: string
  /**
   * @minimum 0
   * @maximum 4294967295
   */
  targetPort?: number
}

export interface OutboundTrafficPolicy {
  mode?: 'REGISTRY_ONLY' | 'ALLOW_ANY'
  egressProxy?: EgressProxy
}

export interface EgressProxy {
  host: string
  port?: PortSelector
  subset?: string
}

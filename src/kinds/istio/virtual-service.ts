import type { ObjectMeta } from '../resource.ts'
import type { Destination, HTTPRoute, StringMap } from './http-route.ts'

export type * from './http-route.ts'

/** Routes requests to hosts by what they look like: split, retry, rewrite, mirror, fail on purpose. */
export interface VirtualService {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'VirtualService'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** For which hosts and gateways, and the rules. */
  spec: VirtualServiceSpec
}

export interface VirtualServiceSpec {
  /**
   * Hosts that the rules are for: a service’s name (short names mean the same namespace), a DNS name, or a wildcard such as
   * `*.shop.example`. Default: none, and then the resource is a delegate of another VirtualService.
   */
  hosts?: string[]
  /** Where the rules hold: `namespace/name` of gateways, and `mesh` for all sidecars. Default: `["mesh"]`. */
  gateways?: string[]
  /** Rules for HTTP, HTTP/2 and gRPC; the first that matches is applied. Default: none. */
  http?: HTTPRoute[]
  /**
   * Rules for TLS that is passed through, by server name; the first that matches is applied. Default: none.
   */
  tls?: TLSRoute[]
  /**
   * Rules for any other TCP traffic; the first that matches is applied. Default: none.
   */
  tcp?: TCPRoute[]
  /**
   * Namespaces that see it: `*` for all, `.` for its own. Default: as `defaultVirtualServiceExportTo` of MeshConfig has it, or
   * else all.
   */
  exportTo?: string[]
}

export interface TLSRoute {
  /** Any of these must hold; at least one. */
  match: TLSMatchAttributes[]
  /** Where connections go, by weight; needed. */
  route?: RouteDestination[]
}

export interface TLSMatchAttributes {
  /**
   * Server names of the TLS hello, wildcards allowed; a host of the VirtualService must cover each.
   */
  sniHosts: string[]
  /**
   * Address ranges (CIDR) or addresses that the client must have called. Default: any.
   */
  destinationSubnets?: string[]
  /**
   * Port that the client called, 1–65535. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  port?: number
  /**
   * Labels that the calling workload must have, all of them. Default: any workload.
   */
  sourceLabels?: StringMap
  /**
   * Namespace that the calling workload must be in, a DNS label. Default: any.
   */
  sourceNamespace?: string
  /**
   * Gateways that this match is for, and `mesh` for sidecars. Default: those of the VirtualService.
   */
  gateways?: string[]
}

export interface TCPRoute {
  /** Any of these must hold. Default: every connection. */
  match?: L4MatchAttributes[]
  /** Where connections go, by weight; needed. */
  route?: RouteDestination[]
}

export interface L4MatchAttributes {
  /**
   * Address ranges (CIDR) or addresses that the client must have called. Default: any.
   */
  destinationSubnets?: string[]
  /**
   * Port that the client called, 1–65535. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  port?: number
  /**
   * Labels that the calling workload must have, all of them. Default: any workload.
   */
  sourceLabels?: StringMap
  /**
   * Namespace that the calling workload must be in, a DNS label. Default: any.
   */
  sourceNamespace?: string
  /**
   * Address range (CIDR) or address that the client must come from. Default: any.
   */
  sourceSubnet?: string
  /**
   * Gateways that this match is for, and `mesh` for sidecars. Default: those of the VirtualService.
   */
  gateways?: string[]
}

export interface RouteDestination {
  /** Host, subset and port to connect to. */
  destination: Destination
  /**
   * Share of the connections, at least 0. Default: 100 for a single destination, else 0.
   * @format int32
   */
  weight?: number
}

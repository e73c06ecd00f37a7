import type { AnyFields, ObjectMeta } from '../resource.ts'
import type { StringMap } from './http-route.ts'
import type { PolicyTargetReference } from './policy-target.ts'
import type { SidecarWorkloadSelector } from './sidecar.ts'

/** Changes what Istio makes for Envoy, field by field. Nothing promises that those fields stay where they are. */
export interface EnvoyFilter {
  /** Group and version; there is no other. */
  apiVersion: 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'EnvoyFilter'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Whose Envoys, and what is changed. Default: nothing is. */
  spec?: EnvoyFilterSpec
}

export interface EnvoyFilterSpec {
  /** Which workloads of the namespace. Default: all of them; in the mesh’s root namespace, all of the mesh. */
  workloadSelector?: SidecarWorkloadSelector
  /**
   * What it hangs on, in place of a selector; 16 at most. Default: nothing.
   * @maxItems 16
   */
  targetRefs?: PolicyTargetReference[]
  /** Changes, in this order. Default: none. */
  configPatches?: EnvoyConfigPatch[]
  /**
   * Filters of a smaller number go first; of equal ones the order is by age, then by name. Default: 0.
   * @format int32
   */
  priority?: number
}

export interface EnvoyConfigPatch {
  /** What kind of object is changed; needed. `BOOTSTRAP` is not compiled to Envoy. */
  applyTo?:
    | 'INVALID'
    | 'LISTENER'
    | 'FILTER_CHAIN'
    | 'NETWORK_FILTER'
    | 'HTTP_FILTER'
    | 'ROUTE_CONFIGURATION'
    | 'VIRTUAL_HOST'
    | 'HTTP_ROUTE'
    | 'CLUSTER'
    | 'EXTENSION_CONFIG'
    | 'BOOTSTRAP'
    | 'LISTENER_FILTER'
  /** Which objects of that kind. Default: all. */
  match?: EnvoyObjectMatch
  /** What becomes of them; needed. */
  patch?: EnvoyPatch
}

/** All that is named must hold; of `listener`, `routeConfiguration`, `cluster` and `waypoint` only one may be. */
export interface EnvoyObjectMatch {
  /** In which part of the configuration. Default: `ANY`, but for waypoints. */
  context?: 'ANY' | 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY' | 'WAYPOINT'
  /** Which proxies. Default: all. */
  proxy?: EnvoyProxyMatch
  /** Which listeners, or parts of listeners. Default: all. */
  listener?: EnvoyListenerMatch
  /** Which route configurations, or parts of them. Default: all. */
  routeConfiguration?: EnvoyRouteConfigurationMatch
  /** Which clusters. Default: all. */
  cluster?: EnvoyClusterMatch
  /** Which parts of a waypoint; with the context `WAYPOINT`, which needs it. */
  waypoint?: EnvoyWaypointMatch
}

export interface EnvoyProxyMatch {
  /** Regular expression (RE2) for the proxy’s version: `^1\.31.*`. Default: any. */
  proxyVersion?: string
  /** Metadata that the proxy’s node must have, each by its exact value. Default: any. */
  metadata?: StringMap
}

export interface EnvoyClusterMatch {
  /**
   * The service’s port; of inbound clusters, the workload’s. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  portNumber?: number
  /** The service, fully qualified; inbound clusters have none. Default: any. */
  service?: string
  /** The subset. Default: any. */
  subset?: string
  /** The cluster’s whole name, in place of all others. Default: any. */
  name?: string
}

export interface EnvoyRouteConfigurationMatch {
  /**
   * The service’s port, or a gateway’s. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  portNumber?: number
  /** The name of a gateway’s port; only in the context `GATEWAY`. Default: any. */
  portName?: string
  /** `namespace/name` of a Gateway; only in the context `GATEWAY`. Default: any. */
  gateway?: string
  /** One virtual host in it. Default: all. */
  vhost?: EnvoyVirtualHostMatch
  /** The route configuration’s name. Default: any. */
  name?: string
}

export interface EnvoyVirtualHostMatch {
  /** The virtual host’s name, `host:port`. Default: any. */
  name?: string
  /** One of its domains. Default: any. */
  domainName?: string
  /** One route in it. Default: all. */
  route?: EnvoyRouteMatch
}

export interface EnvoyRouteMatch {
  /** The route’s name, as the VirtualService gives it. Default: any. */
  name?: string
  /** What the route does. Default: `ANY`. */
  action?: 'ANY' | 'ROUTE' | 'REDIRECT' | 'DIRECT_RESPONSE'
}

export interface EnvoyListenerMatch {
  /**
   * The service’s port, or a gateway’s; of inbound listeners, the workload’s. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  portNumber?: number
  /** Read by nothing any more. Default: none. */
  portName?: string
  /** One filter chain in it. Default: all. */
  filterChain?: EnvoyFilterChainMatch
  /** A listener filter in it, by name. Default: any. */
  listenerFilter?: string
  /** The listener’s name. Default: any. */
  name?: string
}

export interface EnvoyFilterChainMatch {
  /** The filter chain’s name. Default: any. */
  name?: string
  /** The server name that it is for. Default: any. */
  sni?: string
  /** The transport that it is for: `raw_buffer` or `tls`. Default: any. */
  transportProtocol?: string
  /** The protocols (ALPN) that it is for, with commas between. Default: any. */
  applicationProtocols?: string
  /** One filter in it. Default: all. */
  filter?: EnvoyFilterMatch
  /**
   * The port that it is for. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  destinationPort?: number
}

export interface EnvoyFilterMatch {
  /** The filter’s full name, as Envoy has it; needed. */
  name?: string
  /** An HTTP filter in the HTTP connection manager; only for `HTTP_FILTER`. Default: all. */
  subFilter?: EnvoySubFilterMatch
}

export interface EnvoySubFilterMatch {
  /** The HTTP filter’s name; needed. */
  name?: string
}

export interface EnvoyWaypointMatch {
  /** One filter. Default: all. */
  filter?: EnvoyFilterMatch
  /**
   * The service’s port, 1–65535. Default: any.
   * @minimum 0
   * @maximum 4294967295
   */
  portNumber?: number
  /** One route. Default: all. */
  route?: EnvoyWaypointRouteMatch
}

export interface EnvoyWaypointRouteMatch {
  /** The route’s name; `default` for what Istio makes by itself. Default: any. */
  name?: string
}

export interface EnvoyPatch {
  /**
   * Merges `value` into the object, adds it, takes the object out, or puts `value` before, after, in front of all, or in
   * its place; needed. `ADD` is not for what has an order, and `REPLACE` for filters and virtual hosts alone.
   */
  operation?:
    | 'INVALID'
    | 'MERGE'
    | 'ADD'
    | 'REMOVE'
    | 'INSERT_BEFORE'
    | 'INSERT_AFTER'
    | 'INSERT_FIRST'
    | 'REPLACE'
    | 'MERGE_AND_REPLACE_LIST'
  /** Envoy’s own fields, in the JSON form of their protobuf; needed by all but `REMOVE`. */
  value?: AnyFields
  /**
   * Where an added filter stands, in place of a filter that it would have to name: after those that find out who calls
   * (`AUTHN`), after those that decide what is allowed (`AUTHZ`), or before those that count (`STATS`). Default: as the
   * operation says.
   */
  filterClass?: 'UNSPECIFIED' | 'AUTHN' | 'AUTHZ' | 'STATS'
}

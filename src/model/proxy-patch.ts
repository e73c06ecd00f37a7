import type { At } from './node.ts'
import type { TargetedNode } from './policy-target.ts'

/** Changes to what proxies are configured with, object by object: what no other noun of the Mesh can say. */
export interface ProxyPatch extends TargetedNode {
  /** Smaller ones are applied first. */
  readonly priority: number
  readonly changes: readonly ProxyChange[]
}

export type PatchedObject =
  | 'LISTENER'
  | 'LISTENER_FILTER'
  | 'FILTER_CHAIN'
  | 'NETWORK_FILTER'
  | 'HTTP_FILTER'
  | 'ROUTE_CONFIGURATION'
  | 'VIRTUAL_HOST'
  | 'HTTP_ROUTE'
  | 'CLUSTER'
  | 'EXTENSION_CONFIG'

export type PatchOperation =
  | 'MERGE'
  | 'MERGE_AND_REPLACE_LIST'
  | 'ADD'
  | 'REMOVE'
  | 'REPLACE'
  | 'INSERT_FIRST'
  | 'INSERT_BEFORE'
  | 'INSERT_AFTER'

/** Which part of a proxy's configuration something belongs to. */
export type PatchContext = 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY'

/** One change; what a match leaves out may be anything. */
export interface ProxyChange {
  readonly at: At
  readonly object: PatchedObject
  readonly operation: PatchOperation
  /** The message that is merged or added, with the names of its .proto file; absent for a removal. */
  readonly value?: { readonly [field: string]: unknown }
  readonly context: PatchContext | 'ANY'
  readonly proxy?: ProxyMatch
  readonly listener?: ListenerMatch
  readonly routes?: RouteConfigurationMatch
  readonly cluster?: ClusterMatch
  /** Ports of a gateway's proxy that it is for; absent: all. What is no listener's belongs to no port. */
  readonly ports?: readonly number[]
  /** Where a filter is added that says no other place. */
  readonly filterClass?: 'AUTHN' | 'AUTHZ' | 'STATS'
}

export interface ProxyMatch {
  /** Regular expression for the version of Istio that a proxy is configured as. */
  readonly version?: string
  /** Metadata of the proxy's node. */
  readonly metadata: { readonly [name: string]: string }
}

export interface ListenerMatch {
  readonly name?: string
  readonly portNumber?: number
  readonly listenerFilter?: string
  readonly filterChain?: FilterChainMatch
}

export interface FilterChainMatch {
  readonly name?: string
  readonly sni?: string
  readonly transportProtocol?: string
  /** With commas between. */
  readonly applicationProtocols?: string
  readonly destinationPort?: number
  readonly filter?: { readonly name?: string; readonly subFilter?: { readonly name?: string } }
}

export interface RouteConfigurationMatch {
  readonly name?: string
  readonly portNumber?: number
  readonly portName?: string
  /** `namespace/name`. */
  readonly gateway?: string
  readonly vhost?: {
    readonly name?: string
    readonly domainName?: string
    readonly route?: { readonly name?: string; readonly action?: 'ANY' | 'ROUTE' | 'REDIRECT' | 'DIRECT_RESPONSE' }
  }
}

export interface ClusterMatch {
  readonly name?: string
  readonly service?: string
  readonly subset?: string
  readonly portNumber?: number
}

/** The version of Istio whose names and defaults proxies are configured with: what a patch's `proxyVersion` is matched with. */
export const istioVersion = '1.31.1'

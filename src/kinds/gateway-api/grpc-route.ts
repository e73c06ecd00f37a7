import type { ObjectMeta } from '../resource.ts'
import type { HTTPHeaderFilter, HTTPRequestMirrorFilter } from './http-filters.ts'
import type { SessionPersistence } from './http-route.ts'
import type { LocalObjectReference, ParentReference } from './references.ts'

/** Where gRPC’s calls go that come to a Gateway or a Service. */
export interface GRPCRoute {
  /** Group and version. */
  apiVersion: 'gateway.networking.k8s.io/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'GRPCRoute'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Parents, hosts and rules. */
  spec: GRPCRouteSpec
}

export interface GRPCRouteSpec {
  /**
   * What the route is attached to, up to 32. Default: nothing, and then it does nothing without `useDefaultGateways`.
   * @maxItems 32
   */
  parentRefs?: ParentReference[]
  /** Attach to Gateways that are a cluster’s default? Default: `None`. */
  useDefaultGateways?: 'All' | 'None'
  /**
   * Hosts that calls must be for, up to 16; `*.` at the beginning stands for one label or more. Default: the listener’s. A Service
   * as parent has its own names.
   * @maxItems 16
   * @itemMinLength 1
   * @itemMaxLength 253
   * @itemPattern ^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostnames?: string[]
  /**
   * What is done with which calls, up to 16. Default: one for all calls, which has no backend.
   * @maxItems 16
   */
  rules?: GRPCRouteRule[]
}

export interface GRPCRouteRule {
  /**
   * Name, unique in the route. Default: none.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  name?: string
  /**
   * Which calls, one of these or another, up to 64, and up to 128 in all rules together. Default: all.
   * @maxItems 64
   */
  matches?: GRPCRouteMatch[]
  /**
   * What is done to calls and answers, whichever backend they go to; up to 16. Default: nothing.
   * @maxItems 16
   */
  filters?: GRPCRouteFilter[]
  /**
   * Where calls go, in shares by weight, up to 16. Default: nowhere.
   * @maxItems 16
   */
  backendRefs?: GRPCBackendRef[]
  /** Keeps a client at the backend that answered it first. Default: off. */
  sessionPersistence?: SessionPersistence
}

export interface GRPCRouteMatch {
  /** Service and method. Default: any. */
  method?: GRPCMethodMatch
  /**
   * Headers, all of which must hold; up to 16. Default: any.
   * @maxItems 16
   */
  headers?: GRPCHeaderMatch[]
}

export interface GRPCMethodMatch {
  /**
   * How names are compared. Default: `Exact`.
   * @default "Exact"
   */
  type?: 'Exact' | 'RegularExpression'
  /**
   * The service with its package, up to 1024 characters: `shop.v1.Reviews`. Default: any.
   * @maxLength 1024
   */
  service?: string
  /**
   * The method, up to 1024 characters: `Get`. Default: any.
   * @maxLength 1024
   */
  method?: string
}

export interface GRPCHeaderMatch {
  /**
   * How the value is compared. Default: `Exact`.
   * @default "Exact"
   */
  type?: 'Exact' | 'RegularExpression'
  /**
   * The header’s name, in any case, up to 256 characters.
   * @minLength 1
   * @maxLength 256
   * @pattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  name: string
  /**
   * Value, or RE2 expression for the whole of it, up to 4096 characters.
   * @minLength 1
   * @maxLength 4096
   */
  value: string
}

/** One change; `type` says which, and the field of that name holds it. */
export interface GRPCRouteFilter {
  /** Which of the fields below holds the filter. */
  type: 'ResponseHeaderModifier' | 'RequestHeaderModifier' | 'RequestMirror' | 'ExtensionRef'
  /** Headers of calls that are set, added and removed before they are sent on; needs the type of its name. */
  requestHeaderModifier?: HTTPHeaderFilter
  /** Headers of answers that are set, added and removed; needs the type of its name. */
  responseHeaderModifier?: HTTPHeaderFilter
  /** Sends copies of calls to another Service, whose answers nobody reads; needs the type of its name. */
  requestMirror?: HTTPRequestMirrorFilter
  /** A filter of another API; needs the type of its name. Meshwright knows none: calls of the rule get UNAVAILABLE. */
  extensionRef?: LocalObjectReference
}

export interface GRPCBackendRef {
  /**
   * API group; empty for Kubernetes’ own kinds. Default: empty.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default ""
   */
  group?: string
  /**
   * What it is. Default: `Service`.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   * @default "Service"
   */
  kind?: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /**
   * Its namespace; another one must have a ReferenceGrant for it. Default: the route’s.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
  /**
   * Port of the Service, 1–65535; needed for Services.
   * @minimum 1
   * @maximum 65535
   */
  port?: number
  /**
   * Its share, among the sum of all weights, 0–1,000,000; 0: none. Default: 1.
   * @minimum 0
   * @maximum 1000000
   * @default 1
   */
  weight?: number
  /**
   * What is done to calls and answers of this backend alone, up to 16. Default: nothing.
   * @maxItems 16
   */
  filters?: GRPCRouteFilter[]
}

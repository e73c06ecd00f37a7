import type { ObjectMeta } from '../resource.ts'
import type { HTTPRouteFilter } from './http-filters.ts'
import type { ParentReference } from './references.ts'

/** Where requests go that come to a Gateway, or, with a Service as its parent, from within the mesh. */
export interface HTTPRoute {
  /** Group and version; both mean the same. New resources take `v1`. */
  apiVersion: 'gateway.networking.k8s.io/v1' | 'gateway.networking.k8s.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'HTTPRoute'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Parents, hosts and rules. */
  spec: HTTPRouteSpec
}

export interface HTTPRouteSpec {
  /**
   * What the route is attached to, up to 32. Default: nothing, and then it does nothing without `useDefaultGateways`.
   * @maxItems 32
   */
  parentRefs?: ParentReference[]
  /** Attach to Gateways that are a cluster’s default? Default: `None`. */
  useDefaultGateways?: 'All' | 'None'
  /**
   * Hosts that requests must be for, up to 16; `*.` at the beginning stands for one label or more. Default: the listener’s. A
   * Service as parent has its own names.
   * @maxItems 16
   * @itemMinLength 1
   * @itemMaxLength 253
   * @itemPattern ^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostnames?: string[]
  /**
   * What is done with which requests, 1–16. The most specific match holds, whichever rule or route it stands in.
   * Default: one for all requests, which has no backend.
   * @minItems 1
   * @maxItems 16
   * @default [{"matches":[{"path":{"type":"PathPrefix","value":"/"}}]}]
   */
  rules?: HTTPRouteRule[]
}

export interface HTTPRouteRule {
  /**
   * Name, unique in the route. Default: none.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  name?: string
  /**
   * Which requests, one of these or another, up to 64, and up to 128 in all rules together. Default: all.
   * @maxItems 64
   * @default [{"path":{"type":"PathPrefix","value":"/"}}]
   */
  matches?: HTTPRouteMatch[]
  /**
   * What is done to requests and answers, whichever backend they go to; up to 16. Default: nothing.
   * @maxItems 16
   */
  filters?: HTTPRouteFilter[]
  /**
   * Where requests go, in shares by weight, up to 16. Default: nowhere. Without one that can be reached, the answer is 500.
   * @maxItems 16
   */
  backendRefs?: HTTPBackendRef[]
  /** How long requests may take. Default: as long as they do. */
  timeouts?: HTTPRouteTimeouts
  /** Which failed requests are sent again. Default: Istio’s, as for VirtualServices. */
  retry?: HTTPRouteRetry
  /** Keeps a client at the backend that answered it first. Default: off. */
  sessionPersistence?: SessionPersistence
}

export interface HTTPRouteMatch {
  /**
   * The path. Default: any.
   * @default {"type":"PathPrefix","value":"/"}
   */
  path?: HTTPPathMatch
  /**
   * Headers, all of which must hold; up to 16. Default: any.
   * @maxItems 16
   */
  headers?: HTTPHeaderMatch[]
  /**
   * Parameters of the query, all of which must hold; up to 16. Default: any.
   * @maxItems 16
   */
  queryParams?: HTTPQueryParamMatch[]
  /** The method. Default: any. */
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'CONNECT' | 'OPTIONS' | 'TRACE' | 'PATCH'
}

export interface HTTPPathMatch {
  /**
   * How the value is compared; a prefix ends where a part of the path ends: `/a` is for `/a/b`, not `/ab`. Default:
   * `PathPrefix`.
   * @default "PathPrefix"
   */
  type?: 'Exact' | 'PathPrefix' | 'RegularExpression'
  /**
   * Path, prefix or RE2 expression, up to 1024 characters. Default: `/`.
   * @maxLength 1024
   * @default "/"
   */
  value?: string
}

export interface HTTPHeaderMatch {
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
   * @pattern ^[!-~]+([\t ]?[!-~]+)*$
   */
  value: string
}

export interface HTTPQueryParamMatch {
  /**
   * How the value is compared. Default: `Exact`.
   * @default "Exact"
   */
  type?: 'Exact' | 'RegularExpression'
  /**
   * The parameter’s name, up to 256 characters.
   * @minLength 1
   * @maxLength 256
   * @pattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  name: string
  /**
   * Value, or RE2 expression for the whole of it, up to 1024 characters.
   * @minLength 1
   * @maxLength 1024
   */
  value: string
}

export interface HTTPBackendRef {
  /**
   * API group; empty for Kubernetes’ own kinds. Default: empty.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default ""
   */
  group?: string
  /**
   * What it is; Meshwright sends requests to Services. Default: `Service`.
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
   * What is done to requests and answers of this backend alone, up to 16. Headers are changed; of other filters, see the rule’s.
   * Default: nothing.
   * @maxItems 16
   */
  filters?: HTTPRouteFilter[]
}

export interface HTTPRouteTimeouts {
  /**
   * For the whole of a request, with all tries; `0s`: no limit. Default: no limit.
   * @pattern ^([0-9]{1,5}(h|m|s|ms)){1,4}$
   */
  request?: string
  /**
   * For each try; not longer than `request`. Default: no limit of its own.
   * @pattern ^([0-9]{1,5}(h|m|s|ms)){1,4}$
   */
  backendRequest?: string
}

export interface HTTPRouteRetry {
  /**
   * Status codes of answers for which a request is sent again, 400–599. Default: failed connections alone.
   * @itemMinimum 400
   * @itemMaximum 599
   */
  codes?: number[]
  /**
   * Tries after the first. Default: 1.
   * @minimum 0
   * @default 1
   */
  attempts?: number
  /**
   * Shortest wait before the next try; it grows from try to try. Default: 25ms.
   * @pattern ^([0-9]{1,5}(h|m|s|ms)){1,4}$
   */
  backoff?: string
}

export interface SessionPersistence {
  /**
   * Longest time that a session lasts. Default: no limit.
   * @pattern ^([0-9]{1,5}(h|m|s|ms)){1,4}$
   */
  absoluteTimeout?: string
  /**
   * What the session is known by. Default: `Cookie`.
   * @default "Cookie"
   */
  type?: 'Cookie' | 'Header'
  /** The cookie; needs the type of its name. */
  cookie?: SessionCookie
  /** The header; needs the type of its name. */
  header?: SessionHeader
}

export interface SessionCookie {
  /**
   * Its name, up to 256 characters. Default: one of the gateway’s choosing.
   * @minLength 1
   * @maxLength 256
   * @pattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  name?: string
  /**
   * Path that it is for, up to 1024 characters. Default: `/`.
   * @maxLength 1024
   * @default "/"
   */
  path?: string
  /**
   * Does it end with the browser, or with `absoluteTimeout`, which it then needs? Default: `Session`.
   * @default "Session"
   */
  lifetimeType?: 'Permanent' | 'Session'
}

export interface SessionHeader {
  /**
   * Its name, up to 256 characters.
   * @minLength 1
   * @maxLength 256
   * @pattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  name: string
}

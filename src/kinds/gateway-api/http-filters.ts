/** What is done to requests and answers on their way, as HTTPRoutes say it. */
import type { BackendObjectReference, LocalObjectReference } from './references.ts'

/** One change; `type` says which, and the field of that name holds it. */
export interface HTTPRouteFilter {
  /** Which of the fields below holds the filter. */
  type:
    | 'RequestHeaderModifier'
    | 'ResponseHeaderModifier'
    | 'RequestMirror'
    | 'RequestRedirect'
    | 'URLRewrite'
    | 'ExtensionRef'
    | 'CORS'
    | 'ExternalAuth'
  /** Headers of requests that are set, added and removed before they are sent on; needs the type of its name. */
  requestHeaderModifier?: HTTPHeaderFilter
  /** Headers of answers that are set, added and removed; needs the type of its name. */
  responseHeaderModifier?: HTTPHeaderFilter
  /** Sends copies of requests to another Service, whose answers nobody reads; needs the type of its name. */
  requestMirror?: HTTPRequestMirrorFilter
  /** Answers with another place to go to; excludes backends and `urlRewrite`, and needs the type of its name. */
  requestRedirect?: HTTPRequestRedirectFilter
  /** Changes host and path before requests are sent on; needs the type of its name. */
  urlRewrite?: HTTPURLRewriteFilter
  /** Which other sites’ pages may call; needs the type of its name. */
  cors?: HTTPCORSFilter
  /** Asks another Service whether a request may go on; needs the type of its name. */
  externalAuth?: HTTPExternalAuthFilter
  /** A filter of another API; needs the type of its name. Meshwright knows none: requests of the rule get 500. */
  extensionRef?: LocalObjectReference
}

export interface HTTPHeaderFilter {
  /**
   * Headers whose values are replaced, or put there; up to 16. Default: none.
   * @maxItems 16
   */
  set?: HTTPHeader[]
  /**
   * Values that are put behind what is there, up to 16. Default: none.
   * @maxItems 16
   */
  add?: HTTPHeader[]
  /**
   * Names of headers that are taken out, in any case; up to 16. Default: none.
   * @maxItems 16
   */
  remove?: string[]
}

export interface HTTPHeader {
  /**
   * Name, in any case, up to 256 characters.
   * @minLength 1
   * @maxLength 256
   * @pattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  name: string
  /**
   * Value, printable ASCII, up to 4096 characters.
   * @minLength 1
   * @maxLength 4096
   * @pattern ^[!-~]+([\t ]?[!-~]+)*$
   */
  value: string
}

export interface HTTPRequestMirrorFilter {
  /** Where the copies go. */
  backendRef: BackendObjectReference
  /**
   * Share of requests that are copied, 0–100. Default: all. Excludes `fraction`.
   * @minimum 0
   * @maximum 100
   */
  percent?: number
  /** Share of requests that are copied, more finely. Default: all. */
  fraction?: Fraction
}

export interface Fraction {
  /**
   * Parts, 0 or more.
   * @minimum 0
   * @maximum 2147483647
   */
  numerator: number
  /**
   * How many parts are a whole, 1 or more. Default: 100.
   * @minimum 1
   * @maximum 2147483647
   * @default 100
   */
  denominator?: number
}

export interface HTTPRequestRedirectFilter {
  /** The scheme to go to. Default: that of the request. */
  scheme?: 'http' | 'https'
  /**
   * The host to go to. Default: that of the request.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostname?: string
  /** The path to go to. Default: that of the request. */
  path?: HTTPPathModifier
  /**
   * The port to go to, 1–65535. Default: what a given scheme means, else the listener’s.
   * @minimum 1
   * @maximum 65535
   */
  port?: number
  /**
   * Status of the answer. Default: 302.
   * @default 302
   */
  statusCode?: 301 | 302 | 303 | 307 | 308
}

export interface HTTPURLRewriteFilter {
  /**
   * The host that the backend is told. Default: that of the request.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostname?: string
  /** The path that the backend is told. Default: that of the request. */
  path?: HTTPPathModifier
}

export interface HTTPPathModifier {
  /** Is the whole path replaced, or the prefix that the rule’s match names? */
  type: 'ReplaceFullPath' | 'ReplacePrefixMatch'
  /**
   * The new path, up to 1024 characters; needs the type of its name.
   * @maxLength 1024
   */
  replaceFullPath?: string
  /**
   * What stands in the place of the matched prefix, up to 1024 characters; needs the type of its name, and one match by
   * `PathPrefix`.
   * @maxLength 1024
   */
  replacePrefixMatch?: string
}

export interface HTTPCORSFilter {
  /**
   * Sites whose pages may call: `*`, `https://shop.example`, `https://*.example`; up to 64, of up to 253 characters each. Default:
   * none.
   * @maxItems 64
   * @itemMinLength 1
   * @itemMaxLength 253
   * @itemPattern (^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)
   */
  allowOrigins?: string[]
  /** May they send cookies and credentials? Default: false. */
  allowCredentials?: boolean
  /**
   * Methods that they may use, up to 9; `*` alone is all. Default: the simple ones.
   * @maxItems 9
   */
  allowMethods?: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'CONNECT' | 'OPTIONS' | 'TRACE' | 'PATCH' | '*')[]
  /**
   * Headers that they may send, up to 64 names of up to 256 characters; `*` alone is all. Default: the simple ones.
   * @maxItems 64
   * @itemMinLength 1
   * @itemMaxLength 256
   * @itemPattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  allowHeaders?: string[]
  /**
   * Headers of answers that they may read, up to 64 names of up to 256 characters. Default: the simple ones.
   * @maxItems 64
   * @itemMinLength 1
   * @itemMaxLength 256
   * @itemPattern ^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$
   */
  exposeHeaders?: string[]
  /**
   * Seconds for which browsers may keep what they were told, 1 or more. Default: 5.
   * @minimum 1
   * @maximum 2147483647
   * @default 5
   */
  maxAge?: number
}

export interface HTTPExternalAuthFilter {
  /** How the Service is asked: Envoy’s ext_authz over gRPC, or a plain request. */
  protocol: 'HTTP' | 'GRPC'
  /** The Service that is asked. */
  backendRef: BackendObjectReference
  /** What it is told over gRPC; needs that protocol. */
  grpc?: GRPCAuthConfig
  /** What it is told over HTTP; needs that protocol. */
  http?: HTTPAuthConfig
  /** How much of the body it is told. Default: nothing. */
  forwardBody?: ForwardBodyConfig
}

export interface GRPCAuthConfig {
  /**
   * Headers that it is told, up to 64. Default: all.
   * @maxItems 64
   */
  allowedHeaders?: string[]
}

export interface HTTPAuthConfig {
  /**
   * What goes before the request’s path, up to 1024 characters. Default: nothing.
   * @maxLength 1024
   * @pattern ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$
   */
  path?: string
  /**
   * Headers that it is told besides host, method, path, length and authorization, up to 64. Default: none.
   * @maxItems 64
   */
  allowedHeaders?: string[]
  /**
   * Headers of its answer that the backend is told, up to 64. Default: all.
   * @maxItems 64
   */
  allowedResponseHeaders?: string[]
}

export interface ForwardBodyConfig {
  /**
   * Bytes of the body that it is told, 0 or more; a longer one is refused with 413. Default: 0.
   * @minimum 0
   * @maximum 2147483647
   */
  maxSize?: number
}

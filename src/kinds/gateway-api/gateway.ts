import type { ObjectMeta } from '../resource.ts'
import type { HTTPExternalAuthFilter } from './http-filters.ts'
import type { LocalObjectReference, ObjectReference, SecretObjectReference } from './references.ts'

/** Ports that a gateway’s proxies open, and which routes may attach to them. */
export interface Gateway {
  /** Group and version; both mean the same. New resources take `v1`. */
  apiVersion: 'gateway.networking.k8s.io/v1' | 'gateway.networking.k8s.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Gateway'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Class and listeners. */
  spec: GatewaySpec
}

export interface GatewaySpec {
  /**
   * Who serves it: Meshwright serves the class `meshwright`, and those whose controller is its own.
   * @minLength 1
   * @maxLength 253
   */
  gatewayClassName: string
  /**
   * Ports, hosts and certificates, 1–64.
   * @minItems 1
   * @maxItems 64
   */
  listeners: Listener[]
  /**
   * Addresses by which it is to be reached, up to 16, of those that the ingress gateway’s Services have: its status says
   * whether they are there. Default: all of these.
   * @maxItems 16
   */
  addresses?: GatewaySpecAddress[]
  /**
   * Labels, annotations and settings for what is made to serve it. Nothing is made yet: the ingress gateway’s pods serve it.
   * Default: none.
   */
  infrastructure?: GatewayInfrastructure
  /** Whose ListenerSets may add listeners. Default: nobody’s. */
  allowedListeners?: AllowedListeners
  /** TLS for all listeners, and towards backends. Default: see its fields. */
  tls?: GatewayTLSConfig
  /** Is it a default: for routes with `useDefaultGateways: All`? Default: `None`. */
  defaultScope?: 'All' | 'None'
}

export interface Listener {
  /**
   * Name, unique in the Gateway; routes name it by `sectionName`.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  name: string
  /**
   * Host that it is for; `*.` at the beginning stands for one label or more. Default: all.
   * @minLength 1
   * @maxLength 253
   * @pattern ^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostname?: string
  /**
   * The port to listen on, 1–65535; listeners may share it if their hosts differ.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /**
   * What is spoken: `HTTP`, `HTTPS`, `TLS`, `TCP` or `UDP`; or `DOMAIN/WORD` of another implementation, up to 255 characters,
   * which is not served.
   * @minLength 1
   * @maxLength 255
   * @pattern ^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$
   */
  protocol: string
  /** Certificates; needed for `HTTPS` and `TLS`, refused elsewhere. */
  tls?: ListenerTLSConfig
  /**
   * Which routes may attach. Default: those of the Gateway’s namespace.
   * @default {"namespaces":{"from":"Same"}}
   */
  allowedRoutes?: AllowedRoutes
  /** What is asked of requests before any route. Default: nothing. */
  filters?: ListenerFilters
}

export interface ListenerTLSConfig {
  /**
   * End TLS here, or pass it on by server name. Default: `Terminate`.
   * @default "Terminate"
   */
  mode?: 'Terminate' | 'Passthrough'
  /**
   * Secrets with certificate and key, up to 64: clients are shown the one that they can use. Needed for `Terminate`, unless
   * there are `options`.
   * @maxItems 64
   */
  certificateRefs?: SecretObjectReference[]
  /** Settings of the implementation’s own, up to 16, with values of up to 4096 characters; Meshwright has none. Default: none. */
  options?: ListenerTLSOptions
}

/**
 * Settings by name.
 * @maxProperties 16
 * @valueMinLength 0
 * @valueMaxLength 4096
 */
export interface ListenerTLSOptions {
  /** By name. */
  [name: string]: string
}

export interface AllowedRoutes {
  /**
   * Namespaces that routes may come from. Default: the Gateway’s.
   * @default {"from":"Same"}
   */
  namespaces?: RouteNamespaces
  /**
   * Kinds of routes that may attach, up to 8. Default: those that the protocol is for.
   * @maxItems 8
   */
  kinds?: RouteGroupKind[]
}

export interface RouteNamespaces {
  /**
   * All, the Gateway’s, or those whose labels fit. Default: `Same`.
   * @default "Same"
   */
  from?: 'All' | 'Selector' | 'Same'
  /** Labels of the namespaces, for `Selector`; an empty one takes all. Default: none, which takes no namespace. */
  selector?: NamespaceSelector
}

export interface NamespaceSelector {
  /** Labels that they must have. Default: none. */
  matchLabels?: SelectedLabels
  /** Further conditions, all of which must hold. Default: none. */
  matchExpressions?: SelectorRequirement[]
}

export interface SelectedLabels {
  /** Value of the label. */
  [name: string]: string
}

export interface SelectorRequirement {
  /** The label’s name. */
  key: string
  /** `In`, `NotIn`, `Exists` or `DoesNotExist`. */
  operator: string
  /** Values, for `In` and `NotIn`. Default: none, and then `In` fits nothing and `NotIn` everything. */
  values?: string[]
}

export interface RouteGroupKind {
  /**
   * API group. Default: `gateway.networking.k8s.io`.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default "gateway.networking.k8s.io"
   */
  group?: string
  /**
   * `HTTPRoute`, `GRPCRoute`, …
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind: string
}

export interface ListenerFilters {
  /**
   * In their order, up to 16. Default: none.
   * @maxItems 16
   */
  requests?: ListenerFilter[]
}

export interface ListenerFilter {
  /** Which of the fields below holds the filter. */
  type: 'ExternalAuth' | 'ExtensionRef'
  /** Asks a Service whether a request may go on; needs the type of its name. */
  externalAuth?: HTTPExternalAuthFilter
  /** A filter of another API; needs the type of its name. */
  extensionRef?: LocalObjectReference
}

export interface GatewaySpecAddress {
  /**
   * What the value is: `IPAddress`, `Hostname`, `NamedAddress`, or one of an implementation’s own, up to 253 characters. Default:
   * `IPAddress`.
   * @minLength 1
   * @maxLength 253
   * @pattern ^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$
   * @default "IPAddress"
   */
  type?: string
  /**
   * The address, up to 253 characters. Default: any of that type.
   * @maxLength 253
   */
  value?: string
  /**
   * From where it can be reached: `Cluster`, or a word with a domain of its own, up to 253 characters. Default: the
   * implementation’s.
   * @maxLength 253
   */
  routability?: string
}

export interface GatewayInfrastructure {
  /** Labels for what is made, up to 8, with values of up to 63 characters. Default: none. */
  labels?: InfrastructureLabels
  /** Annotations for what is made, up to 16, with values of up to 4096 characters. Default: none. */
  annotations?: InfrastructureAnnotations
  /** Settings of the implementation’s own; Meshwright has none, and does not accept a Gateway that names some. Default: none. */
  parametersRef?: LocalObjectReference
}

/**
 * Labels of what is made.
 * @maxProperties 8
 * @valueMinLength 0
 * @valueMaxLength 63
 * @valuePattern ^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$
 */
export interface InfrastructureLabels {
  /** Value of the label. */
  [name: string]: string
}

/**
 * Annotations of what is made.
 * @maxProperties 16
 * @valueMinLength 0
 * @valueMaxLength 4096
 */
export interface InfrastructureAnnotations {
  /** Value of the annotation. */
  [name: string]: string
}

export interface AllowedListeners {
  /**
   * Namespaces that ListenerSets may come from. Default: none.
   * @default {"from":"None"}
   */
  namespaces?: ListenerNamespaces
}

export interface ListenerNamespaces {
  /**
   * All, the Gateway’s, those whose labels fit, or none. Default: `None`.
   * @default "None"
   */
  from?: 'All' | 'Selector' | 'Same' | 'None'
  /** Labels of the namespaces, for `Selector`; an empty one takes all. Default: none, which takes no namespace. */
  selector?: NamespaceSelector
}

export interface GatewayTLSConfig {
  /** The certificate that backends are shown. Default: none. */
  backend?: GatewayBackendTLS
  /** How clients’ certificates are judged. Default: they are not asked for. */
  frontend?: FrontendTLSConfig
}

export interface GatewayBackendTLS {
  /** Secret with certificate and key. Default: none is shown. */
  clientCertificateRef?: SecretObjectReference
}

export interface FrontendTLSConfig {
  /** For all listeners that end TLS, at ports that have no rule of their own. */
  default: TLSConfig
  /**
   * For some ports, up to 64. Default: none.
   * @maxItems 64
   */
  perPort?: TLSPortConfig[]
}

export interface TLSPortConfig {
  /**
   * The listeners’ port, 1–65535; once only.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** What holds there. */
  tls: TLSConfig
}

export interface TLSConfig {
  /** Which clients are let in. Default: certificates are not asked for. */
  validation?: FrontendTLSValidation
}

export interface FrontendTLSValidation {
  /**
   * ConfigMaps with the CAs that clients’ certificates must come from, under `ca.crt`, 1–16; or one Secret.
   * @minItems 1
   * @maxItems 16
   */
  caCertificateRefs: ObjectReference[]
  /**
   * Are clients let in that have no valid certificate? `AllowInsecureFallback` asks for one, and takes any or none. Default:
   * `AllowValidOnly`.
   * @default "AllowValidOnly"
   */
  mode?: 'AllowValidOnly' | 'AllowInsecureFallback'
}

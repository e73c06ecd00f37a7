/** Part of MeshConfig: which headers proxies add to what passes them. Types of Istio's API, and what is read from them. */
import type { HeaderSettings } from '../../model/mesh-settings.ts'
import type { ForwardedClientCert } from './mesh-config-wide.ts'

/** Headers that proxies add of their own accord. */
export interface ProxyHeaders {
  /** What sidecars make of X-Forwarded-Client-Cert where their callers show a certificate. Default: `APPEND_FORWARD`. */
  forwardedClientCert?: ForwardedClientCert
  /**
   * What that header says of the caller’s certificate, where a sidecar writes it: `APPEND_FORWARD`, `SANITIZE_SET`. Default:
   * see its fields.
   */
  setCurrentClientCertDetails?: ClientCertDetails
  /** X-Request-Id of requests that have none. Default: they get one. */
  requestId?: HeaderSwitch
  /** The `server` of answers. Default: `istio-envoy`; from a sidecar to its own application `envoy`. */
  server?: ServerHeader
  /** X-Envoy-Attempt-Count: which try a request is. Default: it is there. */
  attemptCount?: HeaderSwitch
  /** X-Envoy-Upstream-Service-Time, X-Envoy-Expected-Rq-Timeout-Ms and what else Envoy’s router adds. Default: they are there. */
  envoyDebugHeaders?: HeaderSwitch
  /** Has no effect: Istio’s own Envoy alone exchanges metadata in headers. Default: none. */
  metadataExchangeHeaders?: MetadataExchangeHeaders
  /** Do names of headers keep their case in HTTP/1.1? Default: false, they are in lower case. */
  preserveHttp1HeaderCase?: boolean
}

export interface HeaderSwitch {
  /** Leaves the header out. Default: false. */
  disabled?: boolean
}

export interface ServerHeader extends HeaderSwitch {
  /** What it says, where it is not left out. Default: see `server`. */
  value?: string
}

export interface ClientCertDetails {
  /** Its subject. Default: true. */
  subject?: boolean
  /** The certificate itself, in PEM. Default: false. */
  cert?: boolean
  /** All certificates of the chain, in PEM. Default: false. */
  chain?: boolean
  /** Its DNS names. Default: true. */
  dns?: boolean
  /** Its URIs: the caller’s identity. Default: true. */
  uri?: boolean
}

export interface MetadataExchangeHeaders {
  /** To whom they are sent. Default: to all. */
  mode?: 'UNDEFINED' | 'IN_MESH'
}

/** Undefined where nothing differs from what proxies do anyway. */
export function lowerHeaders(headers: ProxyHeaders | undefined): HeaderSettings | undefined {
  if (headers === undefined) return undefined
  const { forwardedClientCert: certs = 'UNDEFINED', setCurrentClientCertDetails: details } = headers
  const { disabled: isServerless = false, value: server = '' } = headers.server ?? {}
  const settings: HeaderSettings = {
    ...(certs === 'UNDEFINED' ? {} : { clientCerts: certs }),
    ...(details === undefined ? {} : { certDetails: { subject: true, dns: true, uri: true, ...details } }),
    ...(headers.requestId?.disabled === true ? { isWithoutId: true as const } : {}),
    ...(isServerless ? { server: 'application' as const } : server === '' ? {} : { server: { name: server } }),
    ...(headers.attemptCount?.disabled === true ? { isWithoutAttempt: true as const } : {}),
    ...(headers.envoyDebugHeaders?.disabled === true ? { isWithoutDebug: true as const } : {}),
    ...(headers.preserveHttp1HeaderCase === true ? { keepsCase: true as const } : {}),
  }
  return Object.keys(settings).length === 0 ? undefined : settings
}

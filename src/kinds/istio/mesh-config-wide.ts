/** Parts of MeshConfig that concern every proxy alike. Types of Istio's API only. */
import type { ForwardedCerts } from '../../model/mesh-settings.ts'

export interface PathNormalization {
  /**
   * What becomes of a request’s path before routes and rules look at it. `NONE`: nothing. `BASE`: `.` and `..` are resolved and
   * characters that need no `%` lose it. `MERGE_SLASHES`: several slashes are one, too. `DECODE_AND_MERGE_SLASHES`: `%2F` and `%5C`
   * are slashes, too. Default: `BASE`, and `DECODE_AND_MERGE_SLASHES` where a rule looks at paths.
   */
  normalization?: 'DEFAULT' | 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES'
}

export type ForwardedClientCert = 'UNDEFINED' | ForwardedCerts

/** What gateways make of what clients’ proxies say. */
export interface GatewayTopology {
  /**
   * How many proxies stand before the gateway: so many addresses at the end of X-Forwarded-For are believed. Default: 0.
   * @minimum 0
   * @maximum 4294967295
   */
  numTrustedProxies?: number
  /** What becomes of X-Forwarded-Client-Cert. Default: `SANITIZE_SET`. */
  forwardClientCertDetails?: ForwardedClientCert
  /**
   * Where it is there, empty as it is: connections to gateways begin with a PROXY header, version 1 or 2, which says whose they are. Those
   * without one are closed. Default: they begin with none.
   */
  proxyProtocol?: Record<string, never>
}

/** Which TLS proxies speak with each other. */
export interface MeshTls extends TlsDefaults {
  /** The oldest version that is spoken. Default: `TLSV1_2`. */
  minProtocolVersion?: 'TLS_AUTO' | 'TLSV1_2' | 'TLSV1_3'
}

export interface TlsDefaults {
  /** Cipher suites of TLS 1.2, by OpenSSL’s names. Default: Envoy’s. */
  cipherSuites?: string[]
  /** Curves for the exchange of keys: `X25519`, `P-256`, `P-384`, `P-521`, `X25519MLKEM768`. Default: Envoy’s. */
  ecdhCurves?: string[]
}

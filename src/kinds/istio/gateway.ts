import type { ObjectMeta } from '../resource.ts'
import type { StringMap } from './virtual-service.ts'

/** Ports that gateway proxies open, and the hosts that may be served there. */
export interface Gateway {
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  kind: 'Gateway'
  metadata: ObjectMeta
  spec: GatewaySpec
}

export interface GatewaySpec {
  /** Labels of the gateway proxies that serve it. */
  selector?: StringMap
  servers?: Server[]
}

export interface Server {
  port: Port
  /** `namespace/host`, `*` for all: what VirtualServices may bind to here. */
  hosts: string[]
  /** IP address or Unix socket to listen on. Default: all addresses of the proxy. */
  bind?: string
  /** Where to send traffic by default; not used by Envoy gateways. */
  defaultEndpoint?: string
  /** Shows in messages. */
  name?: string
  tls?: ServerTLSSettings
}

export interface Port {
  /**
   * 1–65535.
   * @minimum 0
   * @maximum 4294967295
   */
  number: number
  protocol: string
  name: string
  /**
   * Refused on gateways.
   * @minimum 0
   * @maximum 4294967295
   */
  targetPort?: number
}

export interface ServerTLSSettings {
  /** Answers plain requests with 301 to https. Default: false. */
  httpsRedirect?: boolean
  /** Default: `PASSTHROUGH`. */
  mode?: 'PASSTHROUGH' | 'SIMPLE' | 'MUTUAL' | 'AUTO_PASSTHROUGH' | 'ISTIO_MUTUAL' | 'OPTIONAL_MUTUAL'
  /** File with the certificate chain, PEM, on the proxy's disk. */
  serverCertificate?: string
  /** File with the private key, PEM. */
  privateKey?: string
  /** File with the CAs that client certificates must come from, PEM. */
  caCertificates?: string
  /** File with revoked client certificates, PEM. */
  caCrl?: string
  /** Name of a Secret with certificate and key. */
  credentialName?: string
  /**
   * @minItems 1
   * @maxItems 2
   */
  credentialNames?: string[]
  caCertCredentialName?: string
  /**
   * @minItems 1
   * @maxItems 2
   */
  tlsCertificates?: TLSCertificate[]
  /** Names that a client certificate must carry one of. */
  subjectAltNames?: string[]
  verifyCertificateSpki?: string[]
  verifyCertificateHash?: string[]
  /** Default: TLS 1.2. */
  minProtocolVersion?: 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
  /** Default: TLS 1.3. */
  maxProtocolVersion?: 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
  /** Cipher suites for TLS 1.2 and below, OpenSSL's names. Default: Envoy's. */
  cipherSuites?: string[]
  insecureSkipVerify?: boolean
}

export interface TLSCertificate {
  serverCertificate?: string
  privateKey?: string
  caCertificates?: string
}

import type { ObjectMeta } from '../resource.ts'
import type { StringMap } from './virtual-service.ts'

/** Ports that gateway proxies open, and the hosts that may be served there. */
export interface Gateway {
  /** Group and version; all three mean the same here. New resources take `networking.istio.io/v1`. */
  apiVersion: 'networking.istio.io/v1' | 'networking.istio.io/v1beta1' | 'networking.istio.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Gateway'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Which proxies, and the ports that they open. */
  spec: GatewaySpec
}

export interface GatewaySpec {
  /** Labels of the gateway proxies that serve it. Default: no pods; under `mesh up` a proxy that is named after it. */
  selector?: StringMap
  /** Ports to open; at least one is needed. Several may share a number if their names for TLS differ. */
  servers?: Server[]
}

export interface Server {
  /** Port to listen on, and what is spoken there. */
  port: Port
  /** `namespace/host`, `*` for all: what VirtualServices may bind to here. */
  hosts: string[]
  /**
   * IP address to listen on, where the proxy is not bound to one anyway; a Unix socket has no effect. Default: all addresses
   * of the proxy.
   */
  bind?: string
  /** Where traffic would go by default; Istio’s gateways do not use it either. Default: none. */
  defaultEndpoint?: string
  /** A name of the author’s choosing, for messages. Default: none. */
  name?: string
  /** Certificates and versions; needed for `HTTPS` and `TLS`, and on `HTTP` it may only redirect. */
  tls?: ServerTLSSettings
}

export interface Port {
  /**
   * The port, 1–65535.
   * @minimum 0
   * @maximum 4294967295
   */
  number: number
  /** What is spoken: `HTTP`, `HTTPS`, `HTTP2`, `GRPC`, `TLS`, `TCP`, … in any case. */
  protocol: string
  /** Its name, unique within the resource; shows in Envoy’s route names. */
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
  /**
   * Pass TLS through by server name, end it here (`SIMPLE`), also ask clients for certificates, or speak the mesh's own TLS
   * (`ISTIO_MUTUAL`). `AUTO_PASSTHROUGH`, for a gateway between clusters, passes the mesh's own TLS on to the service, port and subset
   * that its server name says. Default: `PASSTHROUGH`.
   */
  mode?: 'PASSTHROUGH' | 'SIMPLE' | 'MUTUAL' | 'AUTO_PASSTHROUGH' | 'ISTIO_MUTUAL' | 'OPTIONAL_MUTUAL'
  /**
   * File with the certificate chain, PEM, on the proxy’s disk; needed for `SIMPLE`, `MUTUAL` and `OPTIONAL_MUTUAL`, where no
   * other field names certificates.
   */
  serverCertificate?: string
  /** File with the key of that certificate, PEM; needed with it. */
  privateKey?: string
  /**
   * File with the CAs that client certificates must come from, PEM; needed for `MUTUAL` and `OPTIONAL_MUTUAL`, where neither a
   * Secret nor `tlsCertificates` has them.
   */
  caCertificates?: string
  /** File with revoked client certificates, PEM. Default: none. */
  caCrl?: string
  /**
   * Name of a Secret with certificate and key in the namespace of the gateway’s pods, instead of files; its CAs, for `MUTUAL`,
   * lie in the Secret of that name with `-cacert` behind it, or beside the key. Served in clusters. Default: files.
   */
  credentialName?: string
  /**
   * Names of one or two Secrets, such as one for RSA and one for ECDSA: clients are shown the one that they can use. Excludes
   * `credentialName`. Default: files.
   * @minItems 1
   * @maxItems 2
   */
  credentialNames?: string[]
  /**
   * Name of a Secret with the CAs for client certificates, and maybe those that are revoked (`ca.crl`). Default: as
   * `credentialName` has it.
   */
  caCertCredentialName?: string
  /**
   * Files of one or two certificates, such as RSA and ECDSA. Excludes the file fields beside it. Default: what they name.
   * @minItems 1
   * @maxItems 2
   */
  tlsCertificates?: TLSCertificate[]
  /** Names of which a client certificate must carry one. Default: any name. */
  subjectAltNames?: string[]
  /** SHA-256 of public keys that clients may have, base64. Default: any. */
  verifyCertificateSpki?: string[]
  /** SHA-256 of client certificates that are let in, hex. Default: any. */
  verifyCertificateHash?: string[]
  /** Lowest TLS version that is accepted. Default: TLS 1.2. */
  minProtocolVersion?: 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
  /** Highest TLS version that is accepted. Default: TLS 1.3. */
  maxProtocolVersion?: 'TLS_AUTO' | 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'
  /** Cipher suites for TLS 1.2 and below, OpenSSL's names. Default: Envoy's. */
  cipherSuites?: string[]
  /** Let clients in whatever certificate they show. Default: false. */
  insecureSkipVerify?: boolean
}

export interface TLSCertificate {
  /** File with the certificate chain, PEM, on the proxy’s disk; needed. */
  serverCertificate?: string
  /** File with the private key, PEM, on the proxy’s disk; needed. */
  privateKey?: string
  /** File with the CAs that client certificates must come from, PEM. Default: clients are not judged. */
  caCertificates?: string
}

import type { At, Labels, Node } from './node.ts'
import type { CertificateFiles, NamedFile } from './proxy-file.ts'

/** An entrance to (or exit from) the mesh: which ports the selected proxies open, for which hosts. */
export interface Gateway extends Node {
  /** Picks the gateway proxies that serve it. */
  readonly selector: Labels
  readonly servers: readonly Server[]
  /** Name of the Gateway API's Gateway of which this is a listener: what policies hang on. Absent for Istio's Gateways. */
  readonly apiGateway?: string
  /** Of a listener of the Gateway API: what routes that are attached there don't get. Absent: nothing. */
  readonly unheard?: readonly UnheardRequests[]
}

/** Requests that a route is for and does not get. */
export interface UnheardRequests {
  /** The route's. */
  readonly name: string
  readonly at: At
  /** Absent: all that come to the listener. */
  readonly host?: string
  /** Who gets them: a route of another kind at the listener, or a more specific listener of the port. */
  readonly by: { readonly kind: 'GRPCRoute' | 'HTTPRoute' | 'listener'; readonly name: string; readonly at: At }
}

/** As its author calls it: of a listener of the Gateway API, which is a gateway of its own here, the Gateway's name. */
export function writtenName({ name, apiGateway }: Pick<Gateway, 'name' | 'apiGateway'>): string {
  return apiGateway ?? name
}

export interface Server {
  readonly port: { readonly number: number; readonly name: string; readonly protocol: ServerProtocol }
  readonly hosts: readonly ServerHost[]
  readonly bind?: string
  readonly tls?: ServerTls
  readonly at: At
}

export type ServerProtocol = 'HTTP' | 'HTTP2' | 'GRPC' | 'GRPC-WEB' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP' | 'MONGO'

/** By what a port is reached: TCP and UDP may have one number each. Absent: TCP. */
export interface Carried {
  readonly transport?: 'UDP'
}

export function carriedBy({ port }: Pick<Server, 'port'>): Carried {
  return port.protocol === 'UDP' ? { transport: 'UDP' } : {}
}

export interface ServerHost {
  /** `*`: any; otherwise only VirtualServices of this namespace bind to the host. */
  readonly namespace: string
  readonly host: string
  readonly at: At
}

export type ServerTlsMode =
  | 'PASSTHROUGH'
  | 'SIMPLE'
  | 'MUTUAL'
  | 'AUTO_PASSTHROUGH'
  | 'ISTIO_MUTUAL'
  | 'OPTIONAL_MUTUAL'

export interface ServerTls {
  readonly mode: ServerTlsMode
  readonly httpsRedirect: boolean
  /** Where they come from files; several where clients differ in what they take: RSA and ECDSA. */
  readonly certificates: readonly CertificateFiles[]
  /** Authorities that client certificates must come from. */
  readonly ca?: NamedFile
  /** The same as text, PEM. */
  readonly caText?: string
  /** Client certificates that are good no more. */
  readonly crl?: NamedFile
  /** Of the public keys that clients may have, base64 of SHA-256; empty: any. */
  readonly publicKeyHashes: readonly string[]
  /** Of the certificates that clients may have, hex of SHA-256; empty: any. */
  readonly certificateHashes: readonly string[]
  /** Where they come from Secrets, each with certificate and key. */
  readonly credentials: readonly NamedSecret[]
  /** The Secret with the authorities that client certificates must come from; absent: it goes by the first of the others. */
  readonly caCredential?: NamedSecret
  /** Is any client certificate good, whoever it comes from? */
  readonly takesAnyone: boolean
  readonly subjectAltNames: readonly string[]
  readonly minVersion?: TlsVersion
  readonly maxVersion?: TlsVersion
  readonly cipherSuites: readonly string[]
  readonly at: At
}

/** A Secret of the cluster. */
export interface NamedSecret {
  readonly name: string
  /** Absent: that of the proxy's pods. */
  readonly namespace?: string
  readonly at: At
}

export type TlsVersion = 'TLSV1_0' | 'TLSV1_1' | 'TLSV1_2' | 'TLSV1_3'

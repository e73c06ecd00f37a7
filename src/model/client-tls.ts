import type { NamedSecret } from './gateway.ts'
import type { At } from './node.ts'
import type { CertificateFiles, NamedFile } from './proxy-file.ts'

/** How a caller's proxy secures its connections to a destination, where that is not left to the mesh. */
export type ClientTls = PlainText | MeshTls | OwnTls

/** None, whatever the endpoints can do. */
export interface PlainText {
  readonly mode: 'DISABLE'
  readonly at: At
}

/** The mesh's own mutual TLS, whatever the endpoints say that they can do. */
export interface MeshTls {
  readonly mode: 'ISTIO_MUTUAL'
  /** The server name to ask for; absent: the destination's name in Istio's form. */
  readonly sni?: string
  /** Identities of which the server must have one; empty: those of the destination's accounts. */
  readonly subjectAltNames: readonly string[]
  readonly at: At
}

/** TLS with certificates from outside of the mesh. */
export interface OwnTls {
  readonly mode: 'SIMPLE' | 'MUTUAL'
  /** The server name to ask for; absent: the host that was called. */
  readonly sni?: string
  /** Names of which the server's certificate must carry one; empty: the host that was called. */
  readonly subjectAltNames: readonly string[]
  /** Is any certificate good? */
  readonly isUnverified: boolean
  /**
   * A Secret with the authorities that the server's certificate must come from, and what the client shows with `MUTUAL`: where the
   * caller's proxy is given Secrets, in place of the files below.
   */
  readonly credential?: string
  /** A Secret with what the client shows with `MUTUAL`, and nothing else. */
  readonly shows?: NamedSecret
  /** What the client shows; only with `MUTUAL`. */
  readonly certificate?: CertificateFiles
  /** The authorities that the server's certificate must come from; absent: public ones. */
  readonly ca?: NamedFile
  /** The same as text, PEM. */
  readonly caText?: string
  /** Certificates that are good no more. */
  readonly crl?: NamedFile
  readonly at: At
}

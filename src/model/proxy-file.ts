import type { At } from './node.ts'

/** A file on the disk of the proxy, PEM, and where it is named. */
export interface NamedFile {
  readonly file: string
  readonly at: At
}

/** What a proxy shows of itself. */
export interface CertificateFiles {
  /** Its own certificate first. */
  readonly chain: NamedFile
  readonly key: NamedFile
}

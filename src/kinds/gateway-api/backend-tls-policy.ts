import type { ObjectMeta } from '../resource.ts'
import type { LocalObjectReference } from './references.ts'

/** How gateways, and callers within the mesh, speak TLS to a Service. */
export interface BackendTLSPolicy {
  /** Group and version; both mean the same. New resources take `v1`. */
  apiVersion: 'gateway.networking.k8s.io/v1' | 'gateway.networking.k8s.io/v1alpha3'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'BackendTLSPolicy'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** To whom, and how certificates are judged. */
  spec: BackendTLSPolicySpec
}

export interface BackendTLSPolicySpec {
  /**
   * Services of the same namespace, 1–16.
   * @minItems 1
   * @maxItems 16
   */
  targetRefs: BackendPolicyTarget[]
  /** What a backend’s certificate must be. */
  validation: BackendTLSValidation
  /** Settings of the implementation’s own, up to 16, with values of up to 4096 characters; Meshwright has none. Default: none. */
  options?: BackendTLSOptions
}

export interface BackendPolicyTarget {
  /**
   * API group; empty for Services.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group: string
  /**
   * What it is: `Service`.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /**
   * Name of the one port that is meant. Default: all.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  sectionName?: string
}

export interface BackendTLSValidation {
  /**
   * ConfigMaps with the CAs that certificates must come from, 1–8. Excludes `wellKnownCACertificates`; one of the two is
   * needed.
   * @minItems 1
   * @maxItems 8
   */
  caCertificateRefs?: LocalObjectReference[]
  /**
   * `System`: public CAs; or a set of an implementation’s own, up to 253 characters. Excludes `caCertificateRefs`; one of the
   * two is needed.
   * @minLength 1
   * @maxLength 253
   * @pattern ^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$
   */
  wellKnownCACertificates?: string
  /**
   * The server name that is asked for, and that a certificate must have unless `subjectAltNames` says others.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostname: string
  /**
   * Names of which a certificate must have one, up to 5. Default: `hostname`.
   * @maxItems 5
   */
  subjectAltNames?: BackendSubjectAltName[]
}

export interface BackendSubjectAltName {
  /** Which of the fields below holds the name. */
  type: 'Hostname' | 'URI'
  /**
   * A DNS name, which may begin with `*.`; needs the type of its name.
   * @minLength 1
   * @maxLength 253
   * @pattern ^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostname?: string
  /**
   * A URI, such as a SPIFFE identity, up to 253 characters; needs the type of its name.
   * @minLength 1
   * @maxLength 253
   * @pattern ^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\?([^#]*))?(#(.*))?
   */
  uri?: string
}

/**
 * Settings by name.
 * @maxProperties 16
 * @valueMinLength 0
 * @valueMaxLength 4096
 */
export interface BackendTLSOptions {
  /** By name. */
  [name: string]: string
}

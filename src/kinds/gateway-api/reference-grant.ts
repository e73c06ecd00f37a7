import type { ObjectMeta } from '../resource.ts'

/** Lets resources of other namespaces name those of this one. */
export interface ReferenceGrant {
  /** Group and version; both mean the same. `v1beta1` is what API servers store. */
  apiVersion: 'gateway.networking.k8s.io/v1beta1' | 'gateway.networking.k8s.io/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ReferenceGrant'
  /** Name and namespace; what may be named is in that namespace. */
  metadata: ObjectMeta
  /** Who may name what. */
  spec: ReferenceGrantSpec
}

export interface ReferenceGrantSpec {
  /**
   * Who may: resources of a kind in a namespace, 1–16 entries.
   * @minItems 1
   * @maxItems 16
   */
  from: ReferenceGrantFrom[]
  /**
   * What they may name, 1–16 entries.
   * @minItems 1
   * @maxItems 16
   */
  to: ReferenceGrantTo[]
}

export interface ReferenceGrantFrom {
  /**
   * API group of who may.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group: string
  /**
   * Kind of who may: `HTTPRoute`, `Gateway`, …
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind: string
  /**
   * Namespace of who may; all of it.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace: string
}

export interface ReferenceGrantTo {
  /**
   * API group of what may be named; empty for Kubernetes’ own kinds.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group: string
  /**
   * Kind of what may be named: `Service`, `Secret`, …
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   */
  kind: string
  /**
   * Name of the one that may be named. Default: all of the kind.
   * @minLength 1
   * @maxLength 253
   */
  name?: string
}

import type { ObjectMeta } from '../resource.ts'
import type { Listener } from './gateway.ts'

/** Listeners that are added to a Gateway by others. */
export interface ListenerSet {
  /** Group and version. */
  apiVersion: 'gateway.networking.k8s.io/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ListenerSet'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** The Gateway, and the listeners. */
  spec: ListenerSetSpec
}

export interface ListenerSetSpec {
  /** The Gateway that they are added to, if its `allowedListeners` lets them. */
  parentRef: ParentGatewayReference
  /**
   * Ports, hosts and certificates, 1–64.
   * @minItems 1
   * @maxItems 64
   */
  listeners: Listener[]
}

export interface ParentGatewayReference {
  /**
   * API group. Default: `gateway.networking.k8s.io`.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default "gateway.networking.k8s.io"
   */
  group?: string
  /**
   * What it is. Default: `Gateway`.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   * @default "Gateway"
   */
  kind?: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /**
   * Its namespace. Default: that of the set.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
}

import type { ObjectMeta } from '../resource.ts'
import type { L4Rule } from './l4-rule.ts'
import type { ParentReference } from './references.ts'

/** Where datagrams go that come to a Gateway’s listener for UDP. */
export interface UDPRoute {
  /** Group and version; all mean the same. New resources take `v1`. */
  apiVersion: 'gateway.networking.k8s.io/v1' | 'gateway.networking.k8s.io/v1alpha2'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'UDPRoute'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Parents and the rule. */
  spec: UDPRouteSpec
}

export interface UDPRouteSpec {
  /**
   * What the route is attached to, up to 32. Default: nothing, and then it does nothing without `useDefaultGateways`.
   * @maxItems 32
   */
  parentRefs?: ParentReference[]
  /** Attach to Gateways that are a cluster’s default? Default: `None`. */
  useDefaultGateways?: 'All' | 'None'
  /**
   * The one rule.
   * @minItems 1
   * @maxItems 1
   */
  rules: L4Rule[]
}

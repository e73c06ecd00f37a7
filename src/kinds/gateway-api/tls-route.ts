import type { ObjectMeta } from '../resource.ts'
import type { L4Rule } from './l4-rule.ts'
import type { ParentReference } from './references.ts'

/** Where TLS goes that comes to a Gateway, by the server name that it asks for. */
export interface TLSRoute {
  /** Group and version; all mean the same. New resources take `v1`. */
  apiVersion:
    | 'gateway.networking.k8s.io/v1'
    | 'gateway.networking.k8s.io/v1alpha3'
    | 'gateway.networking.k8s.io/v1alpha2'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'TLSRoute'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Parents, hosts and the rule. */
  spec: TLSRouteSpec
}

export interface TLSRouteSpec {
  /**
   * What the route is attached to, up to 32. Default: nothing, and then it does nothing without `useDefaultGateways`.
   * @maxItems 32
   */
  parentRefs?: ParentReference[]
  /** Attach to Gateways that are a cluster’s default? Default: `None`. */
  useDefaultGateways?: 'All' | 'None'
  /**
   * Server names that connections must ask for, 1–1024; `*.` at the beginning stands for one label or more.
   * @minItems 1
   * @maxItems 1024
   * @itemMinLength 1
   * @itemMaxLength 253
   * @itemPattern ^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  hostnames: string[]
  /**
   * The one rule.
   * @minItems 1
   * @maxItems 1
   */
  rules: L4Rule[]
}

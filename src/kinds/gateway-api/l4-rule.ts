/** Where connections and packets go that nobody looks into. */

export interface L4Rule {
  /**
   * Name. Default: none.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  name?: string
  /**
   * Where they go, in shares by weight, 1–16.
   * @minItems 1
   * @maxItems 16
   */
  backendRefs: WeightedBackend[]
}

export interface WeightedBackend {
  /**
   * API group; empty for Kubernetes’ own kinds. Default: empty.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default ""
   */
  group?: string
  /**
   * What it is. Default: `Service`.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   * @default "Service"
   */
  kind?: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /**
   * Its namespace; another one must have a ReferenceGrant for it. Default: the route’s.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
  /**
   * Port of the Service, 1–65535; needed for Services.
   * @minimum 1
   * @maximum 65535
   */
  port?: number
  /**
   * Its share, among the sum of all weights, 0–1,000,000; 0: none. Default: 1.
   * @minimum 0
   * @maximum 1000000
   * @default 1
   */
  weight?: number
}

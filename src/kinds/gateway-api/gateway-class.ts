import type { ObjectMeta } from '../resource.ts'

/** A kind of gateways: which controller serves them. Meshwright’s own, `meshwright`, is there without being declared. */
export interface GatewayClass {
  /** Group and version; both mean the same. New resources take `v1`. */
  apiVersion: 'gateway.networking.k8s.io/v1' | 'gateway.networking.k8s.io/v1beta1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'GatewayClass'
  /** Name, labels and annotations; there are no namespaces to it. */
  metadata: ObjectMeta
  /** Who serves gateways of the class. */
  spec: GatewayClassSpec
}

export interface GatewayClassSpec {
  /**
   * Who serves its gateways; Meshwright does for `meshwright.dev/gateway-controller`. It can’t be changed later.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$
   */
  controllerName: string
  /** Settings of the controller’s own; Meshwright has none, and does not accept a class that names some. Default: none. */
  parametersRef?: ParametersReference
  /**
   * A line for people, up to 64 characters. Default: none.
   * @maxLength 64
   */
  description?: string
}

export interface ParametersReference {
  /**
   * API group; empty for Kubernetes’ own kinds.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group: string
  /**
   * What it is.
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
   * Its namespace, where it has one. Default: none.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
}

/** How resources of the Gateway API name each other. */

/** What a route wants to be attached to. */
export interface ParentReference {
  /**
   * API group of the parent; empty for a Service. Default: `gateway.networking.k8s.io`.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default "gateway.networking.k8s.io"
   */
  group?: string
  /**
   * `Gateway`, or `Service` for calls within the mesh. Default: `Gateway`.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   * @default "Gateway"
   */
  kind?: string
  /**
   * Its namespace; another one’s listeners must allow the route’s. Default: the route’s own.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /**
   * Name of the one listener that is meant; of a Service, of its port. Default: all that allow the route.
   * @minLength 1
   * @maxLength 253
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  sectionName?: string
  /**
   * Port of the listeners, or of the Service, that are meant, 1–65535. Default: any.
   * @minimum 1
   * @maximum 65535
   */
  port?: number
}

/** An object that requests go to. */
export interface BackendObjectReference {
  /**
   * API group; empty for Kubernetes’ own kinds. Default: empty.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default ""
   */
  group?: string
  /**
   * What it is; Meshwright sends requests to Services. Default: `Service`.
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
   * Its namespace; another one must have a ReferenceGrant for it. Default: that of who names it.
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
}

/** An object in the namespace of who names it. */
export interface LocalObjectReference {
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
}

/** A Secret with a certificate and its key. */
export interface SecretObjectReference {
  /**
   * API group; empty for Kubernetes’ own kinds. Default: empty.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   * @default ""
   */
  group?: string
  /**
   * What it is; Meshwright reads Secrets. Default: `Secret`.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$
   * @default "Secret"
   */
  kind?: string
  /**
   * Its name.
   * @minLength 1
   * @maxLength 253
   */
  name: string
  /**
   * Its namespace; another one must have a ReferenceGrant for it. Default: the Gateway’s.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
}

/** An object of any namespace. */
export interface ObjectReference {
  /**
   * API group; empty for Kubernetes’ own kinds.
   * @maxLength 253
   * @pattern ^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
   */
  group: string
  /**
   * What it is: `ConfigMap` holds CAs in every implementation.
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
   * Its namespace; another one must have a ReferenceGrant for it. Default: the Gateway’s.
   * @minLength 1
   * @maxLength 63
   * @pattern ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
   */
  namespace?: string
}

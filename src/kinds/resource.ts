/** JSON as Kubernetes knows it: what a resource holds, whoever wrote it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Labels and annotations. */
export interface MetaMap {
  readonly [key: string]: string
}

export interface ObjectMeta {
  readonly name: string
  /** Absent: the mesh's default namespace, which the first pass of resolve fills in. */
  readonly namespace?: string
  readonly labels?: MetaMap
  readonly annotations?: MetaMap
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly OwnerReference[]
  /** This and what follows is written by the API server, and stands in objects that were read from a cluster. */
  readonly generateName?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string | null
  readonly deletionTimestamp?: string | null
  readonly deletionGracePeriodSeconds?: number
  readonly managedFields?: readonly AnyFields[]
  readonly selfLink?: string
}

/** Another object, with which this one is deleted. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** An object of which only the API server knows the fields. */
export interface AnyFields {
  readonly [field: string]: unknown
}

/** One object of a known or unknown kind, in the shape of the Kubernetes API. */
export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly [field: string]: unknown
}

/** Groups of kinds whose names another group's kinds have, too, with the kinds. */
const namesakes: ReadonlySet<string> = new Set(['gateway.networking.k8s.io/Gateway'])

/**
 * `VirtualService/shop/reviews`: what a position, a digest and an xDS resource name an object by. The Gateway API's Gateway
 * has its group behind the kind, for Istio's has the same.
 */
export function resourceKey(resource: Resource): string {
  const { kind, apiVersion, metadata } = resource
  const group = apiVersion.split('/', 1)[0]
  const word = namesakes.has(`${group}/${kind}`) ? `${kind}.${group}` : kind
  return `${word}/${metadata.namespace ?? ''}/${metadata.name}`
}

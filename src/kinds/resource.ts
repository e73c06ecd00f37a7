/** JSON as Kubernetes knows it: what a resource holds, whoever wrote it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** Labels and annotations. */
export interface MetaMap {
  readonly [key: string]: string
}

export interface ObjectMeta {
  /** Its name, unique among its kind in the namespace. */
  readonly name: string
  /** The namespace that it is in, where its kind is of any. Default: the one that `mesh.config.ts` names, or else `default`. */
  readonly namespace?: string
  /** By what it is selected. Default: none. */
  readonly labels?: MetaMap
  /** What programs and people note of it; nothing is selected by it. Default: none. */
  readonly annotations?: MetaMap
  /** Who has to let go of it before it is gone. Default: nobody. */
  readonly finalizers?: readonly string[]
  /** Objects with which it is deleted. Default: none. */
  readonly ownerReferences?: readonly OwnerReference[]
  /**
   * What the API server was to begin its name with. This and what follows stands in objects that were read from a cluster.
   * Default: none.
   */
  readonly generateName?: string
  /** Which object of this name it is, of all that there ever were; written by the API server. Default: none. */
  readonly uid?: string
  /** Which state of it this is; written by the API server. Default: none. */
  readonly resourceVersion?: string
  /** How often its `spec` was written; counted by the API server. Default: none. */
  readonly generation?: number
  /** When it was made, in the form of RFC 3339; written by the API server. Default: unknown. */
  readonly creationTimestamp?: string | null
  /** When it is to be gone, in the form of RFC 3339; written by the API server. Default: it stays. */
  readonly deletionTimestamp?: string | null
  /** Seconds that it is given to end; written by the API server. Default: none. */
  readonly deletionGracePeriodSeconds?: number
  /** Who wrote which of its fields; written by the API server. Default: none. */
  readonly managedFields?: readonly AnyFields[]
  /** Where it was found, in old clusters. Default: none. */
  readonly selfLink?: string
}

/** Another object, with which this one is deleted. */
export interface OwnerReference {
  /** Group and version of the owner. */
  readonly apiVersion: string
  /** What the owner is. */
  readonly kind: string
  /** The owner’s name. */
  readonly name: string
  /** The owner’s `uid`. */
  readonly uid: string
  /** Is it the one that manages the object? Default: false. */
  readonly controller?: boolean
  /** Does the owner wait for the object’s deletion, where it is deleted after all that it owns? Default: false. */
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

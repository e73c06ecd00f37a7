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
}

/** One object of a known or unknown kind, in the shape of the Kubernetes API. */
export interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: unknown
  readonly [field: string]: unknown
}

/** `VirtualService/shop/reviews`: what a position, a digest and an xDS resource name an object by. */
export function resourceKey(resource: Resource): string {
  return `${resource.kind}/${resource.metadata.namespace ?? ''}/${resource.metadata.name}`
}

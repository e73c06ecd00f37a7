import { type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

/** A space of names: services of one namespace call each other by their short names. */
export interface Namespace {
  apiVersion: 'v1'
  kind: 'Namespace'
  metadata: ObjectMeta
  spec?: { [field: string]: unknown }
}

export function lowerNamespace(resource: Resource): Contribution {
  return { namespaces: [{ ...nodeOf(resource), namespace: '' }] }
}

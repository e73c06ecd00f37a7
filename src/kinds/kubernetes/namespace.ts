import { type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

/** On a namespace: do its pods get a proxy? `enabled`, or anything else. */
export const injectionLabel = 'meshwright.dev/injection'

/** A space of names: services of one namespace call each other by their short names. */
export interface Namespace {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Namespace'
  /** Name, labels and annotations; a namespace is in no namespace itself. */
  metadata: ObjectMeta
  /** What the API server keeps there; passed on as it is. Default: none. */
  spec?: { [field: string]: unknown }
}

export function lowerNamespace(resource: Resource): Contribution {
  return { namespaces: [{ ...nodeOf(resource), namespace: '' }] }
}

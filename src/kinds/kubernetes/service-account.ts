import { type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

/** Who a workload is: its identity is made of namespace and service account. */
export interface ServiceAccount {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'ServiceAccount'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export function lowerServiceAccount(resource: Resource): Contribution {
  return { serviceAccounts: [nodeOf(resource)] }
}

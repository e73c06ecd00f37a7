import { type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'

/** Who a workload is: its identity is made of namespace and service account. */
export interface ServiceAccount {
  apiVersion: 'v1'
  kind: 'ServiceAccount'
  metadata: ObjectMeta
  [field: string]: unknown
}

export function lowerServiceAccount(resource: Resource): Contribution {
  return { serviceAccounts: [nodeOf(resource)] }
}

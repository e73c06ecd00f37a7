import type { ObservedServices } from '../cluster/observed-placement.ts'
import type { Placement } from '../model/placement.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import type { Snapshot } from '../xds/snapshot.ts'

/** What is served now; replaced as a whole. */
export interface Served {
  readonly resolved: Resolved
  readonly placement: Placement
  readonly observed: ObservedServices
  /** Keys of pods that have an address of IPv6: their proxies listen there, too. */
  readonly ipv6Pods: string
  readonly push: number
  /** Pods of one workload are sent the same: by workload or, for gateways, by labels. */
  readonly snapshots: Map<string, Snapshot>
  /** Those of the last push: what has not changed since is not made again. */
  readonly earlier: ReadonlyMap<string, Snapshot>
  /** Hosts whose endpoints have changed since, where nothing else has. */
  readonly moved: ReadonlySet<string> | undefined
}

/** What has to be made again where only places have changed. */
import type { ObservedServices } from '../cluster/observed-placement.ts'
import { hostOfCluster } from '../phases/4-emit/envoy/index.ts'
import { type Snapshot, typeUrl } from '../xds/snapshot.ts'

/** Hosts of services whose endpoints are others than before; undefined where more than that has changed. */
export function movedHosts(now: ObservedServices, before: ObservedServices): ReadonlySet<string> | undefined {
  if (now.addresses !== before.addresses) return undefined
  const hosts = [...Object.keys(now.endpoints), ...Object.keys(before.endpoints)]
  const moved = hosts.filter(host => now.endpoints[host] !== before.endpoints[host])
  // Proxies may hold the endpoints of a declared host in its cluster.
  return moved.some(host => host.includes('/')) ? undefined : new Set(moved)
}

/** Its assignments tell which endpoints a snapshot was made from: each service that its proxy knows has one at least. */
export function hasEndpointsOf({ types }: Snapshot, hosts: ReadonlySet<string>): boolean {
  for (const name of types[typeUrl.endpoint]?.keys() ?? []) if (hosts.has(hostOfCluster(name))) return true
  return false
}

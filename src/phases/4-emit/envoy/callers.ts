/** Who calls, by where it stands and where others like it do. */
import type { CallerPlace } from '../../../model/locality.ts'
import { type Labels, nodeKey } from '../../../model/node.ts'
import type { Locality, Placement, ProxyPlacement } from '../../../model/placement.ts'
import { memo } from '../../../util/memo.ts'
import type { MeshIndex } from './index-mesh.ts'
import { sharesAnyByZone } from './locality-groups.ts'
import type { ByZone } from './zone-shares.ts'

/** @returns undefined where nobody says where the proxy stands */
export function callerOf(
  proxy: ProxyPlacement,
  labels: Labels,
  { index, placement }: { readonly index: MeshIndex; readonly placement: Placement },
): CallerPlace | undefined {
  const { locality, workload, namespace } = proxy
  if (locality === undefined) return undefined
  if (workload === undefined || !hasZones(index)) return { locality, labels }
  const alike = placesOf(placement)
    .get(nodeKey({ name: workload, namespace }))
    ?.get(locality.region ?? '')
  return alike === undefined ? { locality, labels } : { locality, labels, alike }
}

const hasZones = memo(({ mesh }: MeshIndex) => sharesAnyByZone(mesh))

/**
 * By workload and region: how many of it stand in each zone. A cluster tells them by its services' endpoints, so that only those count
 * that are ready; whoever is behind no service is not known.
 */
const placesOf = memo((placement: Placement): ReadonlyMap<string, ReadonlyMap<string, ByZone>> => {
  const places = placement.endpoints === undefined ? placed(placement) : observed(placement.endpoints)
  const byWorkload = Map.groupBy(places, ({ workload }) => workload)
  return new Map([...byWorkload].map(([workload, all]) => [workload, countsByRegion(all)]))
})

interface Place {
  readonly workload: string
  readonly locality: Locality
}

function placed({ proxies }: Placement): Place[] {
  return Object.values(proxies).flatMap(({ workload, namespace, locality }) =>
    workload === undefined || locality === undefined
      ? []
      : [{ workload: nodeKey({ name: workload, namespace }), locality }],
  )
}

/** One that is behind several services counts once. */
function observed(endpoints: NonNullable<Placement['endpoints']>): Place[] {
  const byAddress = new Map<string, Place>()
  for (const each of Object.values(endpoints).flat()) {
    const { address, workload, locality } = each
    if (workload !== undefined && locality !== undefined)
      byAddress.set(`${nodeKey(workload)} ${address}`, { workload: nodeKey(workload), locality })
  }
  return [...byAddress.values()]
}

function countsByRegion(places: readonly Place[]): ReadonlyMap<string, ByZone> {
  const byRegion = Map.groupBy(places, ({ locality }) => locality.region ?? '')
  return new Map(
    [...byRegion].map(([region, all]) => {
      const byZone = Map.groupBy(all, ({ locality }) => locality.zone ?? '')
      const sorted = [...byZone].sort(([a], [b]) => (a < b ? -1 : 1))
      return [region, Object.fromEntries(sorted.map(([zone, members]) => [zone, members.length]))]
    }),
  )
}

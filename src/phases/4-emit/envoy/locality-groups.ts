/** Endpoints of a cluster by where they stand, and which of these a caller prefers. */
import { type CallerPlace, coversLocality, distance, type LocalityPreference } from '../../../model/locality.ts'
import type { Locality } from '../../../model/placement.ts'
import type { DestinationPolicy, TrafficPolicy } from '../../../model/traffic-policy.ts'
import { memo } from '../../../util/memo.ts'
import type { Endpoint } from './endpoints.ts'

export interface LocalityGroup {
  readonly locality: Locality
  /** 0 is asked first; the next one as far as it fails. */
  readonly priority: number
  /** Its share of the requests, among the groups of its priority. */
  readonly weight: number
  readonly endpoints: readonly Endpoint[]
}

/** What a preference depends on. */
type Preferring = Pick<TrafficPolicy, 'loadBalancer' | 'outlierDetection'>

/** Does it matter to the endpoints of a policy where a caller stands? */
export const prefersByPlace = memo(({ policy, subsets }: DestinationPolicy): boolean => {
  const policies = [policy, ...subsets.map(subset => subset.policy)]
  const all = policies.flatMap(each => [each, ...(each.ports ?? []).map(port => port.policy)])
  // Which fields of which policy come together is decided by port: any of them may.
  const hasOutliers = all.some(({ outlierDetection }) => outlierDetection !== undefined)
  const isOff = all.every(({ loadBalancer }) => loadBalancer?.locality?.isOn === false)
  return !isOff && (hasOutliers || all.some(sharesByPlace))
})

/** Are requests shared out by place? */
export function sharesByPlace({ loadBalancer }: Preferring): boolean {
  const locality = loadBalancer?.locality
  return locality?.isOn === true && locality.distribute.length > 0
}

/** @param caller absent where it makes no difference, or is not known */
export function localityGroups(
  endpoints: readonly Endpoint[],
  policy: Preferring,
  caller: CallerPlace | undefined,
): LocalityGroup[] {
  const preference = policy.loadBalancer?.locality
  if (caller === undefined || preference?.isOn === false) return grouped(endpoints, () => 0)
  if (preference !== undefined && sharesByPlace(policy))
    return shared(
      grouped(endpoints, () => 0),
      preference,
      caller,
    )
  // Nobody is left out without ejection, and then the rest would never be asked (Istio's rule).
  if (policy.outlierDetection === undefined) return grouped(endpoints, () => 0)
  return contiguous(grouped(endpoints, endpoint => rankOf(endpoint, preference ?? nearest, caller)))
}

const nearest: LocalityPreference = { isOn: true, distribute: [], failover: [], failoverPriority: [] }

function grouped(endpoints: readonly Endpoint[], rank: (endpoint: Endpoint) => number): LocalityGroup[] {
  const groups = Map.groupBy(endpoints, endpoint => `${rank(endpoint)} ${keyOf(endpoint.locality)}`)
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([, members]) => ({
    locality: members[0]?.locality ?? {},
    priority: rank(members[0]!),
    weight: members.reduce((sum, { weight }) => sum + weight, 0),
    endpoints: members,
  }))
}

function keyOf({ region = '', zone = '', subzone = '' }: Locality = {}): string {
  return [region, zone, subzone].join('/')
}

/** Envoy wants no gap between priorities. */
function contiguous(groups: readonly LocalityGroup[]): LocalityGroup[] {
  const ranks = [...new Set(groups.map(({ priority }) => priority))].sort((a, b) => a - b)
  return groups
    .map(group => ({ ...group, priority: ranks.indexOf(group.priority) }))
    .sort((a, b) => a.priority - b.priority)
}

/** By labels first where these are named, then by place, where that is not left to labels alone (Istio's rule). */
function rankOf({ locality = {}, labels }: Endpoint, preference: LocalityPreference, caller: CallerPlace): number {
  const { failover, failoverPriority } = preference
  const misses = failoverPriority.length - leadingMatches({ locality, labels }, failoverPriority, caller)
  const isByPlace = failoverPriority.length === 0 || failover.length > 0
  return misses * placeRanks + (isByPlace ? placeRank(locality, failover, caller) : 0)
}

/** Same subzone, zone, region, the region that stands in for it, and the rest. */
const placeRanks = 5

function placeRank(locality: Locality, failover: LocalityPreference['failover'], caller: CallerPlace): number {
  const apart = distance(caller.locality, locality)
  if (apart < 3) return apart
  const rule = failover.find(({ from }) => from === (caller.locality.region ?? ''))
  return rule === undefined || rule.to === (locality.region ?? '') ? 3 : 4
}

function leadingMatches(
  endpoint: CallerPlace,
  labels: LocalityPreference['failoverPriority'],
  caller: CallerPlace,
): number {
  const first = labels.findIndex(({ label, value }) => {
    const wanted = value ?? labelOf(label, caller)
    return wanted === undefined || labelOf(label, endpoint) !== wanted
  })
  return first < 0 ? labels.length : first
}

/** Where something stands is a label, too. */
function labelOf(label: string, { locality, labels }: CallerPlace): string | undefined {
  const places: Readonly<{ [label: string]: string | undefined }> = {
    'topology.kubernetes.io/region': locality.region,
    'topology.kubernetes.io/zone': locality.zone,
    'topology.istio.io/subzone': locality.subzone,
  }
  return places[label] ?? labels[label]
}

/** Percents as parts of as many, for places share theirs among them. */
const parts = 1000

function shared(
  groups: readonly LocalityGroup[],
  { distribute }: LocalityPreference,
  { locality }: CallerPlace,
): LocalityGroup[] {
  const rule = distribute.find(({ from }) => coversLocality(from, locality))
  if (rule === undefined) return [...groups]
  return Object.entries(rule.to).flatMap(([pattern, percent]) => {
    const taken = groups.filter(group => coversLocality(pattern, group.locality))
    const sum = taken.reduce((total, { weight }) => total + weight, 0)
    return taken.map(group => ({
      ...group,
      weight: Math.max(1, Math.round((percent * parts * group.weight) / Math.max(sum, 1))),
    }))
  })
}

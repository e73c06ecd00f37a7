/** Endpoints of a cluster by where they stand, and which of these a caller prefers. */
import { type CallerPlace, coversLocality, distance, type LocalityPreference } from '../../../model/locality.ts'
import type { Mesh } from '../../../model/mesh.ts'
import type { TrafficDefaults } from '../../../model/mesh-settings.ts'
import type { Locality } from '../../../model/placement.ts'
import type { DestinationPolicy, TrafficPolicy } from '../../../model/traffic-policy.ts'
import { memo } from '../../../util/memo.ts'
import { ownValue } from '../../../util/own-value.ts'
import type { Endpoint } from './endpoints.ts'
import { groundOf } from './guard.ts'
import { type ByZone, zoneShares } from './zone-shares.ts'

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

/** Does it matter to any endpoints of a mesh where a caller stands? */
export function prefersAnyByPlace(mesh: Mesh): boolean {
  const { defaults } = groundOf(mesh)
  return prefersByPlace(defaults, nothingSaid) || mesh.destinations.some(each => prefersByPlace(defaults, each))
}

/** What is said of a host that no policy is for. */
const nothingSaid: Pick<DestinationPolicy, 'policy' | 'subsets'> = { policy: {}, subsets: [] }

/** Does it matter to the endpoints of a host where a caller stands? */
export function prefersByPlace(
  defaults: TrafficDefaults,
  destination: Pick<DestinationPolicy, 'policy' | 'subsets'> = nothingSaid,
): boolean {
  return isAbout(defaults, destination).place
}

/** Does it matter to any of them, too, where others like the caller stand? */
export function sharesAnyByZone(mesh: Mesh): boolean {
  const { defaults } = groundOf(mesh)
  return [nothingSaid, ...mesh.destinations].some(each => isAbout(defaults, each).zones)
}

const isAbout = memo(
  (
    { locality, outlierDetection }: TrafficDefaults,
    { policy, subsets }: Pick<DestinationPolicy, 'policy' | 'subsets'>,
  ) => {
    const policies = [policy, ...subsets.map(subset => subset.policy)]
    const all = policies.flatMap(each => [each, ...(each.ports ?? []).map(port => port.policy)])
    // Which fields of which policy come together is decided by port: any of them may.
    const hasOutliers = [{ outlierDetection }, ...all].some(each => each.outlierDetection !== undefined)
    const wishes = all.map(({ loadBalancer }) => loadBalancer?.locality ?? locality)
    const isOff = wishes.every(wish => wish?.isOn === false)
    const zones = wishes.some(wish => wish?.isOn === true && wish.zones !== undefined)
    return { place: !isOff && (hasOutliers || zones || wishes.some(isShared)), zones }
  },
)

function isShared(wish: LocalityPreference | undefined): boolean {
  return wish?.isOn === true && wish.distribute.length > 0
}

/** Have places a weight of their own? Hashing picks by the key alone where nobody says what each place gets. */
export function weighsByPlace({ loadBalancer }: Preferring): boolean {
  const locality = loadBalancer?.locality
  return (
    isShared(locality) || (locality?.isOn === true && locality.zones !== undefined && loadBalancer?.kind !== 'hash')
  )
}

/** @param caller absent where it makes no difference, or is not known */
export function localityGroups(
  endpoints: readonly Endpoint[],
  policy: Preferring,
  caller: CallerPlace | undefined,
): LocalityGroup[] {
  const preference = policy.loadBalancer?.locality
  if (caller === undefined || preference?.isOn === false) return grouped(endpoints, () => 0)
  if (preference !== undefined && isShared(preference))
    return shared(
      grouped(endpoints, () => 0),
      preference,
      caller,
    )
  if (preference?.zones !== undefined) return byZone(endpoints, { ...policy, caller, preference })
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

interface Zoned extends Preferring {
  readonly caller: CallerPlace
  readonly preference: LocalityPreference
}

/**
 * Those of the caller's region first. Of these, zones that get a share come before those that get none: they stand in when many
 * endpoints fail.
 */
function byZone(endpoints: readonly Endpoint[], { caller, preference, ...policy }: Zoned): LocalityGroup[] {
  const region = caller.locality.region ?? ''
  const rank = ({ locality = {}, labels }: Endpoint) =>
    missesOf({ locality, labels }, preference, caller) * placeRanks + regionRank(locality, preference.failover, caller)
  const best = Math.min(...endpoints.map(rank))
  const near = endpoints.filter(each => rank(each) === best && (each.locality?.region ?? '') === region)
  const { alike = {}, locality } = caller
  const isWeighed = weighsByPlace(policy) && near.length >= (preference.zones?.minEndpoints ?? 0)
  const capacity = weightsByZone(near)
  const shares = isWeighed ? zoneShares(locality.zone ?? '', alike, capacity) : undefined
  if (shares === undefined) return contiguous(grouped(endpoints, rank))
  const isBehind = (each: Endpoint) => rank(each) === best && !Object.hasOwn(shares, each.locality?.zone ?? '')
  return contiguous(grouped(endpoints, each => rank(each) + (isBehind(each) ? 1 : 0))).map(group => {
    const zone = group.locality.zone ?? ''
    if (group.priority > 0) return group
    return { ...group, weight: Math.max(1, Math.round((shares[zone]! * 100 * parts * group.weight) / capacity[zone]!)) }
  })
}

function weightsByZone(endpoints: readonly Endpoint[]): ByZone {
  const zones = Map.groupBy(endpoints, ({ locality }) => locality?.zone ?? '')
  return Object.fromEntries([...zones].map(([zone, all]) => [zone, all.reduce((sum, { weight }) => sum + weight, 0)]))
}

/** By labels first where these are named, then by place, where that is not left to labels alone (Istio's rule). */
function rankOf({ locality = {}, labels }: Endpoint, preference: LocalityPreference, caller: CallerPlace): number {
  const { failover, failoverPriority } = preference
  const misses = missesOf({ locality, labels }, preference, caller)
  const isByPlace = failoverPriority.length === 0 || failover.length > 0
  return misses * placeRanks + (isByPlace ? placeRank(locality, failover, caller) : 0)
}

/** Same subzone, zone, region, the region that stands in for it, and the rest. */
const placeRanks = 5

function missesOf(
  endpoint: CallerPlace,
  { failoverPriority: labels }: LocalityPreference,
  caller: CallerPlace,
): number {
  return labels.length - leadingMatches(endpoint, labels, caller)
}

/** The own region, the one that stands in for it, and the rest: 0, 3 or 4, as `placeRank` has it. 1 is left for zones. */
function regionRank(locality: Locality, failover: LocalityPreference['failover'], caller: CallerPlace): number {
  const rank = placeRank(locality, failover, caller)
  return rank < 3 ? 0 : rank
}

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
  return ownValue(places, label) ?? ownValue(labels, label)
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

import { conflict, missing, noEffect, type RuleFinding, range, token } from '../rule-finding.ts'
import type {
  LocalityDistribution,
  LocalityFailover,
  LocalityLoadBalancerSetting,
  ZoneAwareLoadBalancerSetting,
} from './load-balancer.ts'

/** Labels by which nodes and pods say where they stand. */
const topologyLabels: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
])

/** Istio's validation of LocalityLoadBalancerSetting. */
export function* localityRules(
  setting: LocalityLoadBalancerSetting | undefined,
  pointer: string,
): Iterable<RuleFinding> {
  if (setting === undefined) return
  const { distribute = [], failover = [], failoverPriority = [] } = setting
  if (distribute.length > 0 && failover.length > 0) yield conflict(`${pointer}/failover`, 'distribute')
  if (distribute.length > 0 && failoverPriority.length > 0) yield conflict(`${pointer}/failoverPriority`, 'distribute')
  const places: string[] = []
  for (const [index, distribution] of distribute.entries()) {
    const place = `${pointer}/distribute/${index}`
    yield* distributionRules(distribution, place)
    if (!distribution.from) continue
    yield* placeRules(places, distribution.from, `${place}/from`)
    places.push(distribution.from)
  }
  for (const [index, rule] of failover.entries()) yield* failoverRules(rule, `${pointer}/failover/${index}`)
  for (const [index, label] of failoverPriority.entries())
    if (failover.length > 0 && topologyLabels.has(label.split('=')[0] ?? ''))
      yield conflict(`${pointer}/failoverPriority/${index}`, 'failover, which says how regions follow each other')
}

/** Istio's validation of ZoneAwareLoadBalancerSetting, and what hashing makes of it. */
export function* zoneAwareRules(
  setting: ZoneAwareLoadBalancerSetting | undefined,
  pointer: string,
  isHashed = false,
): Iterable<RuleFinding> {
  if (setting === undefined) return
  for (const [index, rule] of (setting.failover ?? []).entries())
    yield* failoverRules(rule, `${pointer}/failover/${index}`)
  for (const [index, label] of (setting.failoverPriority ?? []).entries())
    if (topologyLabels.has(label.split('=')[0] ?? ''))
      yield conflict(`${pointer}/failoverPriority/${index}`, 'zoneAwareLbSetting, which looks at places by itself')
  if (isHashed && setting.minClusterSize !== undefined)
    yield noEffect(`${pointer}/minClusterSize`, 'consistentHash picks by the key alone, whatever the zone')
}

function* distributionRules({ from, to = {} }: LocalityDistribution, pointer: string): Iterable<RuleFinding> {
  if (from === undefined || from === '') yield missing(pointer, 'from')
  const shares = Object.entries(to)
  for (const [index, [place, share]] of shares.entries()) {
    const at = `${pointer}/to/${token(place)}`
    yield* placeRules(
      shares.slice(0, index).map(([name]) => name),
      place,
      at,
    )
    yield* range(at, share, { min: 1, max: 100 })
  }
  const sum = shares.reduce((total, [, share]) => total + share, 0)
  if (sum !== 100)
    yield { slug: 'out-of-range', pointer: `${pointer}/to`, params: { range: 'shares that add up to 100', value: sum } }
}

/** Places that others take in: which share an endpoint belongs to would depend on the order. */
function* placeRules(earlier: readonly string[], place: string, pointer: string): Iterable<RuleFinding> {
  const parts = place.split('/')
  const star = parts.indexOf('*')
  if (star >= 0 && star < parts.length - 1)
    yield {
      slug: 'form-invalid',
      pointer,
      params: { value: place, form: 'a locality', remedy: 'put * at the end only' },
    }
  const other = earlier.find(known => overlap(known, place))
  if (other !== undefined) yield conflict(pointer, `${other}, which takes in the same places`)
}

function overlap(a: string, b: string): boolean {
  const [first, second] = [a.split('/'), b.split('/')]
  const shared = Math.min(first.length, second.length)
  for (let index = 0; index < shared; index += 1) {
    if (first[index] === '*' || second[index] === '*') return true
    if (first[index] !== second[index]) return false
  }
  return true
}

function* failoverRules({ from = '', to = '' }: LocalityFailover, pointer: string): Iterable<RuleFinding> {
  if (from === to) yield conflict(`${pointer}/to`, 'the same region: another one has to take over')
  for (const [field, region] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (region.includes('/') || region.includes('*'))
      yield {
        slug: 'form-invalid',
        pointer: `${pointer}/${field}`,
        params: { value: region, form: 'a region', remedy: 'name the region alone' },
      }
}

/** Without ejection nothing ever fails, and everybody is asked. */
export function* failoverNeedsEjection(
  setting: LocalityLoadBalancerSetting | undefined,
  hasEjection: boolean,
  pointer: string,
): Iterable<RuleFinding> {
  if (setting === undefined || hasEjection || setting.enabled === false) return
  for (const field of ['failover', 'failoverPriority'] as const)
    if ((setting[field] ?? []).length > 0)
      yield noEffect(`${pointer}/${field}`, 'without outlierDetection no endpoint is ever left out')
}

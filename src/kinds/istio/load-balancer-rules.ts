import { duration, endlessDuration } from '../forms.ts'
import { isHeaderName } from '../http-forms.ts'
import { badForm, conflict, missing, noEffect, outdated, type RuleFinding, range, twice } from '../rule-finding.ts'
import type { ConsistentHashLB, HTTPCookie, LoadBalancerSettings, WarmupConfiguration } from './destination-rule.ts'
import { localityRules, zoneAwareRules } from './locality-rules.ts'

/** Istio's validation of LoadBalancerSettings, and the sizes that Envoy takes. */
export function* loadBalancerRules(balancer: LoadBalancerSettings | undefined, pointer: string): Iterable<RuleFinding> {
  if (balancer === undefined) return
  const { simple, consistentHash, warmup, warmupDurationSecs } = balancer
  if (simple !== undefined && consistentHash !== undefined) yield conflict(`${pointer}/consistentHash`, 'simple')
  if (consistentHash !== undefined) yield* hashRules(consistentHash, `${pointer}/consistentHash`)
  if (balancer.localityLbSetting !== undefined && balancer.zoneAwareLbSetting !== undefined)
    yield conflict(`${pointer}/zoneAwareLbSetting`, 'localityLbSetting')
  if (warmup !== undefined && warmupDurationSecs !== undefined)
    yield conflict(`${pointer}/warmupDurationSecs`, 'warmup')
  yield* warmupRules(warmup, `${pointer}/warmup`)
  yield* duration(`${pointer}/warmupDurationSecs`, warmupDurationSecs)
  if ((warmup ?? warmupDurationSecs) !== undefined && !(simple === undefined || canWarmUp.has(simple)))
    yield noEffect(`${pointer}/${warmup === undefined ? 'warmupDurationSecs' : 'warmup'}`, `${simple} knows no warm-up`)
  yield* localityRules(balancer.localityLbSetting, `${pointer}/localityLbSetting`)
  yield* zoneAwareRules(balancer.zoneAwareLbSetting, `${pointer}/zoneAwareLbSetting`, consistentHash !== undefined)
}

const canWarmUp: ReadonlySet<string> = new Set(['UNSPECIFIED', 'LEAST_CONN', 'LEAST_REQUEST', 'ROUND_ROBIN'])

function* warmupRules(warmup: WarmupConfiguration | undefined, pointer: string): Iterable<RuleFinding> {
  if (warmup === undefined) return
  yield* duration(`${pointer}/duration`, warmup.duration)
  if (warmup.aggression === 0)
    yield { slug: 'out-of-range', pointer: `${pointer}/aggression`, params: { range: 'above 0', value: 0 } }
}

const keys = ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'] as const

function* hashRules(hash: ConsistentHashLB, pointer: string): Iterable<RuleFinding> {
  const given = keys.filter(key => hash[key] !== undefined && hash[key] !== false)
  if (given.length === 0) yield missing(pointer, `a key: ${keys.join(', ')}`)
  if (given.length > 1) yield conflict(`${pointer}/${given[1]}`, given[0]!)
  const header = hash.httpHeaderName
  if (header !== undefined && !isHeaderName(header))
    yield { slug: 'header-name-invalid', pointer: `${pointer}/httpHeaderName`, params: { value: header } }
  if (hash.httpQueryParameterName === '') yield missing(`${pointer}/httpQueryParameterName`, 'a name')
  if (hash.httpCookie !== undefined) yield* cookieRules(hash.httpCookie, `${pointer}/httpCookie`)
  if (hash.ringHash !== undefined && hash.maglev !== undefined) yield conflict(`${pointer}/maglev`, 'ringHash')
  const algorithm = hash.ringHash === undefined ? (hash.maglev === undefined ? undefined : 'maglev') : 'ringHash'
  if (hash.minimumRingSize !== undefined && algorithm !== undefined)
    yield conflict(`${pointer}/minimumRingSize`, algorithm)
  else if (hash.minimumRingSize !== undefined)
    yield outdated(`${pointer}/minimumRingSize`, 'it belongs to the ring', 'write ringHash: { minimumRingSize: … }')
  // Envoy's largest ring.
  const ring = { min: 0, max: 8_388_608 }
  yield* range(`${pointer}/minimumRingSize`, hash.minimumRingSize, ring)
  yield* range(`${pointer}/ringHash/minimumRingSize`, hash.ringHash?.minimumRingSize, ring)
  const size = hash.maglev?.tableSize
  if (size !== undefined && !(size < 5_000_011 && isPrime(size)))
    yield {
      slug: 'out-of-range',
      pointer: `${pointer}/maglev/tableSize`,
      params: { range: 'a prime number below 5000011', value: size },
    }
}

/** Envoy's limits. */
function isAttributeText(text: string): boolean {
  return text.length <= 16_384 && !['\0', '\r', '\n'].some(letter => text.includes(letter))
}

function* cookieRules(cookie: HTTPCookie, pointer: string): Iterable<RuleFinding> {
  if (cookie.name === '') yield missing(pointer, 'a name')
  else if (!isHeaderName(cookie.name))
    yield { slug: 'header-name-invalid', pointer: `${pointer}/name`, params: { value: cookie.name } }
  yield* endlessDuration(`${pointer}/ttl`, cookie.ttl)
  for (const [index, attribute] of (cookie.attributes ?? []).entries()) {
    if (attribute.name === '') yield missing(`${pointer}/attributes/${index}`, 'a name')
    for (const [field, value] of Object.entries(attribute))
      if (!isAttributeText(value))
        yield badForm(`${pointer}/attributes/${index}/${field}`, value, 'one line of at most 16384 characters')
  }
  yield* twice(
    (cookie.attributes ?? []).map(({ name }) => name),
    index => `${pointer}/attributes/${index}/name`,
  )
}

function isPrime(number: number): boolean {
  if (number < 2) return false
  for (let factor = 2; factor * factor <= number; factor += 1) if (number % factor === 0) return false
  return true
}

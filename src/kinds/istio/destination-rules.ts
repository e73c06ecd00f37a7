import { isDnsLabel, isWildcardDomain } from '../forms.ts'
import { badForm, noEffect, port, type RuleFinding, range } from '../rule-finding.ts'
import type { Destination } from './virtual-service.ts'

/** Where requests are sent: a host that is one name, a subset, a port. */
export function* destinationRules(destination: Destination, pointer: string): Iterable<RuleFinding> {
  const { host, subset } = destination
  if (host === '*' || !isWildcardDomain(host))
    yield badForm(`${pointer}/host`, host, 'a host', 'name a service, or its full DNS name')
  if (subset !== undefined && !isDnsLabel(subset)) yield badForm(`${pointer}/subset`, subset, 'a DNS label')
  yield* port(`${pointer}/port/number`, destination.port?.number)
}

/** Envoy adds weights up in 32 bits. */
const largestSum = 4_294_967_295

/** The weights of a split: none below zero, not all of them zero, no more than Envoy can add up, and none for one alone. */
export function* weightRules(
  routes: readonly { readonly weight?: number }[] | undefined,
  pointer: string,
): Iterable<RuleFinding> {
  for (const [index, { weight }] of (routes ?? []).entries())
    yield* range(`${pointer}/${index}/weight`, weight, { min: 0, max: largestSum })
  const [alone, ...others] = routes ?? []
  // Istio can't tell 0 from a weight that nobody gave.
  if (others.length === 0 && (alone?.weight ?? 0) > 0 && alone?.weight !== 100)
    yield noEffect(`${pointer}/0/weight`, 'a lone destination takes everything')
  const sum = (routes ?? []).reduce((total, { weight = 0 }) => total + weight, 0)
  if (routes !== undefined && routes.length > 1 && sum > largestSum)
    yield {
      slug: 'out-of-range',
      pointer,
      params: { range: `weights that add up to ${largestSum} at most`, value: sum },
    }
  if (routes !== undefined && routes.length > 1 && routes.every(({ weight = 0 }) => weight === 0))
    yield { slug: 'weights-zero', pointer, params: {} }
}

import type { DestinationPolicy, UnheardPart } from '../../model/traffic-policy.ts'
import { memo } from '../../util/memo.ts'

/**
 * Policies of one namespace for one host, for the same callers, are one (Istio's rule): a team may declare each version in a rule of its
 * own. What the first says of all calls holds, and of several versions of one name the first.
 *
 * @param destinations in the order of the Mesh
 */
export function mergeDestinations(destinations: readonly DestinationPolicy[]): readonly DestinationPolicy[] {
  const groups = Map.groupBy(destinations, keyOf)
  if (groups.size === destinations.length) return destinations
  return [...groups.values()].map(([first, ...others]) => others.reduce((a, b) => joined(a, b), first!))
}

/** Of rules that pick callers each stands for itself. */
function keyOf({ namespace, name, host, exportTo, selector }: DestinationPolicy): string {
  const callers = selector === undefined ? (exportTo?.toSorted().join() ?? '*') : `of ${name}`
  return `${namespace}/${host} ${callers}`
}

/** The same object for the same two, so that what was made from it is not made again. */
const joined = memo((a: DestinationPolicy, b: DestinationPolicy): DestinationPolicy => {
  const known = new Set(a.subsets.map(({ name }) => name))
  const unheard = [...(a.unheard ?? []), ...unheardOf(a, b)]
  for (const part of [b.policy, ...b.subsets]) if (!writers.has(part)) writers.set(part, b)
  return {
    ...a,
    ...(saysNothing(a) ? { policy: b.policy, policyPlace: b.policyPlace ?? `${b.at}/spec/trafficPolicy` } : {}),
    subsets: [...a.subsets, ...b.subsets.filter(({ name }) => !known.has(name))],
    ...(unheard.length === 0 ? {} : { unheard }),
  }
})

/** Whose a part of a rule is that others were joined with; absent: its own. */
const writers = new WeakMap<object, DestinationPolicy>()

/** What is lost of the second. Of what both say alike, nothing is. */
function unheardOf(a: DestinationPolicy, b: DestinationPolicy): UnheardPart[] {
  const by = (part: object) => {
    const { name, at } = writers.get(part) ?? a
    return { name, at }
  }
  const isLost = !saysNothing(a) && !saysNothing(b) && !isAlike(a.policy, b.policy)
  const policy = isLost ? [{ rule: b.name, at: `${b.at}/spec/trafficPolicy`, by: by(a.policy) }] : []
  const subsets = b.subsets.flatMap(subset => {
    const first = a.subsets.find(({ name }) => name === subset.name)
    if (first === undefined || isAlike(first, subset)) return []
    return [{ rule: b.name, subset: subset.name, at: subset.at, by: by(first) }]
  })
  return [...policy, ...subsets]
}

/** Do they say the same, wherever it is written? */
function isAlike(a: object, b: object): boolean {
  const [first, second] = [a, b].map(value => JSON.stringify(value, (key, item) => (key === 'at' ? undefined : item)))
  return first === second
}

function saysNothing({ policy }: DestinationPolicy): boolean {
  return Object.keys(policy).length === 0
}

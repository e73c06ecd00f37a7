import type { DestinationPolicy } from '../../model/traffic-policy.ts'
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
  return {
    ...a,
    policy: saysNothing(a) ? b.policy : a.policy,
    subsets: [...a.subsets, ...b.subsets.filter(({ name }) => !known.has(name))],
  }
})

function saysNothing({ policy }: DestinationPolicy): boolean {
  return Object.keys(policy).length === 0
}

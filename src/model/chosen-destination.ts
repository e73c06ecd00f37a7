/** Which of several policies for calls to a service holds for a caller. */
import { isSeenFrom } from './exported.ts'
import { hostCovers } from './host-entry.ts'
import type { Service } from './service.ts'
import type { DestinationPolicy } from './traffic-policy.ts'

/** Who calls. */
export interface DestinationCaller {
  readonly namespace: string
  /** Policies of its namespace that pick it, and hold for no others. */
  readonly own: readonly DestinationPolicy[]
  readonly rootNamespaces: readonly string[]
}

/** Longer hosts first: an exact one is longer than any wildcard that covers it. */
export function byHostLength(a: { readonly host: string }, b: { readonly host: string }): number {
  return b.host.length - a.host.length
}

/**
 * Istio's look-up: what picks the client itself, then the client's namespace, the service's, and the mesh's own; the most specific
 * host; of several, the first. What another namespace says of a service holds for nobody but its own callers.
 *
 * @param candidates those that cover the service's host and pick no callers, the most specific host first
 */
export function chosenDestination(
  service: Pick<Service, 'host' | 'namespace'>,
  candidates: readonly DestinationPolicy[],
  { namespace, own, rootNamespaces }: DestinationCaller,
): DestinationPolicy | undefined {
  const picked = own.filter(({ host }) => hostCovers(host, service.host)).toSorted(byHostLength)[0]
  if (picked !== undefined) return picked
  const seen = candidates.filter(candidate => candidate.namespace === namespace || isSeenFrom(candidate, namespace))
  const from = (place: string) => seen.find(candidate => candidate.namespace === place)
  return [namespace, service.namespace, ...rootNamespaces].map(from).find(found => found !== undefined)
}

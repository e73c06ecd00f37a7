/** Changes to clusters. */
import { patchedTypes } from '../../../../kinds/istio/envoy-messages.ts'
import type { ClusterMatch, ProxyChange } from '../../../../model/proxy-patch.ts'
import type { EnvoyResource } from '../envoy-resource.ts'
import { mergedInto, type Patched } from './ordered.ts'
import { clusterContext, inContext, isAsked, type PatchSubject } from './subject.ts'

/** A cluster with what changes make of it; undefined where one takes it out. */
export function patchCluster(
  cluster: EnvoyResource,
  changes: readonly ProxyChange[],
  subject: PatchSubject,
): Patched<EnvoyResource | undefined> {
  const found = inContext(changes, 'CLUSTER', clusterContext(subject, cluster)).filter(
    change => change.operation !== 'ADD' && isCluster(change.cluster, cluster.name),
  )
  if (found.length === 0) return { value: cluster, applied: [] }
  if (found.some(({ operation }) => operation === 'REMOVE')) return { value: undefined, applied: found }
  const value = found.reduce((before, change) => mergedInto(patchedTypes.CLUSTER, before, change), cluster.value)
  return { value: { ...cluster, value }, applied: found }
}

/** A cluster's name says what it leads to: `outbound|9080|v1|reviews.default.svc.cluster.local`. */
function isCluster(match: ClusterMatch | undefined, name: string): boolean {
  if (match === undefined) return true
  if (!isAsked(match.name, name)) return false
  const [direction, port, subset, host] = name.split('|')
  if (host === undefined) return !match.service && !match.subset && !match.portNumber
  return (
    isAsked(match.portNumber, Number(port)) &&
    isAsked(match.subset, subset) &&
    (direction === 'inbound' || isAsked(match.service, host))
  )
}

/**
 * Clusters of hosts whose endpoints no EDS tells: each proxy looks their names up itself, or sends on to wherever the
 * caller was going.
 */
import { isIP } from 'node:net'
import { isWildcard } from '../../../model/host-entry.ts'
import type { CallerPlace } from '../../../model/locality.ts'
import type { Placement, ProxyPlacement } from '../../../model/placement.ts'
import type { Service, ServicePort } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { credentialsIn } from './client-tls.ts'
import { clustersOf, discoveredClusters, originalDestination, showingClusters } from './clusters.ts'
import { dynamicDiscovery, isDynamic } from './dynamic-hosts.ts'
import { allEndpointsOf } from './endpoints.ts'
import { prefers } from './endpoints-for.ts'
import { type EnvoyResource, type Message, seconds, socketAddress } from './envoy-resource.ts'
import { type Ground, groundOf } from './guard.ts'
import { usesEds } from './host-endpoints.ts'
import type { MeshIndex } from './index-mesh.ts'
import { type PeerIdentities, peersOf } from './security.ts'
import type { VisibleService } from './view.ts'

/** Does a proxy know where a connection was going, because it was redirected? */
export type Origin = 'known' | 'unknown'

export interface ClustersForContext {
  readonly index: MeshIndex
  readonly placement: Placement
  readonly origin: Origin
  readonly kind: ProxyPlacement['kind']
  /** Where the proxy stands; absent where nobody says it. */
  readonly caller?: CallerPlace | undefined
}

/**
 * Gateways are given the Secrets that rules name, and sidecars those of rules that pick them (Istio's rule). Whatever names none is the
 * same for both.
 */
export function groundFor(
  { service, destination }: VisibleService,
  { index, placement, kind }: Pick<ClustersForContext, 'index' | 'placement' | 'kind'>,
): Ground {
  if (placement.hasSecrets === true && kind === 'router' && service.shownCertificates !== undefined)
    return groundOf(index.mesh, true)
  const isGiven = placement.hasSecrets === true && (kind === 'router' || destination?.selector !== undefined)
  return groundOf(index.mesh, isGiven && destination !== undefined && credentialsIn(destination).length > 0)
}

/** All clusters of any service: the same objects for as long as what they are made from stays the same. */
export function clustersFor(visible: VisibleService, context: ClustersForContext): readonly EnvoyResource[] {
  const { service } = visible
  const { index, placement, origin } = context
  const caller = prefers(index, visible) ? context.caller : undefined
  const [ground, peers] = [groundFor(visible, context), peersOf(index, placement, service)]
  if (usesEds(service)) {
    const all = clustersOf(ground, peers, visible)
    // What gateways show is theirs alone.
    return context.kind === 'sidecar' || service.shownCertificates === undefined
      ? all
      : [...all, ...showingClusters(ground, peers, visible)]
  }
  if (service.entry?.resolution === 'NONE')
    return origin === 'known' ? passedOnClusters(ground, peers, visible) : guessedClusters(ground, peers, visible)
  if (isDynamic(visible)) return dynamicClusters(ground, peers, visible)
  return dnsClusters(ground, peers, visible, allEndpointsOf(index, placement, visible, caller))
}

const dynamicClusters = memo((ground: Ground, peers: PeerIdentities, visible: VisibleService) =>
  discoveredClusters({ ground, peers, discovery: dynamicDiscovery }, visible),
)

const passedOnClusters = memo((ground: Ground, peers: PeerIdentities, visible: VisibleService) =>
  discoveredClusters({ ground, peers, discovery: () => originalDestination(false) }, visible),
)

/**
 * Where nobody knows where the caller was going: to the addresses that it would have called, or to those of the name that it
 * would have looked up.
 */
const guessedClusters = memo((ground: Ground, peers: PeerIdentities, visible: VisibleService) =>
  discoveredClusters({ ground, peers, discovery: (name, port) => guessed(name, port, visible.service) }, visible),
)

function guessed(name: string, { number: port }: ServicePort, { host, entry }: Service): Message {
  const known = (entry?.addresses ?? []).filter(address => isIP(address) !== 0)
  const addresses = known.length > 0 || isWildcard(host) ? known : [host]
  const endpoints = addresses.map(address => ({ endpoint: { address: socketAddress({ address, port }) } }))
  const assignment = { cluster_name: name, endpoints: [{ lb_endpoints: endpoints }] }
  return addresses === known ? { type: 'STATIC', load_assignment: assignment } : lookedUp(assignment, false)
}

const dnsClusters = memo(
  (
    ground: Ground,
    peers: PeerIdentities,
    visible: VisibleService,
    assignments: readonly EnvoyResource[],
  ): readonly EnvoyResource[] => {
    const byName = new Map(assignments.map(({ name, value }) => [name, value]))
    const isOneName = visible.service.entry?.resolution === 'DNS_ROUND_ROBIN'
    return discoveredClusters({ ground, peers, discovery: name => lookedUp(byName.get(name)!, isOneName) }, visible)
  },
)

/** Istio's settings, and that a name that can't be resolved concerns those who call it, not the proxy's start. */
const lookingUp: Message = {
  respect_dns_ttl: true,
  dns_refresh_rate: seconds(60_000),
  dns_jitter: seconds(100),
  // An address of IPv6 is of use only where nothing else is there: many a machine has no way to it.
  dns_lookup_family: 'V4_PREFERRED',
  wait_for_warm_on_init: false,
}

/** @param isOneName Envoy takes one name then, and refuses a cluster with none or several */
function lookedUp(assignment: Message, isOneName: boolean): Message {
  if (!isOneName) return { type: 'STRICT_DNS', ...lookingUp, load_assignment: assignment }
  const [locality] = assignment['endpoints'] as readonly Message[]
  const [endpoint] = (locality?.['lb_endpoints'] ?? []) as readonly Message[]
  return endpoint === undefined
    ? { type: 'STATIC', load_assignment: assignment }
    : {
        type: 'LOGICAL_DNS',
        ...lookingUp,
        load_assignment: { ...assignment, endpoints: [{ ...locality, lb_endpoints: [endpoint] }] },
      }
}

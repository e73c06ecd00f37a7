/**
 * Headless services, where a proxy knows where connections were going: the caller has picked a pod, and its connection goes
 * there. A pod that comes or goes changes a cluster, and no listener: which pods take mutual TLS stands in the cluster, by
 * address (docs/adr/0025).
 */
import type { Placement } from '../../../model/placement.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { discoveredClusters, originalDestination } from './clusters.ts'
import { type PlaceAtPort, placesAtPorts } from './endpoints.ts'
import { compact, type EnvoyResource, type Message, typed } from './envoy-resource.ts'
import { type Ground, groundOf } from './guard.ts'
import type { MeshIndex } from './index-mesh.ts'
import { outboundCluster } from './names.ts'
import { type PeerIdentities, peersOf } from './security.ts'
import type { View, VisibleService } from './view.ts'

export interface HeadlessPort {
  readonly visible: VisibleService
  readonly port: ServicePort
}

/** By number: ports of headless services. */
export const headlessPorts = memo((view: View): ReadonlyMap<number, readonly HeadlessPort[]> => {
  const headless = view.services.filter(({ service }) => service.isHeadless === true)
  const all = headless.flatMap(visible => visible.service.ports.map(port => ({ visible, port })))
  return Map.groupBy(all, ({ port }) => port.number)
})

/** May a request be read from connections to this port, where all headless services share it? */
export function carriesRequests({ protocol }: ServicePort): boolean {
  return isHttp(protocol) || protocol === 'AUTO'
}

/** What the pods of a headless service are called, each by a name of its own. */
export function podsHost({ host }: Service): string {
  return `*.${host}`
}

/** The cluster that leads to whichever pod of a service the caller has picked. */
export function podsCluster({ visible, port }: HeadlessPort): string {
  return outboundCluster(podsHost(visible.service), port.number)
}

/**
 * The cluster for connections of which nothing but the port is known. Only an address could tell services apart that share a
 * port, and listeners are not to know those: their pods share a cluster, too.
 */
export function clusterAtPort(ports: readonly HeadlessPort[]): string {
  const [first, ...others] = ports as readonly [HeadlessPort, ...HeadlessPort[]]
  if (others.length === 0) return podsCluster(first)
  const { host } = first.visible.service
  return outboundCluster(`*${host.slice(host.indexOf('.svc.'))}`, first.port.number)
}

/** Key of what a listener notes of a connection: the address that it was going to. */
const destinationKey = 'meshwright.destination'

/** The network filter that notes it; those who pick the socket to the pod read it. */
export const noteDestination: Message = {
  name: 'envoy.filters.network.set_filter_state',
  typed_config: typed('envoy.extensions.filters.network.set_filter_state.v3.Config', {
    on_new_connection: [
      {
        object_key: destinationKey,
        // Not a hashed one: connections to other clusters are shared whatever address was called.
        factory_key: 'envoy.string',
        format_string: { text_format_source: { inline_string: '%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%' } },
        shared_with_upstream: 'ONCE',
      },
    ],
  }),
}

/** All that routes and listeners of a redirected proxy name. */
export const headlessClusters = memo((index: MeshIndex, placement: Placement, view: View): readonly EnvoyResource[] =>
  [...headlessPorts(view).values()].flatMap(ports => {
    const parts = ports.map(item => partOf(item, { index, placement }))
    const own = parts.filter(({ port }) => parts.length === 1 || carriesRequests(port)).map(ownCluster)
    if (parts.length === 1) return own
    // What a policy says of connections holds for one service's: these are several's.
    const { visible, port } = parts.find(part => carriesRequests(part.port)) ?? parts[0]!
    const bare = partOf({ visible: withoutPolicy(visible.service), port }, { index, placement }).cluster
    return [...own, sharedCluster(clusterAtPort(ports), parts, bare)]
  }),
)

/** One service's part of a port. */
interface Part extends HeadlessPort {
  readonly cluster: EnvoyResource
  readonly places: readonly PlaceAtPort[]
}

function partOf(
  { visible, port }: HeadlessPort,
  { index, placement }: { readonly index: MeshIndex; readonly placement: Placement },
): Part {
  const clusters = baseClusters(groundOf(index.mesh), peersOf(index, placement, visible.service), visible)
  const position = visible.service.ports.indexOf(port)
  const places = placesAtPorts(index, placement, visible).get(port) ?? []
  return { visible, port, cluster: clusters[position]!, places }
}

const withoutPolicy = memo((service: Service): VisibleService => ({ service }))

/** By position of the port: what the service's own policy says of connections to a pod. */
const baseClusters = memo(
  (ground: Ground, peers: PeerIdentities, { service, destination }: VisibleService): readonly EnvoyResource[] => {
    // Requests by HTTP/1 and HTTP/2 may come, whatever the port declares: the host may be none of the service's.
    const ports = service.ports.map(
      (port): ServicePort => (isHttp(port.protocol) ? { ...port, protocol: 'AUTO' } : port),
    )
    const policy = destination === undefined ? {} : { destination: withoutBalancing(destination) }
    const context = { ground, peers, discovery: () => originalDestination(false) }
    return discoveredClusters(context, { service: { ...service, ports }, ...policy })
  },
)

/** The caller has picked the pod: there is nothing to be balanced, nor are there versions to pick from. */
function withoutBalancing(
  destination: NonNullable<VisibleService['destination']>,
): NonNullable<VisibleService['destination']> {
  const { loadBalancer: _host, ports, ...policy } = destination.policy
  const atPorts = ports?.map(each => {
    const { loadBalancer: _port, ...rest } = each.policy
    return { ...each, policy: rest }
  })
  return { ...destination, subsets: [], policy: { ...policy, ...(atPorts === undefined ? {} : { ports: atPorts }) } }
}

interface Socket {
  readonly name: string
  readonly transport_socket: Message
}

function socketsOf({ cluster: { value } }: Part): readonly Socket[] {
  return (value['transport_socket_matches'] ?? []) as readonly Socket[]
}

function takingMtls(places: readonly PlaceAtPort[]): readonly string[] {
  return places.filter(({ takesMtls }) => takesMtls).map(({ address }) => address)
}

function ownCluster(part: Part): EnvoyResource {
  const { cluster, places } = part
  const [mtls, plain] = socketsOf(part)
  const { transport_socket_matches: _, ...value } = cluster.value
  const named = renamed(cluster, podsCluster(part), value)
  if (mtls === undefined || plain === undefined) return named
  const addresses = takingMtls(places)
  // Envoy takes no map without an entry.
  if (addresses.length === 0)
    return { ...named, value: { ...named.value, transport_socket: plain.transport_socket }, needs: {} }
  const picked = byAddress([[mtls.name, addresses]], plain.name)
  return { ...named, value: { ...named.value, transport_socket_matches: [mtls, plain].map(unmatched), ...picked } }
}

/** The pods of several services, each called as its service's policy says; the first has a pod that is of two. */
function sharedCluster(name: string, parts: readonly Part[], bare: EnvoyResource): EnvoyResource {
  const sockets = parts.flatMap((part): { readonly socket: Socket; readonly addresses: readonly string[] }[] => {
    const { visible, cluster, places } = part
    const own = cluster.value['transport_socket'] as Message | undefined
    const [mtls] = socketsOf(part)
    const [transport_socket, addresses] =
      own === undefined ? [mtls?.transport_socket, takingMtls(places)] : [own, places.map(({ address }) => address)]
    return transport_socket === undefined || addresses.length === 0
      ? []
      : [{ socket: { name: visible.service.host, transport_socket }, addresses }]
  })
  const secret = sockets.length === 0 ? [] : [...new Set(parts.flatMap(({ cluster: { needs } }) => needs.secret ?? []))]
  const { transport_socket: _, transport_socket_matches: __, metadata: ___, ...value } = bare.value
  const picked = byAddress(sockets.map(({ socket, addresses }) => [socket.name, addresses]))
  return {
    ...renamed(bare, name, {
      ...value,
      ...(sockets.length === 0
        ? {}
        : { transport_socket_matches: sockets.map(({ socket }) => unmatched(socket)), ...picked }),
    }),
    needs: secret.length === 0 ? {} : { secret },
    from: parts.flatMap(({ cluster: { from } }) => from),
  }
}

function renamed(cluster: EnvoyResource, name: string, value: Message): EnvoyResource {
  return { ...cluster, name, value: { ...value, name, alt_stat_name: `${name};` } }
}

/** It is picked by its name alone. */
function unmatched({ name, transport_socket }: Socket): Message {
  return { name, transport_socket }
}

const inputs = 'envoy.extensions.matching.common_inputs.transport_socket.v3'

/** Picks a socket by the address that was noted. */
function byAddress(
  sockets: readonly (readonly [name: string, addresses: readonly string[]])[],
  otherwise?: string,
): Message {
  const named = (name: string) => ({
    action: { name: 'socket', typed_config: typed(`${inputs}.TransportSocketNameAction`, { name }) },
  })
  const map = new Map<string, Message>()
  for (const [name, addresses] of sockets)
    for (const address of addresses) if (!map.has(address)) map.set(address, named(name))
  return {
    transport_socket_matcher: compact({
      matcher_tree: {
        input: { name: 'destination', typed_config: typed(`${inputs}.FilterStateInput`, { key: destinationKey }) },
        exact_match_map: { map: Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1))) },
      },
      on_no_match: otherwise === undefined ? undefined : named(otherwise),
    }),
  }
}

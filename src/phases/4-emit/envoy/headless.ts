/**
 * Headless services, where a proxy knows where connections were going: the caller has picked a pod, and its connection goes
 * there. A pod that comes or goes changes a cluster, and no listener: which pods take mutual TLS stands in the cluster, by
 * address (docs/adr/0026).
 */
import type { Placement } from '../../../model/placement.ts'
import { isHttp, type Service, type ServicePort } from '../../../model/service.ts'
import { memo } from '../../../util/memo.ts'
import { discoveredClusters, originalDestination } from './clusters.ts'
import { type PlaceAtPort, placesAtPorts } from './endpoints.ts'
import { type EnvoyResource, type Message, typed } from './envoy-resource.ts'
import { type Ground, groundOf } from './guard.ts'
import type { MeshIndex } from './index-mesh.ts'
import { plainText } from './mtls.ts'
import { hostOfCluster, outboundCluster } from './names.ts'
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
export function podsHost({ host }: Pick<Service, 'host'>): string {
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

/** How addresses are called that are nobody's in the mesh. */
interface Others {
  /** Absent: in plain text. */
  readonly socket?: Message
}

const anybody: Others = {}

/**
 * A socket that ends before it has sent anything: it offers no cipher that its version of TLS knows. A cluster of type
 * ORIGINAL_DST connects to whatever it is told, and has no other way to say no.
 */
const nobody: Others = {
  socket: {
    name: 'envoy.transport_sockets.tls',
    typed_config: typed('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', {
      common_tls_context: {
        tls_params: {
          tls_minimum_protocol_version: 'TLSv1_0',
          tls_maximum_protocol_version: 'TLSv1_1',
          cipher_suites: ['ECDHE-ECDSA-AES128-GCM-SHA256'],
        },
      },
    }),
  },
}

/** All that routes and listeners of a redirected proxy name. */
export const headlessClusters = memo((index: MeshIndex, placement: Placement, view: View): readonly EnvoyResource[] => {
  // Listeners know no addresses, so it is here that hosts which nobody declared are refused.
  const others = view.unknownHosts.kind === 'passed' ? anybody : nobody
  return [...headlessPorts(view).values()].flatMap(ports => {
    const parts = ports.map(item => partOf(item, { index, placement }))
    const own = parts
      .filter(({ port }) => parts.length === 1 || carriesRequests(port))
      .map(({ port, cluster, places }) => placedCluster(port, others, cluster, places))
    if (parts.length === 1) return own
    // What a policy says of connections holds for one service's: these are several's.
    const { visible, port } = parts.find(part => carriesRequests(part.port)) ?? parts[0]!
    const bare = partOf({ visible: withoutPolicy(visible.service), port }, { index, placement }).cluster
    return [...own, sharedCluster(clusterAtPort(ports), { parts, bare, others })]
  })
})

/** One service's part of a port. */
interface Part extends HeadlessPort {
  readonly cluster: EnvoyResource
  readonly places: readonly PlaceAtPort[]
}

const nowhere: readonly PlaceAtPort[] = []

function partOf(
  { visible, port }: HeadlessPort,
  { index, placement }: { readonly index: MeshIndex; readonly placement: Placement },
): Part {
  const clusters = baseClusters(groundOf(index.mesh), peersOf(index, placement, visible.service), visible)
  const position = visible.service.ports.indexOf(port)
  const places = placesAtPorts(index, placement, visible).get(port) ?? nowhere
  return { visible, port, cluster: clusters[position]!, places }
}

const withoutPolicy = memo((service: Service): VisibleService => ({ service, routings: [], within: [] }))

/** By position of the port: what the service's own policy says of connections to a pod. */
const baseClusters = memo(
  (ground: Ground, peers: PeerIdentities, { service, destination }: VisibleService): readonly EnvoyResource[] => {
    // Requests by HTTP/1 and HTTP/2 may come, whatever the port declares: the host may be none of the service's.
    const ports = service.ports.map(
      (port): ServicePort => (isHttp(port.protocol) ? { ...port, protocol: 'AUTO' } : port),
    )
    const policy = destination === undefined ? {} : { destination: withoutBalancing(destination) }
    const context = { ground, peers, discovery: () => originalDestination(false) }
    return discoveredClusters(context, { ...withoutPolicy(service), service: { ...service, ports }, ...policy })
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

/** How some pods of a service are called. */
interface Socket {
  readonly name: string
  readonly transport_socket: Message
  readonly addresses: readonly string[]
}

/**
 * What a policy says of connections to a service holds for its pods alone: who else has the port is called as if nothing had
 * been said.
 */
function socketsOf({ value }: EnvoyResource, places: readonly PlaceAtPort[], others: Others): readonly Socket[] {
  const own = value['transport_socket'] as Message | undefined
  const byMode = (value['transport_socket_matches'] ?? []) as readonly Omit<Socket, 'addresses'>[]
  const [mtls, plain] = byMode
  const addressesOf = (isMeant: (place: PlaceAtPort) => boolean) => places.filter(isMeant).map(({ address }) => address)
  const named = [
    ...(own === undefined ? [] : [{ name: 'policy', transport_socket: own, addresses: addressesOf(() => true) }]),
    ...(mtls === undefined ? [] : [{ ...mtls, addresses: addressesOf(({ takesMtls }) => takesMtls) }]),
    ...(plain === undefined ? [] : [{ ...plain, addresses: addressesOf(({ takesMtls }) => !takesMtls) }]),
  ]
  const unsecured = { name: 'plain', transport_socket: plainText, addresses: addressesOf(() => true) }
  const sockets = named.length === 0 ? [unsecured] : named
  const isPlain = ({ transport_socket: socket }: Socket) => socket === plainText && others === anybody
  return sockets.filter(socket => socket.addresses.length > 0 && !isPlain(socket))
}

/** The same object in all views, until one of the service's pods comes or goes. */
const placedCluster = memo(
  (port: ServicePort, others: Others, cluster: EnvoyResource, places: readonly PlaceAtPort[]): EnvoyResource => {
    const name = outboundCluster(podsHost({ host: hostOfCluster(cluster.name) }), port.number)
    const sockets = socketsOf(cluster, places, others)
    return calling(renamed(cluster, name), { sockets, others, needs: cluster.needs })
  },
)

interface SharedParts {
  readonly parts: readonly Part[]
  readonly bare: EnvoyResource
  readonly others: Others
}

/** The pods of several services, each called as its service's policy says; the first has a pod that is of two. */
function sharedCluster(name: string, { parts, bare, others }: SharedParts): EnvoyResource {
  const sockets = parts.flatMap(({ visible, cluster, places }) =>
    socketsOf(cluster, places, others).map(socket => ({ ...socket, name: `${visible.service.host} ${socket.name}` })),
  )
  const secret = [...new Set(parts.flatMap(({ cluster: { needs } }) => needs.secret ?? []))]
  const { metadata: _, ...value } = bare.value
  const needs = secret.length === 0 ? {} : { secret }
  return {
    ...calling(renamed({ ...bare, value }, name), { sockets, others, needs }),
    from: parts.flatMap(({ cluster: { from } }) => from),
  }
}

interface Calling {
  readonly sockets: readonly Socket[]
  readonly others: Others
  readonly needs: EnvoyResource['needs']
}

/** A cluster that calls pods by these sockets, and all others by another one. Envoy takes no map without an entry. */
function calling(cluster: EnvoyResource, { sockets, others: { socket }, needs }: Calling): EnvoyResource {
  const { transport_socket: _, transport_socket_matches: __, ...rest } = cluster.value
  const value = socket === undefined ? rest : { ...rest, transport_socket: socket }
  if (sockets.length === 0) return { ...cluster, value, needs: {} }
  const matches = sockets.map(({ name, transport_socket }) => ({ name, transport_socket }))
  return { ...cluster, needs, value: { ...value, transport_socket_matches: matches, ...byAddress(sockets) } }
}

function renamed(cluster: EnvoyResource, name: string): EnvoyResource {
  return { ...cluster, name, value: { ...cluster.value, name, alt_stat_name: `${name};` } }
}

const inputs = 'envoy.extensions.matching.common_inputs.transport_socket.v3'

/** Picks a socket by the address that was noted. */
function byAddress(sockets: readonly Socket[]): Message {
  const map = new Map<string, Message>()
  for (const { name, addresses } of sockets) {
    const config = typed(`${inputs}.TransportSocketNameAction`, { name })
    const action = { action: { name: 'socket', typed_config: config } }
    for (const address of addresses) if (!map.has(address)) map.set(address, action)
  }
  const input = { name: 'destination', typed_config: typed(`${inputs}.FilterStateInput`, { key: destinationKey }) }
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    transport_socket_matcher: {
      matcher_tree: { input, exact_match_map: { map: Object.fromEntries(entries) } },
    },
  }
}

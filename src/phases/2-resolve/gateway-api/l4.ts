/** TLSRoutes, TCPRoutes and UDPRoutes as the Mesh's routings of connections and datagrams. */
import { at } from '../../../kinds/definition.ts'
import type { WeightedBackend } from '../../../kinds/gateway-api/l4-rule.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { NamedSecret } from '../../../model/gateway.ts'
import type { Destination, HttpRouting } from '../../../model/http-route.ts'
import type { L4Match, L4Rule } from '../../../model/l4-route.ts'
import { nodeKey } from '../../../model/node.ts'
import { oldestFirst } from './age.ts'
import { securedHosts } from './backend-tls.ts'
import { destinationFor, type RouteContext } from './backends.ts'
import type { Listener } from './listeners.ts'
import type { Attachment } from './parents.ts'
import type { ApiResources, L4ApiRoute } from './resources.ts'
import { showing, shownBy } from './shown-certificates.ts'

/** A route with what its parents make of it. */
export interface L4Route {
  readonly route: L4ApiRoute
  readonly attachments: readonly Attachment[]
}

/** One for each of its parents' listeners, for each has hosts of its own; and one for each Service. */
export function l4Routings(routes: readonly L4Route[], resources: ApiResources): HttpRouting[] {
  // Gateways at which a route has all: what comes after it would have nothing, whatever the order of the Mesh.
  const taken = new Set<string>()
  const secured = securedHosts(resources)
  return oldestFirst(routes, ({ route }) => route.metadata).flatMap(({ route, attachments }) => {
    const context = { route, resources, secured }
    return attachments.flatMap(attachment => [
      ...attachment.listeners.flatMap(({ listener, hosts }) => {
        // Where TLS ends, the server's own names pick the connection, and a route's the part that it is for.
        const serverNames = route.kind === 'TLSRoute' ? hosts.filter(host => host !== '*') : []
        const gateway = nodeKey(listener.node)
        if (serverNames.length === 0) {
          if (taken.has(gateway)) return []
          taken.add(gateway)
        }
        const shows = shownBy(listener.gateway, resources)
        return [routingFor(context, { hosts, gateway, kind: ruleKindAt(listener), match: { serverNames }, shows })]
      }),
      ...serviceRoutings(context, attachment),
    ])
  })
}

type RuleKind = 'tls' | 'tcp' | 'udp'

function ruleKindAt({ listener: { protocol, tls } }: Listener): RuleKind {
  if (protocol === 'UDP') return 'udp'
  return tls?.mode === 'Passthrough' ? 'tls' : 'tcp'
}

function serviceRoutings(context: L4Context, { service: bound }: Attachment): HttpRouting[] {
  if (bound === undefined) return []
  const { route } = context
  const serverNames = route.kind === 'TLSRoute' ? route.spec.hostnames : []
  const own = route.metadata.namespace ?? ''
  const match = {
    serverNames,
    ...(bound.port === undefined ? {} : { port: bound.port }),
    // A route of another namespace than the Service's holds for that namespace's own calls.
    ...(own === bound.service.namespace ? {} : { sourceNamespace: own }),
  }
  const kind = serverNames.length === 0 ? 'tcp' : 'tls'
  return [routingFor(context, { hosts: [bound.service.host], gateway: 'mesh', kind, match, shows: undefined })]
}

interface L4Context extends RouteContext<L4ApiRoute> {
  /** Hosts that are called by TLS of their own. */
  readonly secured: ReadonlySet<string>
}

interface Where {
  readonly hosts: readonly string[]
  /** `mesh`, or the key of a gateway. */
  readonly gateway: string
  readonly kind: RuleKind
  readonly match: Pick<L4Match, 'serverNames' | 'port' | 'sourceNamespace'>
  /** What backends are shown; undefined: nothing. */
  readonly shows: NamedSecret | undefined
}

function routingFor(context: L4Context, { hosts, gateway, kind, match, shows }: Where): HttpRouting {
  const { route } = context
  const resource = route as unknown as Resource
  const place = at(resource, '/spec')
  const isAll = Object.values(match).every(value => Array.isArray(value) && value.length === 0)
  const matches: L4Match[] = isAll ? [] : [{ ...match, destinationSubnets: [], sourceLabels: {}, at: place }]
  const rules = route.spec.rules.map(({ backendRefs }, index): L4Rule => {
    const pointer = `/spec/rules/${index}`
    const destinations = destinationsOf(backendRefs, pointer, context).map(each =>
      showing(each, shows, context.secured),
    )
    return { matches, destinations, at: at(resource, pointer) }
  })
  return {
    name: route.metadata.name,
    namespace: route.metadata.namespace ?? '',
    at: at(resource),
    hosts: hosts.map(host => ({ host, at: place })),
    gateways: [{ gateway, at: `${place}/parentRefs` }],
    rules: [],
    tls: [],
    tcp: [],
    [kind]: rules,
    exportTo: ['*'],
  }
}

function destinationsOf(
  refs: readonly WeightedBackend[],
  pointer: string,
  context: RouteContext<L4ApiRoute>,
): Destination[] {
  return refs.map((ref, index) => ({
    ...destinationFor(ref, `${pointer}/backendRefs/${index}`, context),
    weight: ref.weight ?? 1,
  }))
}

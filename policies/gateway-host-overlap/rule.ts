import {
  boundHosts,
  carriedBy,
  definePolicy,
  type Gateway,
  type HttpRouting,
  isHttp,
  type L4Match,
  type L4Rule,
  labelKey,
  type Mesh,
  type Problem,
  type Server,
  writtenName,
} from 'meshwright/policy'

export default definePolicy({
  id: 'gateway-host-overlap',
  meta: {
    severity: 'error',
    recommended: true,
    standsAlone: true,
    description: 'No two servers of the same gateway proxies claim one host on one port.',
  },
  messages: {
    overlap: 'gateways "{gateway}" and "{other}" both claim host "{host}" on port {port} of the same proxies',
    twice: 'gateway "{gateway}" claims host "{host}" on port {port} twice',
    requests:
      'the {protocol} server of gateway "{gateway}" gets no connection to port {port}: that for {taking} of gateway "{other}" reads requests there',
    all: 'the {protocol} server of gateway "{gateway}" gets no connection to port {port}: that for {taking} of gateway "{other}" takes them all',
  },
  help: 'give each its own hosts, port, or selector',
  create: ({ mesh }) => ({
    *mesh() {
      const opened = mesh.gateways.flatMap(gateway => gateway.servers.map(server => ({ gateway, server })))
      for (const sharing of Map.groupBy(opened, portKey).values()) {
        const lost = takers(sharing, mesh)
        for (const [each, taker] of lost) yield unheld(each, taker)
        // What comes by TLS and what does not are told apart.
        for (const isWanted of [true, false])
          yield* overlaps(sharing.filter(each => !lost.has(each) && isSecure(each.server) === isWanted))
      }
    },
  }),
})

/** A server with the gateway that it is of. */
interface Opened {
  readonly gateway: Gateway
  readonly server: Server
}

/** The same for all that share a port of the same proxies. */
function portKey({ gateway, server }: Opened): string {
  const { transport = 'TCP' } = carriedBy(server)
  return JSON.stringify([labelKey(gateway.selector), transport, server.port.number, server.bind ?? ''])
}

function* overlaps(sharing: readonly Opened[]): Iterable<Problem> {
  const first = new Map<string, { readonly gateway: Gateway; readonly at: string }>()
  for (const { gateway, server } of sharing)
    for (const { host, namespace, at } of server.hosts) {
      const known = first.get(`${namespace}/${host}`)
      if (known === undefined) first.set(`${namespace}/${host}`, { gateway, at })
      else {
        const data = { ...namesOf(gateway, known.gateway), host, port: server.port.number }
        const message = known.gateway === gateway ? 'twice' : 'overlap'
        yield { message, at, data, related: [{ at: known.at, message: 'also claimed here' }] }
      }
    }
}

function unheld({ gateway, server }: Opened, taker: Opened): Problem {
  const { protocol, number: port } = server.port
  const taking = taker.server.port.protocol
  return {
    message: isRequests(taker.server) ? 'requests' : 'all',
    at: `${server.at}/port`,
    data: { ...namesOf(gateway, taker.gateway), protocol, port, taking },
    help: 'give it a port of its own: in what has no TLS, nothing tells one server’s connections from another’s',
    related: [{ at: `${taker.server.at}/port`, message: 'this one gets them' }],
  }
}

/** With their namespaces where they are of several. */
function namesOf(gateway: Gateway, other: Gateway): { readonly gateway: string; readonly other: string } {
  const isOne = gateway.namespace === other.namespace
  const nameOf = (one: Gateway) => (isOne ? writtenName(one) : `${one.namespace}/${writtenName(one)}`)
  return { gateway: nameOf(gateway), other: nameOf(other) }
}

/**
 * Who gets the connections of servers that have no TLS: there, a port is all that they can be told apart by. TLS for any name takes what
 * comes without TLS, too; then all that read requests share what is left; bytes are the first server's that is for all of them.
 */
function takers(sharing: readonly Opened[], mesh: Mesh): ReadonlyMap<Opened, Opened> {
  const plain = sharing.filter(({ server }) => !isSecure(server))
  const bytes = plain.filter(({ server }) => !isRequests(server))
  const secure = plain.length === 0 ? undefined : sharing.find(each => isSecure(each.server) && takesAll(each, mesh))
  if (secure !== undefined) return new Map(plain.map(each => [each, secure]))
  const requests = plain.find(({ server }) => isRequests(server))
  if (requests !== undefined) return new Map(bytes.map(each => [each, requests]))
  const [first, ...others] = bytes.length === 1 ? [] : bytes.filter(each => takesAll(each, mesh))
  return new Map(others.map(each => [each, first!]))
}

function isSecure({ port: { protocol } }: Server): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS'
}

function isRequests(server: Server): boolean {
  return !isSecure(server) && isHttp(server.port.protocol as 'HTTP')
}

/** Is the server for each connection to its port? Where none reads requests, rules that are bound to it say so. */
function takesAll({ gateway, server }: Opened, { routings }: Mesh): boolean {
  const { port, tls, hosts } = server
  if (tls !== undefined && (tls.mode === 'AUTO_PASSTHROUGH' || !hosts.some(({ host }) => host === '*'))) return false
  const isPassed = tls?.mode === 'PASSTHROUGH'
  if (port.protocol === 'HTTPS' && !isPassed) return true
  const key = `${gateway.namespace}/${gateway.name}`
  const isBound = (routing: HttpRouting) =>
    routing.gateways.some(each => each.gateway === key) && boundHosts(routing, server).length > 0
  return routings.some(routing => {
    const rules = isPassed ? routing.tls : routing.tcp
    const isForAll = ({ matches }: L4Rule) =>
      matches.length === 0 || matches.some(match => isAny(match, port.number, key))
    return rules.some(isForAll) && isBound(routing)
  })
}

/** Does a match pick every connection to a port of a gateway? */
function isAny(match: L4Match, port: number, gateway: string): boolean {
  const { serverNames, destinationSubnets, sourceSubnet, sourceNamespace, sourceLabels, gateways } = match
  if ((match.port ?? port) !== port || (gateways ?? [gateway]).every(each => each !== gateway)) return false
  const isNarrow = sourceSubnet !== undefined || sourceNamespace !== undefined || destinationSubnets.length > 0
  const isNamed = serverNames.length > 0 && !serverNames.includes('*')
  return !isNarrow && !isNamed && Object.keys(sourceLabels).length === 0
}

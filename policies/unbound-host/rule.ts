import {
  boundHosts,
  definePolicy,
  type HttpRouting,
  hostCovers,
  isVirtualService,
  type Mesh,
  nearestWord,
  writtenName,
} from 'meshwright/policy'

export default definePolicy({
  id: 'unbound-host',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Gateways open hosts that the routes bound to them are for.',
  },
  messages: {
    none: 'route "{route}" is bound to gateway "{gateway}", which opens none of its hosts for it: it has {opened}',
    some: 'none of the gateways of route "{route}" opens {host}: {gateways}',
    narrower:
      'route "{route}" gets no requests for "{host}" at port {port} of gateway "{gateway}": they are those of listener "{listener}", which is more specific',
    mesh: 'route "{route}" is bound to no gateway, and so is for callers within the mesh, where nobody has {host}: gateway "{gateway}" opens it',
  },
  help: 'add the host to a server of the gateway, or correct the route’s hosts',
  create: ({ mesh }) => {
    const gateways = new Map(mesh.gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
    const meshAlone = forgotten(mesh)
    return {
      *gateway({ unheard = [], servers, ...gateway }) {
        for (const { name, at, host, by } of unheard)
          if (by.kind === 'listener' && host !== undefined)
            yield {
              message: 'narrower',
              at,
              data: {
                ...{ route: name, host, listener: by.name },
                ...{ gateway: writtenName(gateway), port: servers[0]!.port.number },
              },
              help: 'attach the route to that listener (parentRefs, sectionName), or delete the hostname',
              related: [{ at: by.at, message: 'this gets them' }],
            }
      },
      *routing(routing) {
        // Routes of the Gateway API have what became of them in their conditions.
        if (!isVirtualService(routing) || routing.hosts.length === 0) return
        const gateway = meshAlone(routing)
        if (gateway !== undefined) {
          const [{ host, at }] = routing.hosts as [(typeof routing.hosts)[0]]
          const name = gateway.namespace === routing.namespace ? gateway.name : `${gateway.namespace}/${gateway.name}`
          yield {
            message: 'mesh',
            at,
            data: { route: routing.name, host, gateway: name },
            help: `write gateways: [${name}], with mesh beside it where callers within the mesh are meant, too`,
            related: [{ at: gateway.at, message: 'this opens it' }],
          }
        }
        yield* unopened(routing, gateways)
        for (const { gateway, at } of routing.gateways) {
          const found = gateways.get(gateway)
          if (found === undefined || found.servers.length === 0) continue
          // A host that only the mesh knows may stand beside those of a gateway.
          if (found.servers.some(server => boundHosts(routing, server).length > 0)) continue
          const open = found.servers.flatMap(server => server.hosts)
          const all = [...new Set(open.map(({ host }) => host))]
          // With the namespace that it is opened for, where it is not opened for all.
          const opened = [
            ...new Set(open.map(({ host, namespace }) => (namespace === '*' ? host : `${namespace}/${host}`))),
          ]
          const others = open.find(
            ({ host, namespace }) => namespace !== '*' && routing.hosts.some(each => hostCovers(host, each.host)),
          )
          const [first] = routing.hosts as [(typeof routing.hosts)[0]]
          // What is open for another namespace has its name already.
          const meant = all.includes(first.host) ? undefined : nearestWord(first.host, all)
          yield {
            message: 'none',
            at: first.at,
            data: { route: routing.name, gateway, opened: opened.join(', ') },
            related: [{ at, message: 'bound here' }],
            ...(others === undefined
              ? meant === undefined
                ? {}
                : { help: `did you mean "${meant}"?` }
              : { help: `"${others.host}" is open for routes of namespace "${others.namespace}" alone` }),
          }
        }
      },
    }
  },
})

/** Hosts for which a route holds nowhere, where it does for others: for callers within the mesh it is not either. */
function* unopened(routing: HttpRouting, gateways: ReadonlyMap<string, Mesh['gateways'][number]>) {
  const { name, hosts, rules, tls, tcp } = routing
  const named = [...rules, ...tls, ...tcp].flatMap(({ matches }) => matches.flatMap(match => match.gateways ?? []))
  const keys = [...new Set([...routing.gateways.map(({ gateway }) => gateway), ...named])]
  const servers = keys.map(key => gateways.get(key)?.servers)
  // What is not declared may open anything.
  if (keys.includes('mesh') || servers.some(all => all === undefined || all.length === 0)) return
  const isOpened = (host: HttpRouting['hosts'][number]) =>
    servers.flat().some(server => boundHosts({ ...routing, hosts: [host] }, server!).length > 0)
  const closed = hosts.filter(host => !isOpened(host))
  // Where none is opened, that is said of each gateway.
  if (closed.length === hosts.length) return
  for (const { host, at } of closed)
    yield {
      message: 'some',
      at,
      data: { route: name, host, gateways: keys.join(', ') },
      help: 'add mesh to the route’s gateways where callers within the mesh are meant, or delete the host',
    }
}

/**
 * The gateway that a route was most likely meant for which names none: its hosts are no service's, and the gateway opens one by its name.
 * Behind a server for all hosts anything might be meant.
 */
function forgotten({ services, gateways }: Mesh): (routing: HttpRouting) => Mesh['gateways'][number] | undefined {
  const exact = new Set(services.map(({ host }) => host))
  const wide = services.flatMap(({ host }) => (host.startsWith('*') ? [host] : []))
  const isKnown = (host: string) => exact.has(host) || wide.some(each => hostCovers(each, host))
  return routing => {
    const { hosts, gateways: bound, at, rules, tls, tcp } = routing
    if (bound.length !== 1 || bound[0]!.gateway !== 'mesh' || bound[0]!.at !== at) return undefined
    if ([...rules, ...tls, ...tcp].some(({ matches }) => matches.some(match => match.gateways !== undefined)))
      return undefined
    if (hosts.some(({ host }) => isKnown(host))) return undefined
    return gateways.find(({ apiGateway, servers }) =>
      servers.some(
        server =>
          apiGateway === undefined &&
          server.hosts.every(({ host }) => host !== '*') &&
          boundHosts(routing, server).length > 0,
      ),
    )
  }
}

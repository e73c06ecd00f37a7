import { boundHosts, definePolicy, nearestWord } from 'meshwright/policy'

export default definePolicy({
  id: 'unbound-host',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Gateways open hosts that the routes bound to them are for.',
  },
  messages: {
    none: 'route "{route}" is bound to gateway "{gateway}", which opens none of its hosts for it: it has {opened}',
  },
  help: 'add the host to a server of the gateway, or correct the route’s hosts',
  create: ({ mesh }) => {
    const gateways = new Map(mesh.gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, gateway]))
    return {
      *routing(routing) {
        // Routes of the Gateway API have what became of them in their conditions.
        if (!routing.at.startsWith('VirtualService/') || routing.hosts.length === 0) return
        for (const { gateway, at } of routing.gateways) {
          const found = gateways.get(gateway)
          if (found === undefined || found.servers.length === 0) continue
          // A host that only the mesh knows may stand beside those of a gateway.
          if (found.servers.some(server => boundHosts(routing, server).length > 0)) continue
          const all = [...new Set(found.servers.flatMap(server => server.hosts.map(({ host }) => host)))]
          const [first] = routing.hosts as [(typeof routing.hosts)[0]]
          // What is open for another namespace has its name already.
          const meant = all.includes(first.host) ? undefined : nearestWord(first.host, all)
          yield {
            message: 'none',
            at: first.at,
            data: { route: routing.name, gateway, opened: all.join(', ') },
            related: [{ at, message: 'bound here' }],
            ...(meant === undefined ? {} : { help: `did you mean "${meant}"?` }),
          }
        }
      },
    }
  },
})

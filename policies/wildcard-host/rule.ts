import { carriedBy, definePolicy, writtenName } from 'meshwright/policy'

export default definePolicy({
  id: 'wildcard-host',
  meta: { severity: 'warning', standsAlone: true, description: 'Gateways and routes name the hosts that they serve.' },
  messages: {
    gateway: 'gateway "{gateway}" serves any host on port {port}',
    route: 'route "{route}" is for any host',
  },
  help: 'name the hosts: then a request for another host is refused, and no other team can claim one by accident',
  create: () => ({
    *gateway(gateway) {
      for (const server of gateway.servers) {
        const { hosts, port } = server
        // Datagrams name no host.
        if (carriedBy(server).transport === 'UDP') continue
        for (const { host, at } of hosts)
          if (host === '*') yield { message: 'gateway', at, data: { gateway: writtenName(gateway), port: port.number } }
      }
    },
    *routing(routing) {
      if (routing.udp !== undefined) return
      for (const { host, at } of routing.hosts)
        if (host === '*') yield { message: 'route', at, data: { route: routing.name } }
    },
  }),
})

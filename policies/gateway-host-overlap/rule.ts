import { carriedBy, definePolicy, type Gateway, labelKey, type Server, writtenName } from 'meshwright/policy'

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
  },
  help: 'give each its own hosts, port, or selector',
  create: ({ mesh }) => ({
    *mesh() {
      const first = new Map<string, { readonly gateway: Gateway; readonly at: string }>()
      for (const gateway of mesh.gateways) {
        for (const server of gateway.servers) {
          for (const { host, namespace, at } of server.hosts) {
            const key = claim(gateway, server, `${namespace}/${host}`)
            const known = first.get(key)
            if (known === undefined) first.set(key, { gateway, at })
            else {
              const nameOf = (one: Gateway) => nameBeside(one, [gateway, known.gateway])
              const data = { gateway: nameOf(gateway), other: nameOf(known.gateway), host, port: server.port.number }
              const message = known.gateway === gateway ? 'twice' : 'overlap'
              yield { message, at, data, related: [{ at: known.at, message: 'also claimed here' }] }
            }
          }
        }
      }
    },
  }),
})

/** With its namespace where they are of several. */
function nameBeside(gateway: Gateway, both: readonly Gateway[]): string {
  const isOne = both.every(({ namespace }) => namespace === gateway.namespace)
  return isOne ? writtenName(gateway) : `${gateway.namespace}/${writtenName(gateway)}`
}

function claim(gateway: Gateway, server: Server, host: string): string {
  const selector = labelKey(gateway.selector)
  return JSON.stringify([selector, carriedBy(server).transport ?? 'TCP', server.port.number, server.bind ?? '', host])
}

import { definePolicy, isSeenFrom, selects } from 'meshwright/policy'

export default definePolicy({
  id: 'hidden-route',
  meta: { severity: 'warning', recommended: true, description: 'Gateways see the routes that are bound to them.' },
  messages: {
    hidden:
      'route "{route}" is bound to gateway "{gateway}", whose proxies in namespace "{namespace}" do not see it: they do not serve it',
  },
  help: 'name the namespace of the gateway’s proxies in exportTo (or in the mesh’s defaultVirtualServiceExportTo), or bind the route to a gateway of its own namespace',
  create: ({ mesh: { gateways, workloads } }) => {
    /** Of the pods that a gateway picks; where nobody declares them, they are taken to be beside it. */
    const homesOf = ({ selector, namespace }: (typeof gateways)[number]) => {
      const isPicking = Object.keys(selector).length > 0
      const own = isPicking ? workloads.filter(({ labels }) => selects(selector, labels)) : []
      return own.length === 0 ? [namespace] : [...new Set(own.map(workload => workload.namespace))]
    }
    const homes = new Map(gateways.map(gateway => [`${gateway.namespace}/${gateway.name}`, homesOf(gateway)]))
    return {
      *routing(routing) {
        for (const { gateway, at } of routing.gateways)
          for (const namespace of homes.get(gateway) ?? [])
            if (!isSeenFrom(routing, namespace))
              yield { message: 'hidden', at, data: { route: routing.name, gateway, namespace } }
      },
    }
  },
})

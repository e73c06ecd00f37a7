import { definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-gateway',
  meta: { severity: 'error', recommended: true, description: 'Routes are bound to gateways that exist.' },
  messages: { unknown: 'route "{route}" is bound to gateway "{gateway}", which is not declared' },
  help: 'declare the gateway, or correct the name (namespace/name)',
  create: ({ mesh }) => {
    const gateways = new Set(mesh.gateways.map(gateway => `${gateway.namespace}/${gateway.name}`))
    return {
      *routing(routing) {
        for (const { gateway, at } of routing.gateways) {
          if (gateway !== 'mesh' && !gateways.has(gateway))
            yield { message: 'unknown', at, data: { route: routing.name, gateway } }
        }
      },
    }
  },
})

import { definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'unresolved-delegate',
  meta: {
    severity: 'error',
    recommended: true,
    description: 'Rules that are left to another VirtualService are there.',
  },
  messages: {
    unknown: 'route "{route}" leaves requests to VirtualService "{delegate}", which is not declared',
    hidden: 'route "{route}" leaves requests to VirtualService "{delegate}", which is not exported to its namespace',
    nested:
      'VirtualService "{delegate}" would be left requests by a delegate of route "{route}": delegates delegate no further',
  },
  help: 'a delegate is a VirtualService without hosts and gateways',
  create: () => ({
    *routing(routing) {
      for (const { delegate } of routing.rules) {
        // Of the rules of one that is there, unreached-delegate tells.
        if (delegate?.problem === undefined || delegate.problem === 'apart') continue
        const data = { route: routing.name, delegate: `${delegate.namespace}/${delegate.name}` }
        yield { message: delegate.problem, at: delegate.at, data }
      }
    },
  }),
})

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
    apart: 'no request is for this rule and for the one of route "{route}" that leaves requests to it',
  },
  help: 'a delegate is a VirtualService without hosts and gateways, whose matches say no less than those of the root',
  create: () => ({
    *routing(routing) {
      for (const { delegate } of routing.rules) {
        if (delegate?.problem === undefined) continue
        const data = { route: routing.name, delegate: `${delegate.namespace}/${delegate.name}` }
        yield { message: delegate.problem, at: delegate.at, data }
      }
    },
  }),
})

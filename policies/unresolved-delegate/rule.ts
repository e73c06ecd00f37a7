import { definePolicy, isVirtualService, nearestWord } from 'meshwright/policy'

export default definePolicy({
  id: 'unresolved-delegate',
  meta: {
    severity: 'error',
    recommended: true,
    description: 'Rules that are left to another VirtualService are there.',
  },
  messages: {
    unknown: 'route "{route}" leaves requests to VirtualService "{delegate}", which is not declared',
    hosts:
      'route "{route}" leaves requests to VirtualService "{delegate}", which has hosts of its own: a delegate has none',
    hidden: 'route "{route}" leaves requests to VirtualService "{delegate}", which is not exported to its namespace',
    nested:
      'VirtualService "{delegate}" would be left requests by a delegate of route "{route}": delegates delegate no further',
  },
  help: 'a delegate is a VirtualService without hosts and gateways',
  create: ({ mesh }) => ({
    *routing(routing) {
      for (const { delegate } of routing.rules) {
        // Of the rules of one that is there, unreached-delegate tells.
        if (delegate?.problem === undefined || delegate.problem === 'apart') continue
        const { problem, namespace, name, at } = delegate
        const data = { route: routing.name, delegate: `${namespace}/${name}` }
        const beside = mesh.routings.filter(each => each.namespace === namespace && isVirtualService(each))
        const meant = beside.find(each => each.name === name)
        if (problem !== 'unknown') yield { message: problem, at, data }
        else if (meant !== undefined) {
          const help = `delete spec.hosts and spec.gateways of "${name}": those of "${routing.name}" hold for what is left to it`
          const related = meant.hosts.map(host => ({ at: host.at, message: 'its host' }))
          yield { message: 'hosts', at, data, help, related }
        } else {
          const delegates = beside.filter(({ hosts }) => hosts.length === 0).map(each => each.name)
          const near = nearestWord(name, delegates)
          yield { message: problem, at, data, ...(near === undefined ? {} : { help: `did you mean "${near}"?` }) }
        }
      }
    },
  }),
})

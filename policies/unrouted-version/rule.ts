import { definePolicy } from 'meshwright/policy'

export default definePolicy({
  id: 'unrouted-version',
  meta: {
    severity: 'info',
    recommended: true,
    description: 'Where a service has a route, every version of it gets requests.',
  },
  messages: { unrouted: 'version "{version}" of "{host}" gets no requests: route "{route}" never names it' },
  help: 'route requests to it, or remove the version',
  create: ({ mesh }) => ({
    *destination(destination) {
      const routing = mesh.routings.find(
        ({ hosts, gateways }) =>
          hosts.some(({ host }) => host === destination.host) && gateways.some(({ gateway }) => gateway === 'mesh'),
      )
      if (routing === undefined) return
      const targets = mesh.routings.flatMap(({ rules }) =>
        rules.flatMap(({ action, mirrors }) => [
          ...(action.kind === 'forward' ? action.destinations.filter(({ weight }) => weight > 0) : []),
          ...mirrors.map(mirror => mirror.destination),
        ]),
      )
      const here = targets.filter(({ host }) => host === destination.host)
      // A rule without a subset goes to all versions.
      if (here.some(({ subset }) => subset === undefined)) return
      for (const subset of destination.subsets) {
        if (here.some(target => target.subset === subset.name)) continue
        yield {
          message: 'unrouted',
          at: subset.at,
          data: { version: subset.name, host: destination.host, route: routing.name },
          related: [{ at: routing.at, message: 'the route' }],
        }
      }
    },
  }),
})

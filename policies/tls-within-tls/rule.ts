import {
  allDestinations,
  type DestinationPolicy,
  definePolicy,
  hostCovers,
  type Mesh,
  policyAt,
  type Service,
} from 'meshwright/policy'

export default definePolicy({
  id: 'tls-within-tls',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Connections whose callers speak TLS themselves are not wrapped in TLS once more.',
  },
  messages: {
    wrapped:
      'destination rule "{rule}" speaks TLS ({mode}) to port {port} of "{host}", whose callers speak it already ({protocol}): the server gets TLS within TLS',
  },
  help: 'leave tls out for that port; or let applications call in plain HTTP: declare the port as HTTP, or lead requests for another port to it by a VirtualService',
  create: ({ mesh }) => {
    const servicesOf = hostTable(mesh)
    const isCalledPlainly = plainCalls(mesh)
    return {
      *destination(destination) {
        const told = new Set<string>()
        for (const service of servicesOf(destination))
          for (const { number, protocol } of service.ports) {
            const { tls } = policyAt(destination, undefined, number)
            if ((protocol !== 'HTTPS' && protocol !== 'TLS') || (tls?.mode !== 'SIMPLE' && tls?.mode !== 'MUTUAL'))
              continue
            if (told.has(tls.at) || isCalledPlainly(service.host, number)) continue
            told.add(tls.at)
            const { name: rule } = destination
            const data = { rule, mode: tls.mode, port: number, host: service.host, protocol }
            yield { message: 'wrapped', at: `${tls.at}/mode`, data }
          }
      },
    }
  },
})

/** Declared hosts that a rule may be for: those of Services are called by the mesh's TLS. */
function hostTable({ services }: Mesh): (destination: DestinationPolicy) => readonly Service[] {
  const declared = services.filter(({ entry }) => entry !== undefined)
  const byHost = Map.groupBy(declared, ({ host }) => host)
  return ({ host }) =>
    host.startsWith('*') ? declared.filter(service => hostCovers(host, service.host)) : (byHost.get(host) ?? [])
}

/**
 * Is a port called by somebody who speaks no TLS? Routes lead requests there that they read, gateways' too; and proxies call what their own
 * settings name: providers, keys of issuers, filters.
 */
function plainCalls(mesh: Mesh): (host: string, port: number) => boolean {
  const led = new Map<string, Set<number | undefined>>()
  const names = new Map(
    mesh.services.flatMap(({ host, aliases = [] }) => aliases.map(alias => [alias.host, host] as const)),
  )
  for (const { rules, tcp } of mesh.routings)
    for (const { host, port } of allDestinations({ rules, tls: [], tcp }))
      for (const name of [host, names.get(host) ?? host]) led.set(name, (led.get(name) ?? new Set()).add(port))
  const { scopes, settings, tokenPolicies, proxyPatches, proxyExtensions } = mesh
  let own: string | undefined
  const isNamed = (host: string) => {
    own ??= JSON.stringify([
      scopes.map(scope => scope.unknownHosts),
      settings,
      tokenPolicies,
      proxyPatches,
      proxyExtensions,
    ])
    return own.includes(host.replace(/^\*\.?/, ''))
  }
  return (host, port) => {
    const ports = led.get(host)
    return ports?.has(port) === true || ports?.has(undefined) === true || isNamed(host)
  }
}

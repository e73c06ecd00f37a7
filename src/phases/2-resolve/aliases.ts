import { isHttp, type Service } from '../../model/service.ts'
import { memo } from '../../util/memo.ts'

/** So many names may lead to another one before the last; more are most likely a circle. */
const longestChain = 8

/**
 * Kubernetes' ExternalName: a service that is but another name for one of these is one of its aliases; one for a host that nobody has
 * is looked up, for requests alone, whose host tells it apart. Its other connections go where the caller's own look-up leads.
 *
 * @param services in the order of the Mesh
 */
export function withAliases(services: readonly Service[]): readonly Service[] {
  if (services.every(({ externalName }) => externalName === undefined)) return services
  const byHost = new Map(services.toReversed().map(service => [service.host, service]))
  const meant = new Map<Service, Service>()
  for (const service of services) {
    const target = service.externalName === undefined ? undefined : targetOf(service, byHost)
    if (target !== undefined) meant.set(service, target)
  }
  const aliases = Map.groupBy(meant.keys(), service => meant.get(service)!)
  return services.flatMap(service => {
    if (meant.has(service)) return []
    if (service.externalName !== undefined) return [outside(service)]
    return [(aliases.get(service) ?? []).reduce((target, alias) => withAlias(alias, target), service)]
  })
}

function targetOf(service: Service, byHost: ReadonlyMap<string, Service>): Service | undefined {
  let at: Service | undefined = service
  for (let length = 0; at?.externalName !== undefined; length += 1) {
    if (length === longestChain) return undefined
    at = byHost.get(at.externalName)
  }
  return at
}

const withAlias = memo(({ name, namespace, host }: Service, target: Service): Service => {
  return { ...target, aliases: [...(target.aliases ?? []), { name, namespace, host }] }
})

const outside = memo((service: Service): Service => {
  const { name, namespace, host, externalName = '' } = service
  return {
    ...service,
    ports: service.ports.filter(({ protocol }) => isHttp(protocol)),
    selector: {},
    aliases: [{ name, namespace, host }],
    entry: {
      isExternal: true,
      resolution: 'DNS',
      addresses: [],
      endpoints: [{ address: externalName, ports: {}, labels: {}, weight: 1, serviceAccount: 'default' }],
      subjectAltNames: [],
    },
  }
})

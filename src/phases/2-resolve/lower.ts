import type { Contribution, LowerContext } from '../../kinds/definition.ts'
import type { HttpRouting } from '../../model/http-route.ts'
import type { Mesh } from '../../model/mesh.ts'
import { settingsOf } from '../../model/mesh-settings.ts'
import { byPrecedence, type Node } from '../../model/node.ts'
import type { Service } from '../../model/service.ts'
import type { DestinationPolicy } from '../../model/traffic-policy.ts'
import type { Workload } from '../../model/workload.ts'
import { withAliases } from './aliases.ts'
import { withoutDelegates } from './delegates.ts'
import { withDistinctNames } from './distinct-workloads.ts'
import { attachRoutes } from './gateway-api/attach.ts'
import { withBackendTls } from './gateway-api/backend-tls.ts'
import { apiResources } from './gateway-api/resources.ts'
import { mergeDestinations } from './merge-destinations.ts'
import { mergeHosts } from './merge-hosts.ts'
import type { ResolvedResource } from './resolve.ts'
import { rooted } from './root-namespace.ts'
import { withExports } from './seen-from.ts'

/** What a resource means, kept as long as the resource: one that has not changed is not lowered again. */
const lowered = new WeakMap<ResolvedResource, Contribution>()

/**
 * The Mesh of all resources, each list in the order in which its nodes hold.
 *
 * @param previous an earlier Mesh: a list that has not changed stays the same object, and so does what was made from it
 */
export function lowerAll(
  resources: readonly ResolvedResource[],
  { domain, recording, caFile, ...wide }: Pick<Mesh, 'domain' | 'rootNamespaces' | 'recording' | 'caFile'>,
  previous?: Mesh,
): Mesh {
  const contributions = resources.map(resource => lowerOne(resource, { domain }))
  const all = <Field extends keyof Contribution>(field: Field, merge = unmerged): Mesh[Field] => {
    const list = merge(sorted<Node>(contributions.flatMap(contribution => contribution[field] ?? [])))
    return unchanged(list, previous?.[field]) as Mesh[Field]
  }
  const own = contributions.flatMap(contribution => contribution.settings ?? [])
  const { settings: held, rootNamespaces } = rooted({ ...wide, settings: sorted(own) })
  const settings = unchanged(held, previous?.settings) as Mesh['settings'] & {}
  const proxySetups = all('proxySetups') as readonly Node[]
  const seen = settingsOf({ settings, rootNamespaces })?.exportTo ?? {}
  const written = all('writtenEndpoints') as Mesh['writtenEndpoints'] & {}
  const services = all('services', nodes =>
    withAliases(mergeHosts(withExports(nodes as readonly Service[], seen.services))),
  ) as Mesh['services']
  const destinations = all('destinations', list =>
    mergeDestinations(withExports(list as readonly DestinationPolicy[], seen.destinations)),
  ) as Mesh['destinations']
  const api = apiResources(resources, { services, destinations, domain })
  const attached = api === undefined ? undefined : attachRoutes(api, previous)
  const before = previous === undefined ? {} : { previous: previous.services }
  const secured =
    api === undefined ? services : withBackendTls(services, api, { routings: attached?.routings ?? [], ...before })
  const more = (field: 'gateways' | 'routings', list: readonly Node[]) =>
    attached === undefined ? list : sorted<Node>([...list, ...attached[field]])
  return {
    domain,
    rootNamespaces: sameNames(rootNamespaces, previous?.rootNamespaces),
    ...(recording === undefined ? {} : { recording }),
    ...(caFile === undefined ? {} : { caFile }),
    namespaces: all('namespaces'),
    serviceAccounts: all('serviceAccounts'),
    services: unchanged(secured, previous?.services) as Mesh['services'],
    workloads: all('workloads', list => sorted(withDistinctNames(list as readonly Workload[]))),
    machines: all('machines'),
    ...(written.length === 0 ? {} : { writtenEndpoints: written }),
    gateways: all('gateways', list => more('gateways', list)),
    routings: all('routings', list =>
      more('routings', withoutDelegates(withExports(list as readonly HttpRouting[], seen.routings))),
    ),
    destinations,
    scopes: all('scopes'),
    peerPolicies: all('peerPolicies'),
    accessPolicies: all('accessPolicies'),
    tokenPolicies: all('tokenPolicies'),
    proxyPatches: all('proxyPatches'),
    proxyExtensions: all('proxyExtensions'),
    telemetries: all('telemetries'),
    ...(proxySetups.length === 0 ? {} : { proxySetups: proxySetups as Mesh['proxySetups'] & {} }),
    ...(settings.length === 0 ? {} : { settings }),
    ...(attached === undefined
      ? {}
      : { standings: unchanged(attached.standings, previous?.standings) as Mesh['standings'] & {} }),
  }
}

function lowerOne(resource: ResolvedResource, context: LowerContext): Contribution {
  const known = lowered.get(resource)
  if (known !== undefined) return known
  const contribution = resource.definition?.lower?.(resource.resource, context) ?? {}
  lowered.set(resource, contribution)
  return contribution
}

function unchanged(list: readonly Node[], before: readonly Node[] = []): readonly Node[] {
  return isSameList(list, before) ? before : list
}

function sameNames(names: readonly string[], before: readonly string[] = []): readonly string[] {
  return names.join() === before.join() ? before : names
}

function unmerged(nodes: readonly Node[]): readonly Node[] {
  return nodes
}

function sorted<T extends Node>(nodes: readonly T[]): T[] {
  return nodes.toSorted(byPrecedence)
}

function isSameList(a: readonly Node[], b: readonly Node[]): boolean {
  return a.length === b.length && a.every((node, index) => node === b[index])
}

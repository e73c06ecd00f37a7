/**
 * A complete bootstrap without a control plane, equal in effect to what xDS serves: route configurations stand inside
 * their listeners and so do extensions, endpoints inside their clusters. What `mesh build` writes and `envoy --mode validate` judges.
 */
import { type BootstrapOptions, bootstrapBase } from './bootstrap.ts'
import type { EnvoyResource, Message, XdsType } from './envoy-resource.ts'
import type { ProxyResources } from './proxy-resources.ts'

export function staticBootstrap(options: BootstrapOptions, resources: ProxyResources): Message {
  const all = [...resources.shared.flat(), ...resources.own]
  const routes = byName(all, 'route')
  const extensions = byName(all, 'extension')
  const endpoints = byName(all, 'endpoint')
  const values = (type: XdsType) => all.filter(resource => resource.type === type).sort(compareNames)
  return {
    ...bootstrapBase(options),
    static_resources: {
      listeners: values('listener').map(listener => inlined(listener.value, { routes, extensions })),
      clusters: values('cluster').map(cluster => withEndpoints(cluster.value, endpoints)),
    },
  }
}

function byName(resources: readonly EnvoyResource[], type: XdsType): ReadonlyMap<string, Message> {
  return new Map(resources.filter(resource => resource.type === type).map(resource => [resource.name, resource.value]))
}

function compareNames(a: EnvoyResource, b: EnvoyResource): number {
  return a.name < b.name ? -1 : 1
}

interface Parts {
  readonly routes: ReadonlyMap<string, Message>
  readonly extensions: ReadonlyMap<string, Message>
}

/** Replaces each `rds` and each `config_discovery` by what has its name, wherever it stands in the listener. */
function inlined(value: unknown, parts: Parts): unknown {
  if (Array.isArray(value)) return value.map(item => inlined(item, parts))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => {
    const known = key === 'config_discovery' ? parts.extensions.get(`${(value as Message)['name']}`) : undefined
    if (known !== undefined) return ['typed_config', known['typed_config']]
    if (key !== 'rds') return [key, inlined(member, parts)]
    const name = (member as { route_config_name: string }).route_config_name
    return ['route_config', parts.routes.get(name) ?? { name }]
  })
  return Object.fromEntries(entries)
}

function withEndpoints(cluster: Message, endpoints: ReadonlyMap<string, Message>): Message {
  if (cluster['type'] !== 'EDS') return cluster
  const { eds_cluster_config: eds, ...rest } = cluster
  const name = String((eds as Message)['service_name'])
  return { ...rest, type: 'STATIC', load_assignment: endpoints.get(name) ?? { cluster_name: name } }
}

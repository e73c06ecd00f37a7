/**
 * A complete bootstrap without a control plane, equal in effect to what xDS serves: route configurations stand inside
 * their listeners, endpoints inside their clusters. What `mesh build` writes and `envoy --mode validate` judges.
 */
import { type BootstrapOptions, bootstrapBase } from './bootstrap.ts'
import type { EnvoyResource, Message, XdsType } from './envoy-resource.ts'
import type { ProxyResources } from './proxy-resources.ts'

export function staticBootstrap(options: BootstrapOptions, resources: ProxyResources): Message {
  const all = [...resources.shared.flat(), ...resources.own]
  const routes = byName(all, 'route')
  const endpoints = byName(all, 'endpoint')
  const values = (type: XdsType) => all.filter(resource => resource.type === type).sort(compareNames)
  return {
    ...bootstrapBase(options),
    static_resources: {
      listeners: values('listener').map(listener => withRoutes(listener.value, routes)),
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

/** Replaces each `rds` by the route configuration of its name, wherever it stands in the listener. */
function withRoutes(value: unknown, routes: ReadonlyMap<string, Message>): unknown {
  if (Array.isArray(value)) return value.map(item => withRoutes(item, routes))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => {
    if (key !== 'rds') return [key, withRoutes(member, routes)]
    const name = (member as { route_config_name: string }).route_config_name
    return ['route_config', routes.get(name) ?? { name }]
  })
  return Object.fromEntries(entries)
}

function withEndpoints(cluster: Message, endpoints: ReadonlyMap<string, Message>): Message {
  if (cluster['type'] !== 'EDS') return cluster
  const { eds_cluster_config: _, ...rest } = cluster
  const name = String(cluster['name'])
  return { ...rest, type: 'STATIC', load_assignment: endpoints.get(name) ?? { cluster_name: name } }
}

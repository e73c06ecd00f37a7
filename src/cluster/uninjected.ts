/** Namespaces whose pods get no proxy because nobody has said that they should: easily forgotten. */
import { injectionLabel } from '../kinds/kubernetes/namespace.ts'
import type { Resource } from '../kinds/resource.ts'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'
import { holdsPod } from './inject/inject-resource.ts'
import { injectorName } from './install/values.ts'
import type { ApiObject } from './reflector.ts'

/** With one of these, whatever it says, a namespace has been thought of. */
const labels = [injectionLabel, 'meshwright.dev/rev', 'istio-injection', 'istio.io/rev']

/**
 * Of the namespaces that pods, or what makes them, were applied to, those that say nothing of proxies, where a control plane would give them
 * some. None where the cluster may not be asked.
 */
export async function uninjectedNamespaces(client: ClusterClient, resources: readonly Resource[]): Promise<string[]> {
  const withPods = resources.filter(({ kind }) => holdsPod(kind))
  const names = [...new Set(withPods.map(({ metadata }) => metadata.namespace ?? 'default'))].sort()
  const injector = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${injectorName}`
  if (names.length === 0 || (await found(client, injector)) === undefined) return []
  const namespaces = await Promise.all(names.map(name => found(client, `/api/v1/namespaces/${name}`)))
  return namespaces.flatMap(namespace => {
    if (namespace === undefined || labels.some(label => namespace.metadata.labels?.[label] !== undefined)) return []
    return [namespace.metadata.name]
  })
}

async function found(client: ClusterClient, path: string): Promise<ApiObject | undefined> {
  try {
    return (await client.call('GET', path)) as ApiObject
  } catch (error) {
    if (isApiError(error, 403, 404)) return undefined
    throw error
  }
}

import { startOf } from '../../diagnostics/span.ts'
import { kindOf } from '../../kinds/index.ts'
import { injectionLabel } from '../../kinds/kubernetes/namespace.ts'
import type { MetaMap, Resource } from '../../kinds/resource.ts'
import type { LoadedResource } from '../1-load/loaded.ts'

/**
 * Fills in the namespace of whatever names none, and writes each known kind in its first API version (Istio's v1beta1
 * and v1alpha3 hold the same fields as v1).
 */
export function withNamespaces(loaded: readonly LoadedResource[], namespace: string): LoadedResource[] {
  return loaded.map(item => {
    const resource = completed(namespace, item.resource)
    return resource === item.resource ? item : { ...item, resource }
  })
}

/** By resource: what is loaded again unchanged gives the same object again, and so does all that is made from it. */
const completedResources = new WeakMap<Resource, { readonly namespace: string; readonly resource: Resource }>()

function completed(namespace: string, resource: Resource): Resource {
  const known = completedResources.get(resource)
  if (known?.namespace === namespace) return known.resource
  const made = complete(namespace, resource)
  completedResources.set(resource, { namespace, resource: made })
  return made
}

function complete(namespace: string, resource: Resource): Resource {
  const definition = kindOf(resource)
  if (definition === undefined) return resource
  const { metadata } = resource
  const isComplete = !definition.namespaced || metadata.namespace !== undefined
  const apiVersion = definition.apiVersions[0]
  if (isComplete && resource.apiVersion === apiVersion) return resource
  return { ...resource, apiVersion, metadata: isComplete ? metadata : { ...metadata, namespace } }
}

/**
 * The namespace that mesh.config.ts names is part of the mesh, with the label by which its pods get proxies where the config
 * says so; a mesh that declares it itself may say otherwise.
 */
export function withDeclaredNamespace(
  loaded: readonly LoadedResource[],
  { namespace, injection }: { readonly namespace?: string; readonly injection?: boolean },
): readonly LoadedResource[] {
  if (namespace === undefined) return loaded
  const labels = injection === true ? { [injectionLabel]: 'enabled' } : undefined
  const isIt = ({ resource }: LoadedResource) => resource.kind === 'Namespace' && resource.metadata.name === namespace
  if (loaded.some(isIt))
    return labels === undefined ? loaded : loaded.map(item => (isIt(item) ? withLabels(item, labels) : item))
  const metadata = { name: namespace, ...(labels === undefined ? {} : { labels }) }
  const span = startOf('mesh.config.ts')
  return [...loaded, { resource: { apiVersion: 'v1', kind: 'Namespace', metadata }, span, spanAt: () => span }]
}

function withLabels(item: LoadedResource, labels: MetaMap): LoadedResource {
  const { resource } = item
  const metadata = { ...resource.metadata, labels: { ...labels, ...resource.metadata.labels } }
  return { ...item, resource: { ...resource, metadata } }
}

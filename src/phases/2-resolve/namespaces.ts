import { startOf } from '../../diagnostics/span.ts'
import { kindOf } from '../../kinds/index.ts'
import type { LoadedResource } from '../1-load/loaded.ts'

/**
 * Fills in the namespace of whatever names none, and writes each known kind in its first API version (Istio's v1beta1
 * and v1alpha3 hold the same fields as v1).
 */
export function withNamespaces(loaded: readonly LoadedResource[], namespace: string): LoadedResource[] {
  return loaded.map(item => {
    const definition = kindOf(item.resource)
    if (definition === undefined) return item
    const { metadata } = item.resource
    const isComplete = !definition.namespaced || metadata.namespace !== undefined
    const apiVersion = definition.apiVersions[0]
    if (isComplete && item.resource.apiVersion === apiVersion) return item
    return {
      ...item,
      resource: { ...item.resource, apiVersion, metadata: isComplete ? metadata : { ...metadata, namespace } },
    }
  })
}

/** The namespace that mesh.config.ts names is part of the mesh, unless the mesh declares it itself. */
export function declaredNamespace(loaded: readonly LoadedResource[], namespace: string | undefined): LoadedResource[] {
  if (namespace === undefined) return []
  if (loaded.some(({ resource }) => resource.kind === 'Namespace' && resource.metadata.name === namespace)) return []
  const span = startOf('mesh.config.ts')
  return [
    { resource: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, span, spanAt: () => span },
  ]
}

/** What is to be known before a mesh is applied, and after it: kinds that the cluster lacks, and what earlier ones have left. */
import { kinds } from '../kinds/index.ts'
import { type Resource, resourceKey } from '../kinds/resource.ts'
import { isApiError } from './api-error.ts'
import { ApiPaths, collectionPath } from './api-paths.ts'
import { definedKind } from './apply.ts'
import type { ClusterClient } from './client.ts'
import { listOf } from './install/existing.ts'
import type { ApiObject } from './reflector.ts'

/** Kinds that the cluster does not serve and that are not among what is applied, in the order of the resources. */
export async function unservedKinds(client: ClusterClient, resources: readonly Resource[]): Promise<string[]> {
  const paths = new ApiPaths(client)
  const coming = new Set(resources.filter(({ kind }) => kind === 'CustomResourceDefinition').map(definedKind))
  const wanted = new Map(resources.map(({ apiVersion, kind }) => [`${apiVersion}/${kind}`, { apiVersion, kind }]))
  const answers = await Promise.all(
    [...wanted.values()].map(async ({ apiVersion, kind }) =>
      coming.has(`${apiVersion.split('/')[0]}/${kind}`) || (await paths.served(apiVersion, kind)) !== undefined
        ? []
        : [kind],
    ),
  )
  return answers.flat()
}

/** Objects of a collection; none where we may not look. */
async function readable(client: ClusterClient, path: string): Promise<ApiObject[]> {
  try {
    return await listOf(client, path)
  } catch (error) {
    if (isApiError(error, 403)) return []
    throw error
  }
}

/**
 * Resources in the namespaces of these that the same manager applied earlier, and that are not among them: taken out of a
 * source, or of another mesh in the same namespace.
 */
export async function leftBehind(
  client: ClusterClient,
  resources: readonly Resource[],
  fieldManager: string,
): Promise<Resource[]> {
  const paths = new ApiPaths(client)
  const known = new Set(resources.map(resourceKey))
  const namespaces = [...new Set(resources.flatMap(({ metadata }) => metadata.namespace ?? []))].sort()
  const found = await Promise.all(
    kinds
      // Secrets are not read for their names alone.
      .filter(({ namespaced, kind }) => namespaced && kind !== 'Secret')
      .flatMap(({ kind, apiVersions }) =>
        namespaces.map(async namespace => {
          const served = await paths.firstServed(apiVersions, kind)
          const apiVersion = served?.apiVersion ?? apiVersions[0]
          const objects = served === undefined ? [] : await readable(client, collectionPath(served, namespace))
          return objects
            .filter(({ metadata }) => metadata.managedFields?.some(({ manager }) => manager === fieldManager))
            .map(({ metadata: { name } }) => ({ apiVersion, kind, metadata: { name, namespace } }))
        }),
      ),
  )
  return found.flat().filter(resource => !known.has(resourceKey(resource)))
}

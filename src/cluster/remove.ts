/** Deletes resources, the other way round than they were applied. */
import type { Resource } from '../kinds/resource.ts'
import { ApiError, isApiError } from './api-error.ts'
import { ApiPaths } from './api-paths.ts'
import { stageList } from './apply.ts'
import type { ClusterClient } from './client.ts'

export interface RemovalEntry {
  readonly resource: Resource
  readonly action: 'deleted' | 'absent' | 'failed'
  readonly error?: ApiError
}

export async function removeAll(
  client: ClusterClient,
  resources: readonly Resource[],
  options: { readonly namespace: string; readonly onEntry?: (entry: RemovalEntry) => void },
): Promise<RemovalEntry[]> {
  const paths = new ApiPaths(client)
  const entries: RemovalEntry[] = []
  for (const stage of stageList(resources).reverse()) {
    for (const resource of stage.toReversed()) {
      const entry = await removeOne(client, resource, await paths.pathOf(resource, options.namespace))
      options.onEntry?.(entry)
      entries.push(entry)
    }
  }
  return entries
}

async function removeOne(client: ClusterClient, resource: Resource, path: string | undefined): Promise<RemovalEntry> {
  if (path === undefined) return { resource, action: 'absent' }
  try {
    // Gone at once, and what depends on it after it: whoever installs again does not meet what is about to go.
    await client.call('DELETE', path, { query: { propagationPolicy: 'Background' } })
    return { resource, action: 'deleted' }
  } catch (error) {
    if (isApiError(error, 404)) return { resource, action: 'absent' }
    if (error instanceof ApiError) return { resource, action: 'failed', error }
    throw error
  }
}

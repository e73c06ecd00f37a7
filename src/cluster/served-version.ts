/**
 * In which version a kind of ours is read: definitions of others may serve earlier ones alone, or none that is known here.
 *
 * That one is not served is the collection's own word: discovery lags behind definitions, and a server that is only starting would
 * seem to have lost them.
 */
import type { KindDefinition } from '../kinds/definition.ts'
import { isObject } from '../util/is-object.ts'
import { ApiPaths } from './api-paths.ts'
import type { ClusterClient } from './client.ts'
import { plural } from './install/crds.ts'
import type { ApiObject } from './reflector.ts'

type Versioned = Pick<KindDefinition, 'kind' | 'apiVersions'>

/** Paths of all objects of a kind, one for each of our versions, the first that we would read it in first. */
export function collectionsOf({ kind, apiVersions }: Versioned): readonly string[] {
  return apiVersions.map(apiVersion => `/apis/${apiVersion}/${plural(kind)}`)
}

/** All objects of a kind, with kind and version, which lists leave out; none where no version of ours is served. */
export async function objectsOfKind(client: ClusterClient, definition: Versioned): Promise<ApiObject[]> {
  const { kind, apiVersions } = definition
  for (const [index, path] of collectionsOf(definition).entries()) {
    const list = await client.find<object>(path)
    if (list === undefined) continue
    const items = isObject(list) && Array.isArray(list['items']) ? list['items'] : []
    const found = items.filter((item): item is ApiObject => isObject(item) && isObject(item['metadata']))
    return found.map(object => ({ ...object, kind, apiVersion: apiVersions[index]! }))
  }
  return []
}

/** Versions in which a kind is served, and that are none of ours. */
export async function unknownVersions(client: ClusterClient, { kind, apiVersions }: Versioned): Promise<string[]> {
  const group = await client.find<object>(`/apis/${apiVersions[0].split('/')[0]}`)
  const listed = isObject(group) && Array.isArray(group['versions']) ? group['versions'].filter(isObject) : []
  const others = listed.map(({ groupVersion }) => String(groupVersion)).filter(each => !apiVersions.includes(each))
  const paths = new ApiPaths(client)
  const found = await Promise.all(others.map(version => paths.served(version, kind)))
  return found.flatMap(served => (served === undefined ? [] : [served.apiVersion]))
}

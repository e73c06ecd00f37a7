/** The one ConfigMap of each namespace that may hold what is set for the mesh; others are nobody's business here. */
import { meshConfigName } from '../kinds/istio/mesh-config-text.ts'
import { isObject } from '../util/is-object.ts'
import type { ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

export const settingsPath = '/api/v1/configmaps'
export const settingsSelector = `metadata.name=${meshConfigName}`

/** With kind and version, which lists leave out. */
export function asSettings(object: ApiObject): ApiObject {
  return { ...object, kind: 'ConfigMap', apiVersion: 'v1' }
}

/** All of them. */
export async function readSettings(client: ClusterClient): Promise<ApiObject[]> {
  const list = await client.call('GET', settingsPath, { query: { fieldSelector: settingsSelector } })
  const items = isObject(list) && Array.isArray(list['items']) ? (list['items'] as ApiObject[]) : []
  return items.map(asSettings)
}

/** Which path a resource has: what the API server's discovery says, asked once for each group and version. */
import type { Resource } from '../kinds/resource.ts'
import { isObject } from '../util/is-object.ts'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'

/** One kind as an API server serves it. */
export interface ServedKind {
  readonly kind: string
  readonly apiVersion: string
  /** The plural, as it stands in paths. */
  readonly plural: string
  readonly isNamespaced: boolean
}

export class ApiPaths {
  readonly #client: ClusterClient
  readonly #groups = new Map<string, Promise<readonly ServedKind[]>>()

  constructor(client: ClusterClient) {
    this.#client = client
  }

  /** @returns undefined where the server does not know the kind */
  async served(apiVersion: string, kind: string): Promise<ServedKind | undefined> {
    const known = this.#groups.get(apiVersion) ?? this.#discover(apiVersion)
    this.#groups.set(apiVersion, known)
    const kinds = await known
    const found = kinds.find(served => served.kind === kind)
    // A kind may be installed while we run: what was not there is looked for again.
    if (found === undefined) this.#groups.delete(apiVersion)
    return found
  }

  /** A kind in the first of these versions that the server knows it in. */
  async firstServed(apiVersions: readonly string[], kind: string): Promise<ServedKind | undefined> {
    for (const apiVersion of apiVersions) {
      const found = await this.served(apiVersion, kind)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The resource's own path; undefined where the server does not know its kind. */
  async pathOf({ apiVersion, kind, metadata }: Resource, namespace: string): Promise<string | undefined> {
    const served = await this.served(apiVersion, kind)
    return served === undefined
      ? undefined
      : `${collectionPath(served, metadata.namespace ?? namespace)}/${encodeURIComponent(metadata.name)}`
  }

  async #discover(apiVersion: string): Promise<readonly ServedKind[]> {
    try {
      const answer = await this.#client.call('GET', groupPath(apiVersion))
      const resources =
        isObject(answer) && Array.isArray(answer['resources']) ? answer['resources'].filter(isObject) : []
      return resources
        .filter(({ name }) => typeof name === 'string' && !name.includes('/'))
        .map(({ name, kind, namespaced }) => ({
          kind: String(kind),
          apiVersion,
          plural: String(name),
          isNamespaced: namespaced === true,
        }))
    } catch (error) {
      this.#groups.delete(apiVersion)
      if (isApiError(error, 404)) return []
      throw error
    }
  }
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

/** Path of a kind's objects: in one namespace, or in all where none is given. */
export function collectionPath({ apiVersion, plural, isNamespaced }: ServedKind, namespace?: string): string {
  const scope = isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${groupPath(apiVersion)}${scope}/${plural}`
}

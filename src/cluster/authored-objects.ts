/** What people have put into a cluster for a mesh to be made of: without what controllers made, and what a cluster comes with. */
import { kinds } from '../kinds/index.ts'
import { meshConfigName } from '../kinds/istio/mesh-config-text.ts'
import { isObject } from '../util/is-object.ts'
import { ApiPaths, collectionPath } from './api-paths.ts'
import type { ClusterClient } from './client.ts'
import type { ApiObject } from './reflector.ts'

/** An object with kind and version, which lists leave out. */
export type AuthoredObject = ApiObject & { readonly kind: string; readonly apiVersion: string }

/**
 * Of these, most often a controller or a tool has made what there is, or it is over once it has run; some are the cluster's and not
 * a mesh's; and Secrets are nobody's business.
 */
const unread: ReadonlySet<string> = new Set([
  'Endpoints',
  'EndpointSlice',
  'Job',
  'MutatingWebhookConfiguration',
  'Node',
  'Pod',
  'Secret',
  'ValidatingWebhookConfiguration',
])

const readKinds = kinds.filter(({ kind }) => !unread.has(kind))

/** So many objects are asked for at once. */
const pageSize = 500

/**
 * @param namespace absent: all
 * @throws ApiError with the server's own words
 */
export async function authoredObjects(client: ClusterClient, namespace?: string): Promise<AuthoredObject[]> {
  const paths = new ApiPaths(client)
  const lists: AuthoredObject[] = []
  for (const { kind, apiVersions } of readKinds) {
    const served = await paths.firstServed(apiVersions, kind)
    if (served === undefined) continue
    // Of what has no namespace, one namespace has itself alone.
    if (namespace !== undefined && !served.isNamespaced && kind !== 'Namespace') continue
    const { apiVersion } = served
    const found = await listed(client, collectionPath(served, namespace))
    lists.push(...found.map(object => ({ ...object, kind, apiVersion })))
  }
  const isThere = ({ kind, metadata }: AuthoredObject) =>
    namespace === undefined || kind !== 'Namespace' || metadata.name === namespace
  return lists.filter(object => isThere(object) && isAuthored(object))
}

async function listed(client: ClusterClient, path: string): Promise<ApiObject[]> {
  const all: ApiObject[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = { limit: pageSize, ...(next === '' ? {} : { continue: next }) }
    const answer: unknown = await client.call('GET', path, { query })
    const items = isObject(answer) && Array.isArray(answer['items']) ? answer['items'] : []
    all.push(...items.filter((item): item is ApiObject => isObject(item) && isObject(item['metadata'])))
    const metadata = isObject(answer) && isObject(answer['metadata']) ? answer['metadata'] : {}
    next = typeof metadata['continue'] === 'string' && metadata['continue'] !== '' ? metadata['continue'] : undefined
  }
  return all
}

const systemNamespaces: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease'])

/** What every cluster has. */
const builtIn: ReadonlySet<string> = new Set(['Namespace default', 'Service default/kubernetes'])

function isAuthored({ kind, metadata }: AuthoredObject): boolean {
  const { name, namespace, labels = {}, ownerReferences } = metadata
  const key = namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
  if (systemNamespaces.has(kind === 'Namespace' ? name : (namespace ?? '')) || builtIn.has(key)) return false
  if (kind === 'ServiceAccount' && name === 'default') return false
  if (Array.isArray(ownerReferences) && ownerReferences.length > 0) return false
  // Others hold anything, and what the mesh is set to is in this one.
  if (kind === 'ConfigMap') return name === meshConfigName
  // What an installation of a mesh is made of is its installer's.
  return labels['app.kubernetes.io/part-of'] !== 'meshwright' && labels['operator.istio.io/component'] === undefined
}

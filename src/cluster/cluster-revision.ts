/** The revision that a cluster's own objects make. */
import { compileResources } from '../compile.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import { startOf } from '../diagnostics/span.ts'
import { type Resource, resourceKey } from '../kinds/resource.ts'
import type { Recording } from '../model/recording.ts'
import type { LoadedResource } from '../phases/1-load/loaded.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import { isGatewayApi, oursAmong } from './gateway-api-owner.ts'
import type { ApiObject } from './reflector.ts'
import { type ObservedWorkload, workloadResource } from './workloads-of-pods.ts'

export interface ClusterObjects {
  readonly services: Iterable<ApiObject>
  /** By their labels, listeners of the Gateway API say whose routes they take. */
  readonly namespaces: Iterable<ApiObject>
  /** Objects of the kinds that the compiler knows, with kind and version. */
  readonly configs: readonly ApiObject[]
  readonly workloads: readonly ObservedWorkload[]
  readonly domain: string
  readonly systemNamespace: string
  readonly recording?: Recording
  readonly caFile?: string
  readonly previous?: Resolved
}

/** Objects that have errors are left out and named; all others hold. */
export function compileCluster(objects: ClusterObjects): Outcome<Resolved> {
  const { services, workloads, domain, systemNamespace, recording, caFile, previous } = objects
  // Other controllers' objects may be of a later version of the API, and wrong by what is known here.
  const ours = oursAmong(objects.configs)
  const configs = objects.configs.filter(object => !isGatewayApi(object) || ours.has(object))
  const found = [
    ...[...services].map(service => ({ ...service, apiVersion: 'v1', kind: 'Service' })),
    ...(configs.some(selectsNamespaces) ? [...objects.namespaces].map(labelled) : []),
    ...configs,
  ]
  const resources = [...found.map(bare), ...workloads.map(workloadResource)]
  return compileResources({
    resources: resources.map(loaded),
    domain,
    // Existing policies for a whole mesh lie in Istio's namespace.
    rootNamespaces: [...new Set([systemNamespace, 'istio-system'])],
    ...(recording === undefined ? {} : { recording }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(previous === undefined ? {} : { previous }),
  })
}

/** Does it ask for labels of namespaces? Where nothing does, a label that changes is no other revision. */
function selectsNamespaces(object: ApiObject): boolean {
  const isAsking = object.kind === 'Gateway' || object.kind === 'ListenerSet'
  return isAsking && isGatewayApi(object) && JSON.stringify(object['spec'] ?? {}).includes('"from":"Selector"')
}

function labelled({ metadata: { name, labels } }: ApiObject): ApiObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...(labels === undefined ? {} : { labels }) } }
}

/** What an object means, without what the API server notes on it: a status that changes is no other revision. */
function bare({ apiVersion, kind, metadata, spec, data }: ApiObject): Resource {
  const { name, namespace, labels, annotations, creationTimestamp } = metadata
  return {
    apiVersion: apiVersion ?? '',
    kind: kind ?? '',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    ...(spec === undefined ? {} : { spec }),
    ...(data === undefined ? {} : { data }),
  }
}

/** Nobody's file: findings name the object. */
function loaded(resource: Resource): LoadedResource {
  const span = startOf(`cluster: ${resourceKey(resource)}`)
  return { resource, span, spanAt: () => span }
}

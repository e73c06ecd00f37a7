/**
 * Pods that ServiceEntries select: Kubernetes makes EndpointSlices for Services alone, so they are found here, by the same
 * rule, that a pod which is ready takes traffic.
 */
import { selects } from '../model/node.ts'
import type { ObservedEndpoint } from '../model/placement.ts'
import { hostKey, type Service } from '../model/service.ts'
import { hasSidecar, isReady, localityOf, type PodObject } from './objects.ts'
import type { ApiObject } from './reflector.ts'
import type { ObservedWorkload } from './workloads-of-pods.ts'

export interface ObservedPods {
  readonly pods: ReadonlyMap<string, PodObject>
  /** By name. */
  readonly nodes: ReadonlyMap<string, ApiObject>
  /** By pod's key. */
  readonly workloads: ReadonlyMap<string, ObservedWorkload>
}

/** By `hostKey`: the endpoints of each service of these that selects pods and is none of Kubernetes'. */
export function selectedPods(
  services: readonly Service[],
  observed: ObservedPods,
): (readonly [key: string, endpoints: readonly ObservedEndpoint[]])[] {
  const selecting = services.filter(({ entry, selector }) => entry !== undefined && Object.keys(selector).length > 0)
  if (selecting.length === 0) return []
  const ready = [...observed.pods].filter(([, pod]) => isReady(pod))
  const byNamespace = Map.groupBy(ready, ([, { metadata }]) => metadata.namespace ?? 'default')
  return selecting.map(service => {
    const pods = (byNamespace.get(service.namespace) ?? []).filter(([, { metadata }]) =>
      selects(service.selector, metadata.labels ?? {}),
    )
    const endpoints = pods.flatMap(([key, pod]) => endpointOf(key, pod, service, observed))
    return [hostKey(service), endpoints.sort((a, b) => (a.address < b.address ? -1 : 1))]
  })
}

function endpointOf(
  key: string,
  pod: PodObject,
  { ports }: Service,
  { nodes, workloads }: ObservedPods,
): ObservedEndpoint[] {
  const address = pod.status?.podIP
  if (address === undefined) return []
  const node = nodes.get(pod.spec?.nodeName ?? '')
  const locality = node === undefined ? undefined : localityOf(node)
  const found = workloads.get(key)
  return [
    {
      address,
      ports: Object.fromEntries(
        ports.flatMap(({ name, targetPort }) => (typeof targetPort === 'number' ? [[name, targetPort] as const] : [])),
      ),
      ...(locality === undefined ? {} : { locality }),
      ...(found === undefined
        ? {}
        : {
            workload: {
              name: found.name,
              namespace: found.namespace,
              labels: found.labels,
              serviceAccount: found.serviceAccount,
            },
          }),
      hasSidecar: hasSidecar(pod),
    },
  ]
}

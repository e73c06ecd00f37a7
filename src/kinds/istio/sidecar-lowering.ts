import type { EgressHost } from '../../model/scope.ts'
import { at, type Contribution, nodeOf, qualifyHost } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type { Sidecar } from './sidecar.ts'

export function lowerSidecar(resource: Resource, { domain }: { readonly domain: string }): Contribution {
  const spec = (resource as unknown as Sidecar).spec
  const node = nodeOf(resource)
  const selector = spec.workloadSelector?.labels
  const egress = (spec.egress ?? [{ hosts: ['*/*'] }]).flatMap((listener, listenerIndex) =>
    listener.hosts.map((host, index) =>
      lowerHost(host, {
        namespace: node.namespace,
        domain,
        place: at(resource, `/spec/egress/${listenerIndex}/hosts/${index}`),
      }),
    ),
  )
  return { scopes: [{ ...node, ...(selector === undefined ? {} : { selector }), egress }] }
}

function lowerHost(
  text: string,
  from: { readonly namespace: string; readonly domain: string; readonly place: string },
): EgressHost {
  const slash = text.indexOf('/')
  const prefix = slash < 0 ? '.' : text.slice(0, slash)
  const namespace = prefix === '.' ? from.namespace : prefix
  const host = text.slice(slash + 1)
  return { namespace, host: host === '*' ? '*' : qualifyHost(host, namespace, from.domain), at: from.place }
}

import type { Node } from '../../model/node.ts'
import { type EgressHost, passedHosts, refusedHosts, type UnknownHosts } from '../../model/scope.ts'
import { at, type Contribution, nodeOf, qualifyHost } from '../definition.ts'
import type { Resource } from '../resource.ts'
import type { OutboundTrafficPolicy, Sidecar } from './sidecar.ts'
import { lowerInbound } from './sidecar-ingress-lowering.ts'

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
  const policy = spec.outboundTrafficPolicy
  const place = at(resource, '/spec/outboundTrafficPolicy/egressProxy')
  const unknown = policy === undefined ? {} : { unknownHosts: lowerUnknownHosts(policy, { domain, node, place }) }
  return {
    scopes: [
      { ...node, ...(selector === undefined ? {} : { selector }), egress, ...unknown, ...lowerInbound(spec, resource) },
    ],
  }
}

/** Without a mode only what is declared may be called (Istio's default, where there is a policy at all). */
function lowerUnknownHosts(
  { mode, egressProxy }: OutboundTrafficPolicy,
  { domain, node, place }: { readonly domain: string; readonly node: Node; readonly place: string },
): UnknownHosts {
  if (mode !== 'ALLOW_ANY') return refusedHosts
  if (egressProxy?.port?.number === undefined) return passedHosts
  const { host, port, subset } = egressProxy
  return {
    kind: 'proxied',
    host: qualifyHost(host, node.namespace, domain),
    port: port.number!,
    ...(subset === undefined ? {} : { subset }),
    at: place,
  }
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

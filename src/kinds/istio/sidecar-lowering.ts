import type { Node } from '../../model/node.ts'
import {
  type EgressHost,
  type EgressListener,
  passedHosts,
  refusedHosts,
  type UnknownHosts,
} from '../../model/scope.ts'
import { at, type Contribution, nodeOf, qualifyHost } from '../definition.ts'
import type { Resource } from '../resource.ts'
import { protocols } from './protocols.ts'
import type { IstioEgressListener, OutboundTrafficPolicy, Sidecar } from './sidecar.ts'
import { lowerInbound } from './sidecar-ingress-lowering.ts'

export function lowerSidecar(resource: Resource, { domain }: { readonly domain: string }): Contribution {
  const spec = (resource as unknown as Sidecar).spec
  const node = nodeOf(resource)
  const selector = spec.workloadSelector?.labels
  // None at all is as none said (Istio's rule).
  const own = spec.egress === undefined || spec.egress.length === 0 ? everything : spec.egress
  const hostsOf = ({ hosts, port }: IstioEgressListener, index: number, isApart: boolean) =>
    hosts.map(
      (host, at_): EgressHost => ({
        ...lowerHost(host, {
          namespace: node.namespace,
          domain,
          place: at(resource, `/spec/egress/${index}/hosts/${at_}`),
        }),
        ...(port?.number === undefined || isApart ? {} : { port: port.number }),
      }),
    )
  const egress = own.flatMap((listener, index) => (isApart(listener) ? [] : hostsOf(listener, index, false)))
  const listeners = own.flatMap((listener, index) => {
    const place = at(resource, `/spec/egress/${index}`)
    return isApart(listener)
      ? [lowerApart(listener, hostsOf(listener, index, true), place)]
      : lowerListener(listener, place)
  })
  const found = listeners.length === 0 ? {} : { listeners }
  const policy = spec.outboundTrafficPolicy
  const place = at(resource, '/spec/outboundTrafficPolicy/egressProxy')
  const unknown = policy === undefined ? {} : { unknownHosts: lowerUnknownHosts(policy, { domain, node, place }) }
  return {
    scopes: [
      {
        ...node,
        ...(selector === undefined ? {} : { selector }),
        egress,
        ...found,
        ...unknown,
        ...lowerInbound(spec, resource),
      },
    ],
  }
}

const everything: readonly IstioEgressListener[] = [{ hosts: ['*/*'] }]

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

/** Is it for all ports of its hosts? Then it has an address of its own in any case. */
function isApart({ bind, port }: IstioEgressListener): boolean {
  return bind?.startsWith('unix://') === true || port?.protocol?.toUpperCase() === 'HTTP_PROXY'
}

function lowerApart(
  { bind = '', port }: IstioEgressListener,
  hosts: readonly EgressHost[],
  place: string,
): EgressListener {
  const socket = bind.startsWith('unix://') ? bind.slice('unix://'.length) : undefined
  const carries = protocols.get((port?.protocol ?? 'HTTP').toUpperCase()) === 'http' ? 'http' : 'tcp'
  return {
    ...(port?.number === undefined || socket !== undefined ? {} : { port: port.number }),
    ...(bind === '' || socket !== undefined ? {} : { bind }),
    isBound: true,
    apart: { hosts, carries, ...(socket === undefined ? {} : { socket }) },
    at: place,
  }
}

/** Nothing of one that says only whom workloads call. */
function lowerListener({ port, bind, captureMode }: IstioEgressListener, place: string): EgressListener[] {
  const isBound = captureMode === 'NONE'
  if ((bind === undefined || bind === '') && !isBound) return []
  return [
    {
      ...(port?.number === undefined ? {} : { port: port.number }),
      ...(bind === undefined || bind === '' ? {} : { bind }),
      isBound,
      at: place,
    },
  ]
}

function lowerHost(
  text: string,
  from: { readonly namespace: string; readonly domain: string; readonly place: string },
): EgressHost {
  const slash = text.indexOf('/')
  const prefix = slash < 0 ? '.' : text.slice(0, slash)
  const namespace = prefix === '.' ? from.namespace : prefix
  const host = text.slice(slash + 1)
  const isOwn = prefix === '.' ? { isOwn: true as const } : {}
  return { ...isOwn, namespace, host: host === '*' ? '*' : qualifyHost(host, namespace, from.domain), at: from.place }
}

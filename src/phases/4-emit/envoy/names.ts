/**
 * Names of Envoy's resources, as istiod makes them: EnvoyFilters match on them, and dashboards parse them.
 */
import type { Carried } from '../../../model/gateway.ts'
import { isWildcard } from '../../../model/host-entry.ts'
import type { Address } from '../../../model/placement.ts'
import type { Alias, Service, ServicePort } from '../../../model/service.ts'

export function outboundCluster(host: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${host}`
}

/** The server name that one proxy asks another for: what a gateway between clusters goes by. */
export function meshServerName(host: string, port: number, subset = ''): string {
  return `outbound_.${port}_.${subset}_.${host}`
}

/** The host of a cluster that `outboundCluster` named. */
export function hostOfCluster(name: string): string {
  return name.slice(name.lastIndexOf('|') + 1)
}

export function inboundCluster(port: number): string {
  return `inbound|${port}||`
}

export function listenerName({ address, port, transport }: Address & Carried): string {
  return `${transport === 'UDP' ? 'udp_' : ''}${address}_${port}`
}

/** The cluster of a route for datagrams. istiod has none; this is not of its form, for it stands for no host. */
export function datagramCluster({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `udproute/${namespace}/${name}`
}

/** Routes of a gateway's plain servers at one port, or at one address of it. */
export function plainRoutesName(port: number, bind?: string): string {
  return bind === undefined ? `http.${port}` : `http.${port}.${bind}`
}

export function virtualHostName(host: string, port: number): string {
  return `${host}:${port}`
}

/** API path of an Istio object, which istiod leaves in the metadata of what it made from it. */
export function apiPath(kind: string, node: { readonly namespace: string; readonly name: string }): string {
  return `/apis/networking.istio.io/v1/namespaces/${node.namespace}/${kind}/${node.name}`
}

/**
 * The names under which callers of `namespace` reach a service (istiod's rule): fully qualified with and without the
 * final dot, with and without suffixes, and bare only within its own namespace; a declared host by nothing else.
 */
export function domainsOf(service: Service, namespace: string): string[] {
  const { host, entry, aliases = [] } = service
  const own = entry === undefined ? kubernetesNames(service, namespace) : isWildcard(host) ? [host] : [host, `${host}.`]
  return aliases.length === 0
    ? own
    : [...new Set([...own, ...aliases.flatMap(alias => kubernetesNames(alias, namespace))])]
}

function kubernetesNames({ name, namespace, host }: Alias, from: string): string[] {
  return [host, `${host}.`, ...(namespace === from ? [name] : []), `${name}.${namespace}`, `${name}.${namespace}.svc`]
}

/** Operation name of a route's spans. */
export function operation(service: Service, port: ServicePort): string {
  return `${service.host}:${port.number}/*`
}

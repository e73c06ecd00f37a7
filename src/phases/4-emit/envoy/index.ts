/**
 * The Envoy target: what each proxy of a mesh is configured with.
 *
 * One file for each xDS type; HTTP filters are an ordered table in filters/. Knows the Mesh and where things run, and
 * nothing of how configuration gets to a proxy.
 */
import type { Mesh } from '../../../model/mesh.ts'
import type { Labels } from '../../../model/node.ts'
import type { BoundServer, Placement, ProxyPlacement } from '../../../model/placement.ts'
import type { EnvoyResource, Message } from './envoy-resource.ts'
import { gatewayOf, portsOf } from './gateway-proxies.ts'
import { indexMesh, workloadOf } from './index-mesh.ts'
import { type ProxyResources, proxyResources } from './proxy-resources.ts'
import { staticBootstrap } from './static-bootstrap.ts'

export { type AllocateOptions, allocate } from './allocate.ts'
export type { AppProbe } from './app-probes.ts'
export { type AdminAddress, type BootstrapOptions, dynamicBootstrap, nodeId, type XdsSource } from './bootstrap.ts'
export { authoritiesName, type Credential, credentialName } from './credentials.ts'
export type { EnvoyResource, Message, NeededType, XdsType } from './envoy-resource.ts'
export { type Handling, handlingOf } from './gateway-listeners.ts'
export { scopeFor } from './index-mesh.ts'
export { prefersAnyByPlace, sharesAnyByZone } from './locality-groups.ts'
export { type MachineBootstrapOptions, machineBootstrap } from './machine-bootstrap.ts'
export { hostOfCluster } from './names.ts'
export { patchFindings } from './nothing-patched.ts'
export { type ProxyIdentity, placeCaller, placeProxy } from './place-proxy.ts'
export { plainTextFindings, secretFindings } from './plain-text.ts'
export { drainTarget, farewellPath, podBootstrapArgument, podVariables, tokenDiscovery } from './pod-bootstrap.ts'
export { proxyCredentials } from './proxy-credentials.ts'
export type { ProxyResources } from './proxy-resources.ts'
export { proxySource, proxySource6, proxyUser, redirectPorts } from './redirect-ports.ts'

/** The resources of one proxy. */
export function emitProxy(mesh: Mesh, placement: Placement, proxy: ProxyPlacement): ProxyResources {
  return proxyResources(proxy, { index: indexMesh(mesh), placement })
}

/** Labels of a proxy: its workload's, or those that its gateways select by. */
export function labelsOf(mesh: Mesh, proxy: ProxyPlacement): Labels {
  const index = indexMesh(mesh)
  const known = proxy.kind === 'router' ? gatewayOf(index, proxy) : workloadOf(index, proxy)
  return known?.labels ?? proxy.labels ?? {}
}

/** The ports that a gateway proxy of these labels opens, ascending. */
export function gatewayPorts(
  mesh: Mesh,
  proxy: Pick<ProxyPlacement, 'name' | 'namespace' | 'labels'>,
): Omit<BoundServer, 'listen'>[] {
  const gateway = gatewayOf(indexMesh(mesh), proxy)
  return gateway === undefined ? [] : portsOf(gateway).map(({ servers: _, ...port }) => port)
}

/** Account that a proxy runs under: its workload's, or for gateways one of its own name. */
export function serviceAccountOf(mesh: Mesh, proxy: ProxyPlacement): string {
  return workloadOf(indexMesh(mesh), proxy)?.serviceAccount ?? proxy.name
}

/** A file for each proxy, by `name.namespace`: complete static bootstraps. */
export function emitBootstraps(mesh: Mesh, placement: Placement): ReadonlyMap<string, Message> {
  const proxies = Object.entries(placement.proxies).sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(
    proxies.map(([name, proxy]) => {
      return [
        name,
        staticBootstrap(
          { proxy, domain: mesh.domain, labels: labelsOf(mesh, proxy) },
          emitProxy(mesh, placement, proxy),
        ),
      ]
    }),
  )
}

/** All resources of a proxy in one list. */
export function allResources(resources: ProxyResources): EnvoyResource[] {
  return [...resources.shared.flat(), ...resources.own]
}

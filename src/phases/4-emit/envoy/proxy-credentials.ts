/** The Secrets of a cluster that one proxy needs, and no others. */
import type { Mesh } from '../../../model/mesh.ts'
import { selects } from '../../../model/node.ts'
import type { Placement, ProxyPlacement } from '../../../model/placement.ts'
import { memo } from '../../../util/memo.ts'
import { credentialsIn, shownCredential } from './client-tls.ts'
import { type Credential, credentialName } from './credentials.ts'
import { type GatewayProxy, gatewayOf } from './gateway-proxies.ts'
import { serverCredentials } from './gateway-tls.ts'
import { indexMesh, workloadOf } from './index-mesh.ts'
import { proxyResources } from './proxy-resources.ts'
import { viewOf } from './view.ts'

/**
 * What a gateway ends TLS with, and what it and sidecars call others with: gateways by any rule for what their routes lead to, sidecars
 * by rules that pick them (Istio's rule).
 */
export function proxyCredentials(mesh: Mesh, placement: Placement, proxy: ProxyPlacement): readonly Credential[] {
  const index = indexMesh(mesh)
  const naming = namingSecrets(mesh.destinations)
  if (proxy.kind === 'sidecar') {
    const { namespace, labels = {} } = workloadOf(index, proxy) ?? proxy
    return naming
      .filter(({ selector, ...from }) => from.namespace === namespace && selector && selects(selector, labels))
      .flatMap(credentialsIn)
  }
  const gateway = gatewayOf(index, proxy)
  if (gateway === undefined) return []
  const served = serverCredentials(gateway.gateways)
  return naming.length === 0 && !showing(mesh.services)
    ? served
    : [...served, ...calledWith(gateway, proxy, { mesh, placement })]
}

const namingSecrets = memo((destinations: Mesh['destinations']) =>
  destinations.filter(destination => credentialsIn(destination).length > 0),
)

const showing = memo((services: Mesh['services']) => services.some(service => service.shownCertificates !== undefined))

/** Of rules that it sees, and of what Gateways show: those for clusters that it has. */
function calledWith(
  gateway: GatewayProxy,
  proxy: ProxyPlacement,
  { mesh, placement }: { readonly mesh: Mesh; readonly placement: Placement },
): readonly Credential[] {
  const index = indexMesh(mesh)
  const { services } = viewOf(index.routing, gateway, undefined)
  const named = services.flatMap(({ service: { shownCertificates = [] }, destination }) => [
    ...(destination === undefined ? [] : credentialsIn(destination)),
    ...shownCertificates.map(shownCredential),
  ])
  if (named.length === 0) return []
  const { shared, own } = proxyResources(proxy, { index, placement })
  const clusters = [...shared.flat(), ...own].filter(({ type }) => type === 'cluster')
  const asked = new Set(clusters.flatMap(({ needs }) => needs.secret ?? []))
  return [...new Set(named)].filter(credential => asked.has(credentialName(credential)))
}

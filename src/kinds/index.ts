/**
 * The table of kinds: what Meshwright knows of each kind of resource.
 *
 * One line a kind; the type, its lowering and its semantic checks stand in a file of their own. Knows no output but the
 * folder that a kind belongs in.
 */
import type { KindDefinition } from './definition.ts'
import { lowerDestinationRule } from './istio/destination-rule-lowering.ts'
import { lowerGateway } from './istio/gateway-lowering.ts'
import { lowerSidecar } from './istio/sidecar-lowering.ts'
import { lowerVirtualService } from './istio/virtual-service-lowering.ts'
import { lowerDeployment } from './kubernetes/deployment.ts'
import { lowerNamespace } from './kubernetes/namespace.ts'
import { lowerService } from './kubernetes/service.ts'
import { lowerServiceAccount } from './kubernetes/service-account.ts'
import type { Resource } from './resource.ts'

const networking = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'] as const

/** In the order in which they are applied: what others need comes first. */
export const kinds: readonly KindDefinition[] = [
  { kind: 'Namespace', apiVersions: ['v1'], target: 'kubernetes', namespaced: false, lower: lowerNamespace },
  { kind: 'ServiceAccount', apiVersions: ['v1'], target: 'kubernetes', namespaced: true, lower: lowerServiceAccount },
  { kind: 'Service', apiVersions: ['v1'], target: 'kubernetes', namespaced: true, lower: lowerService },
  { kind: 'Deployment', apiVersions: ['apps/v1'], target: 'kubernetes', namespaced: true, lower: lowerDeployment },
  { kind: 'DestinationRule', apiVersions: networking, target: 'istio', namespaced: true, lower: lowerDestinationRule },
  { kind: 'Gateway', apiVersions: networking, target: 'istio', namespaced: true, lower: lowerGateway },
  { kind: 'VirtualService', apiVersions: networking, target: 'istio', namespaced: true, lower: lowerVirtualService },
  { kind: 'Sidecar', apiVersions: networking, target: 'istio', namespaced: true, lower: lowerSidecar },
]

const byId = new Map(
  kinds.flatMap(definition =>
    definition.apiVersions.map(version => [`${version}/${definition.kind}`, definition] as const),
  ),
)

/** The definition of a resource's kind; undefined where we know none (the resource is passed on as it is). */
export function kindOf(resource: Resource): KindDefinition | undefined {
  return byId.get(`${resource.apiVersion}/${resource.kind}`)
}

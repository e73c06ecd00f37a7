/**
 * The table of kinds: what Meshwright knows of each kind of resource.
 *
 * One line a kind; the type, its lowering and its semantic checks stand in a file of their own. Knows no output but the
 * folder that a kind belongs in.
 */
import type { KindDefinition } from './definition.ts'
import { gatewayApiGatewayRules } from './gateway-api/gateway-rules.ts'
import { httpRouteRules } from './gateway-api/http-route-rules.ts'
import { backendTLSPolicyRules, listenerSetRules } from './gateway-api/policy-rules.ts'
import { grpcRouteRules, l4RouteRules } from './gateway-api/route-rules.ts'
import { lowerAuthorizationPolicy } from './istio/authorization-policy-lowering.ts'
import { authorizationPolicyRules } from './istio/authorization-policy-rules.ts'
import { lowerDestinationRule } from './istio/destination-rule-lowering.ts'
import { destinationRuleRules } from './istio/destination-rule-rules.ts'
import { lowerEnvoyFilter } from './istio/envoy-filter-lowering.ts'
import { envoyFilterRules } from './istio/envoy-filter-rules.ts'
import { lowerTrafficExtension, lowerWasmPlugin } from './istio/extension-lowering.ts'
import { lowerGateway } from './istio/gateway-lowering.ts'
import { gatewayRules } from './istio/gateway-rules.ts'
import { lowerPeerAuthentication, peerAuthenticationRules } from './istio/peer-authentication.ts'
import { noDryRun } from './istio/policy-target.ts'
import { lowerProxyConfig, proxyConfigRules } from './istio/proxy-config.ts'
import { lowerRequestAuthentication } from './istio/request-authentication-lowering.ts'
import { requestAuthenticationRules } from './istio/request-authentication-rules.ts'
import { lowerServiceEntry } from './istio/service-entry-lowering.ts'
import { serviceEntryRules } from './istio/service-entry-rules.ts'
import { lowerSidecar } from './istio/sidecar-lowering.ts'
import { sidecarRules } from './istio/sidecar-rules.ts'
import { lowerTelemetry } from './istio/telemetry-lowering.ts'
import { telemetryRules } from './istio/telemetry-rules.ts'
import { trafficExtensionRules } from './istio/traffic-extension.ts'
import { lowerVirtualService } from './istio/virtual-service-lowering.ts'
import { virtualServiceRules } from './istio/virtual-service-rules.ts'
import { wasmPluginRules } from './istio/wasm-plugin-rules.ts'
import { lowerWorkloadEntry } from './istio/workload-entry-lowering.ts'
import { workloadEntryRules } from './istio/workload-entry-rules.ts'
import { workloadGroupRules } from './istio/workload-group-rules.ts'
import { kubernetesKinds } from './kubernetes/kinds.ts'
import type { Resource } from './resource.ts'
import type { KindCheck } from './rule-finding.ts'

/** The rules of a kind of Istio's of which none can be tried out. */
function untried(check: KindCheck): KindCheck {
  return function* (resource) {
    yield* noDryRun(resource.metadata.annotations)
    yield* check(resource)
  }
}

const networking = ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'] as const
const security = ['security.istio.io/v1', 'security.istio.io/v1beta1'] as const
const extensions = ['extensions.istio.io/v1alpha1'] as const
/** The Gateway API's. */
export const gatewayApiGroup = 'gateway.networking.k8s.io'
const gatewayApi = ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'] as const

/** In the order in which they are applied: what others need comes first. */
export const kinds: readonly KindDefinition[] = [
  ...kubernetesKinds,
  {
    kind: 'WorkloadGroup',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    check: untried(workloadGroupRules),
  },
  {
    kind: 'WorkloadEntry',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    lower: lowerWorkloadEntry,
    check: untried(workloadEntryRules),
  },
  {
    kind: 'ServiceEntry',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    lower: lowerServiceEntry,
    check: untried(serviceEntryRules),
  },
  {
    kind: 'DestinationRule',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    lower: lowerDestinationRule,
    check: untried(destinationRuleRules),
  },
  {
    kind: 'Gateway',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    lower: lowerGateway,
    check: untried(gatewayRules),
  },
  {
    kind: 'VirtualService',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    lower: lowerVirtualService,
    check: untried(virtualServiceRules),
  },
  {
    kind: 'Sidecar',
    apiVersions: networking,
    target: 'istio',
    namespaced: true,
    lower: lowerSidecar,
    check: untried(sidecarRules),
  },
  {
    kind: 'PeerAuthentication',
    apiVersions: security,
    target: 'istio',
    namespaced: true,
    lower: lowerPeerAuthentication,
    check: untried(peerAuthenticationRules),
  },
  {
    kind: 'AuthorizationPolicy',
    apiVersions: security,
    target: 'istio',
    namespaced: true,
    lower: lowerAuthorizationPolicy,
    check: authorizationPolicyRules,
  },
  {
    kind: 'RequestAuthentication',
    apiVersions: security,
    target: 'istio',
    namespaced: true,
    lower: lowerRequestAuthentication,
    check: untried(requestAuthenticationRules),
  },
  {
    kind: 'ProxyConfig',
    apiVersions: ['networking.istio.io/v1beta1'],
    target: 'istio',
    namespaced: true,
    lower: lowerProxyConfig,
    check: untried(proxyConfigRules),
  },
  {
    kind: 'Telemetry',
    apiVersions: ['telemetry.istio.io/v1', 'telemetry.istio.io/v1alpha1'],
    target: 'istio',
    namespaced: true,
    lower: lowerTelemetry,
    check: untried(telemetryRules),
  },
  {
    kind: 'WasmPlugin',
    apiVersions: extensions,
    target: 'istio',
    namespaced: true,
    lower: lowerWasmPlugin,
    check: untried(wasmPluginRules),
  },
  {
    kind: 'TrafficExtension',
    apiVersions: extensions,
    target: 'istio',
    namespaced: true,
    lower: lowerTrafficExtension,
    check: untried(trafficExtensionRules),
  },
  {
    kind: 'EnvoyFilter',
    apiVersions: ['networking.istio.io/v1alpha3'],
    target: 'istio',
    namespaced: true,
    lower: lowerEnvoyFilter,
    check: untried(envoyFilterRules),
  },
  { kind: 'GatewayClass', apiVersions: gatewayApi, target: 'kubernetes', namespaced: false, isLoweredTogether: true },
  {
    kind: 'Gateway',
    apiVersions: gatewayApi,
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: gatewayApiGatewayRules,
  },
  {
    kind: 'ReferenceGrant',
    // The other way round: the older one is what API servers of any version have.
    apiVersions: ['gateway.networking.k8s.io/v1beta1', 'gateway.networking.k8s.io/v1'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
  },
  {
    kind: 'HTTPRoute',
    apiVersions: gatewayApi,
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: httpRouteRules,
  },
  {
    kind: 'GRPCRoute',
    apiVersions: ['gateway.networking.k8s.io/v1'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: grpcRouteRules,
  },
  {
    kind: 'TLSRoute',
    apiVersions: [gatewayApi[0], 'gateway.networking.k8s.io/v1alpha3', 'gateway.networking.k8s.io/v1alpha2'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: l4RouteRules,
  },
  {
    kind: 'TCPRoute',
    apiVersions: [gatewayApi[0], 'gateway.networking.k8s.io/v1alpha2'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: l4RouteRules,
  },
  {
    kind: 'UDPRoute',
    apiVersions: [gatewayApi[0], 'gateway.networking.k8s.io/v1alpha2'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: l4RouteRules,
  },
  {
    kind: 'ListenerSet',
    apiVersions: ['gateway.networking.k8s.io/v1'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: listenerSetRules,
  },
  {
    kind: 'BackendTLSPolicy',
    apiVersions: [gatewayApi[0], 'gateway.networking.k8s.io/v1alpha3'],
    target: 'kubernetes',
    namespaced: true,
    isLoweredTogether: true,
    check: backendTLSPolicyRules,
  },
]

/** What a control plane reads in a cluster beside Kubernetes' own kinds: Istio's, and of the Gateway API's what is compiled. */
export const followedKinds: readonly KindDefinition[] = kinds.filter(
  ({ target, isLoweredTogether }) => target === 'istio' || isLoweredTogether === true,
)

const byId = new Map(
  kinds.flatMap(definition =>
    definition.apiVersions.map(version => [`${version}/${definition.kind}`, definition] as const),
  ),
)

/** The definition of a resource's kind; undefined where we know none (the resource is passed on as it is). */
export function kindOf(resource: Resource): KindDefinition | undefined {
  return byId.get(`${resource.apiVersion}/${resource.kind}`)
}

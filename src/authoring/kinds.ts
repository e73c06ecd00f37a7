/**
 * One typed constructor for each kind of resource: for what the vocabulary has no word for. They take what YAML would
 * hold, less apiVersion and kind, and mix freely with the vocabulary.
 */

import type { BackendTLSPolicy } from '../kinds/gateway-api/backend-tls-policy.ts'
import type { Gateway as ApiGateway } from '../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../kinds/gateway-api/gateway-class.ts'
import type { GRPCRoute } from '../kinds/gateway-api/grpc-route.ts'
import type { HTTPRoute } from '../kinds/gateway-api/http-route.ts'
import type { ListenerSet } from '../kinds/gateway-api/listener-set.ts'
import type { ReferenceGrant } from '../kinds/gateway-api/reference-grant.ts'
import type { TCPRoute } from '../kinds/gateway-api/tcp-route.ts'
import type { TLSRoute } from '../kinds/gateway-api/tls-route.ts'
import type { UDPRoute } from '../kinds/gateway-api/udp-route.ts'
import type { AuthorizationPolicy } from '../kinds/istio/authorization-policy.ts'
import type { DestinationRule } from '../kinds/istio/destination-rule.ts'
import type { EnvoyFilter } from '../kinds/istio/envoy-filter.ts'
import type { Gateway } from '../kinds/istio/gateway.ts'
import type { IstioMeshConfig } from '../kinds/istio/mesh-config-elsewhere.ts'
import type { PeerAuthentication } from '../kinds/istio/peer-authentication.ts'
import type { ProxyConfig } from '../kinds/istio/proxy-config.ts'
import type { RequestAuthentication } from '../kinds/istio/request-authentication.ts'
import type { ServiceEntry } from '../kinds/istio/service-entry.ts'
import type { Sidecar } from '../kinds/istio/sidecar.ts'
import type { Telemetry } from '../kinds/istio/telemetry.ts'
import type { TrafficExtension } from '../kinds/istio/traffic-extension.ts'
import type { VirtualService } from '../kinds/istio/virtual-service.ts'
import type { WasmPlugin } from '../kinds/istio/wasm-plugin.ts'
import type { WorkloadEntry } from '../kinds/istio/workload-entry.ts'
import type { WorkloadGroup } from '../kinds/istio/workload-group.ts'
import type { ConfigMap } from '../kinds/kubernetes/config-map.ts'
import type { CronJob } from '../kinds/kubernetes/cron-job.ts'
import type { DaemonSet } from '../kinds/kubernetes/daemon-set.ts'
import type { Deployment } from '../kinds/kubernetes/deployment.ts'
import type { EndpointSlice } from '../kinds/kubernetes/endpoint-slice.ts'
import type { Endpoints } from '../kinds/kubernetes/endpoints.ts'
import type { Job } from '../kinds/kubernetes/job.ts'
import type { MutatingWebhookConfiguration } from '../kinds/kubernetes/mutating-webhook-configuration.ts'
import type { Namespace } from '../kinds/kubernetes/namespace.ts'
import type { Node } from '../kinds/kubernetes/node.ts'
import type { Pod } from '../kinds/kubernetes/pod.ts'
import type { Secret } from '../kinds/kubernetes/secret.ts'
import type { Service } from '../kinds/kubernetes/service.ts'
import type { ServiceAccount } from '../kinds/kubernetes/service-account.ts'
import type { StatefulSet } from '../kinds/kubernetes/stateful-set.ts'
import type { ValidatingWebhookConfiguration } from '../kinds/kubernetes/validating-webhook-configuration.ts'
import type { MetaMap, ObjectMeta } from '../kinds/resource.ts'
import { declare } from './declaration.ts'
import { declaredValue } from './internals.ts'
import { site, traced } from './trace.ts'

/** A declared resource of any kind. */
export interface Declared<Kind extends string> {
  readonly [declaredTag]: Kind
}
declare const declaredTag: unique symbol

interface KindObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

type Constructor<Kind extends KindObject> = (
  body: Readonly<Omit<Kind, 'apiVersion' | 'kind'>>,
) => Declared<Kind['kind']>

function constructorOf<Kind extends KindObject>(
  apiVersion: Kind['apiVersion'],
  kind: Kind['kind'],
  word: string,
): Constructor<Kind> {
  return body => {
    const at = site()
    const resource = traced(
      {
        apiVersion,
        kind,
        ...Object.fromEntries(Object.entries(body).map(([key, value]) => [key, traced(value, at, 0, key)])),
      },
      at,
    )
    const declaration = declare({
      word,
      name: String(body.metadata?.name),
      site: at,
      uses: [],
      build: () => [resource],
    })
    return declaredValue({ declaration }) as Declared<Kind['kind']>
  }
}

const networking = 'networking.istio.io/v1'
const security = 'security.istio.io/v1'
const extensions = 'extensions.istio.io/v1alpha1'

/** What the ConfigMap of a mesh's settings has beside them. */
export interface MeshConfigOptions {
  /** The root namespace. Default: `istio-system`. */
  readonly namespace?: string
  /** The ConfigMap's labels. Default: none. */
  readonly labels?: Readonly<MetaMap>
  /** The ConfigMap's annotations. Default: none. */
  readonly annotations?: Readonly<MetaMap>
  /** Its other texts, such as Istio's `meshNetworks`. Default: none. */
  readonly data?: Readonly<MetaMap>
}

/**
 * What is set for a whole mesh, where Istio has it: the ConfigMap `istio` of a root namespace.
 *
 * @param options its namespace, and what else stands in it
 */
function meshConfig(
  config: Readonly<IstioMeshConfig>,
  { namespace = 'istio-system', labels, annotations, data = {} }: MeshConfigOptions = {},
): Declared<'ConfigMap'> {
  const at = site()
  const text = traced(JSON.stringify(config, null, 2), at, 0)
  const others = Object.entries(data).map(([name, other]) => [name, traced(other, at, 1, 'data', name)])
  const body: Readonly<ConfigMap> = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'istio',
      namespace: traced(namespace, at, 1, 'namespace'),
      ...(labels && { labels: traced(labels, at, 1, 'labels') }),
      ...(annotations && { annotations: traced(annotations, at, 1, 'annotations') }),
    },
    data: { ...Object.fromEntries(others), mesh: text },
  }
  const resource = traced(body, at)
  const declaration = declare({
    word: 'istio.meshConfig',
    name: 'istio',
    site: at,
    uses: [],
    build: () => [resource],
  })
  return declaredValue({ declaration }) as Declared<'ConfigMap'>
}

/** Istio's kinds, written out. */
export const istio = {
  virtualService: constructorOf<VirtualService>(networking, 'VirtualService', 'istio.virtualService'),
  destinationRule: constructorOf<DestinationRule>(networking, 'DestinationRule', 'istio.destinationRule'),
  gateway: constructorOf<Gateway>(networking, 'Gateway', 'istio.gateway'),
  sidecar: constructorOf<Sidecar>(networking, 'Sidecar', 'istio.sidecar'),
  serviceEntry: constructorOf<ServiceEntry>(networking, 'ServiceEntry', 'istio.serviceEntry'),
  workloadEntry: constructorOf<WorkloadEntry>(networking, 'WorkloadEntry', 'istio.workloadEntry'),
  workloadGroup: constructorOf<WorkloadGroup>(networking, 'WorkloadGroup', 'istio.workloadGroup'),
  peerAuthentication: constructorOf<PeerAuthentication>(security, 'PeerAuthentication', 'istio.peerAuthentication'),
  requestAuthentication: constructorOf<RequestAuthentication>(
    security,
    'RequestAuthentication',
    'istio.requestAuthentication',
  ),
  authorizationPolicy: constructorOf<AuthorizationPolicy>(security, 'AuthorizationPolicy', 'istio.authorizationPolicy'),
  telemetry: constructorOf<Telemetry>('telemetry.istio.io/v1', 'Telemetry', 'istio.telemetry'),
  wasmPlugin: constructorOf<WasmPlugin>(extensions, 'WasmPlugin', 'istio.wasmPlugin'),
  trafficExtension: constructorOf<TrafficExtension>(extensions, 'TrafficExtension', 'istio.trafficExtension'),
  proxyConfig: constructorOf<ProxyConfig>(`${networking}beta1`, 'ProxyConfig', 'istio.proxyConfig'),
  envoyFilter: constructorOf<EnvoyFilter>(`${networking}alpha3`, 'EnvoyFilter', 'istio.envoyFilter'),
  meshConfig,
}

const gatewayGroup = 'gateway.networking.k8s.io'

/** The Gateway API's kinds, written out. */
export const gatewayApi = {
  gatewayClass: constructorOf<GatewayClass>(`${gatewayGroup}/v1`, 'GatewayClass', 'gatewayApi.gatewayClass'),
  gateway: constructorOf<ApiGateway>(`${gatewayGroup}/v1`, 'Gateway', 'gatewayApi.gateway'),
  referenceGrant: constructorOf<ReferenceGrant>(
    `${gatewayGroup}/v1beta1`,
    'ReferenceGrant',
    'gatewayApi.referenceGrant',
  ),
  httpRoute: constructorOf<HTTPRoute>(`${gatewayGroup}/v1`, 'HTTPRoute', 'gatewayApi.httpRoute'),
  grpcRoute: constructorOf<GRPCRoute>(`${gatewayGroup}/v1`, 'GRPCRoute', 'gatewayApi.grpcRoute'),
  tlsRoute: constructorOf<TLSRoute>(`${gatewayGroup}/v1`, 'TLSRoute', 'gatewayApi.tlsRoute'),
  tcpRoute: constructorOf<TCPRoute>(`${gatewayGroup}/v1`, 'TCPRoute', 'gatewayApi.tcpRoute'),
  udpRoute: constructorOf<UDPRoute>(`${gatewayGroup}/v1`, 'UDPRoute', 'gatewayApi.udpRoute'),
  listenerSet: constructorOf<ListenerSet>(`${gatewayGroup}/v1`, 'ListenerSet', 'gatewayApi.listenerSet'),
  backendTLSPolicy: constructorOf<BackendTLSPolicy>(
    `${gatewayGroup}/v1`,
    'BackendTLSPolicy',
    'gatewayApi.backendTLSPolicy',
  ),
}

/** Kubernetes' kinds, written out. */
export const kubernetes = {
  namespace: constructorOf<Namespace>('v1', 'Namespace', 'kubernetes.namespace'),
  serviceAccount: constructorOf<ServiceAccount>('v1', 'ServiceAccount', 'kubernetes.serviceAccount'),
  service: constructorOf<Service>('v1', 'Service', 'kubernetes.service'),
  endpoints: constructorOf<Endpoints>('v1', 'Endpoints', 'kubernetes.endpoints'),
  endpointSlice: constructorOf<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'kubernetes.endpointSlice'),
  configMap: constructorOf<ConfigMap>('v1', 'ConfigMap', 'kubernetes.configMap'),
  secret: constructorOf<Secret>('v1', 'Secret', 'kubernetes.secret'),
  node: constructorOf<Node>('v1', 'Node', 'kubernetes.node'),
  deployment: constructorOf<Deployment>('apps/v1', 'Deployment', 'kubernetes.deployment'),
  statefulSet: constructorOf<StatefulSet>('apps/v1', 'StatefulSet', 'kubernetes.statefulSet'),
  daemonSet: constructorOf<DaemonSet>('apps/v1', 'DaemonSet', 'kubernetes.daemonSet'),
  pod: constructorOf<Pod>('v1', 'Pod', 'kubernetes.pod'),
  job: constructorOf<Job>('batch/v1', 'Job', 'kubernetes.job'),
  cronJob: constructorOf<CronJob>('batch/v1', 'CronJob', 'kubernetes.cronJob'),
  mutatingWebhookConfiguration: constructorOf<MutatingWebhookConfiguration>(
    'admissionregistration.k8s.io/v1',
    'MutatingWebhookConfiguration',
    'kubernetes.mutatingWebhookConfiguration',
  ),
  validatingWebhookConfiguration: constructorOf<ValidatingWebhookConfiguration>(
    'admissionregistration.k8s.io/v1',
    'ValidatingWebhookConfiguration',
    'kubernetes.validatingWebhookConfiguration',
  ),
}

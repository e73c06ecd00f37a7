// Generated from the table of kinds by `npm run generate`.
import * as namespace from './namespace.generated.js'
import * as serviceAccount from './service-account.generated.js'
import * as configMap from './config-map.generated.js'
import * as secret from './secret.generated.js'
import * as node from './node.generated.js'
import * as service from './service.generated.js'
import * as endpoints from './endpoints.generated.js'
import * as endpointSlice from './endpoint-slice.generated.js'
import * as deployment from './deployment.generated.js'
import * as statefulSet from './stateful-set.generated.js'
import * as daemonSet from './daemon-set.generated.js'
import * as pod from './pod.generated.js'
import * as job from './job.generated.js'
import * as cronJob from './cron-job.generated.js'
import * as mutatingWebhookConfiguration from './mutating-webhook-configuration.generated.js'
import * as validatingWebhookConfiguration from './validating-webhook-configuration.generated.js'
import * as workloadGroup from './workload-group.generated.js'
import * as workloadEntry from './workload-entry.generated.js'
import * as serviceEntry from './service-entry.generated.js'
import * as destinationRule from './destination-rule.generated.js'
import * as gateway from './gateway.generated.js'
import * as virtualService from './virtual-service.generated.js'
import * as sidecar from './sidecar.generated.js'
import * as peerAuthentication from './peer-authentication.generated.js'
import * as authorizationPolicy from './authorization-policy.generated.js'
import * as requestAuthentication from './request-authentication.generated.js'
import * as proxyConfig from './proxy-config.generated.js'
import * as telemetry from './telemetry.generated.js'
import * as wasmPlugin from './wasm-plugin.generated.js'
import * as trafficExtension from './traffic-extension.generated.js'
import * as envoyFilter from './envoy-filter.generated.js'
import * as gatewayApiGatewayClass from './gateway-api-gateway-class.generated.js'
import * as gatewayApiGateway from './gateway-api-gateway.generated.js'
import * as gatewayApiReferenceGrant from './gateway-api-reference-grant.generated.js'
import * as gatewayApiHttproute from './gateway-api-httproute.generated.js'
import * as gatewayApiGrpcroute from './gateway-api-grpcroute.generated.js'
import * as gatewayApiTlsroute from './gateway-api-tlsroute.generated.js'
import * as gatewayApiTcproute from './gateway-api-tcproute.generated.js'
import * as gatewayApiUdproute from './gateway-api-udproute.generated.js'
import * as gatewayApiListenerSet from './gateway-api-listener-set.generated.js'
import * as gatewayApiBackendTlspolicy from './gateway-api-backend-tlspolicy.generated.js'
import * as meshConfig from './mesh-config.generated.js'

export const validators = new Map([
  ['v1/Namespace', namespace],
  ['v1/ServiceAccount', serviceAccount],
  ['v1/ConfigMap', configMap],
  ['v1/Secret', secret],
  ['v1/Node', node],
  ['v1/Service', service],
  ['v1/Endpoints', endpoints],
  ['discovery.k8s.io/v1/EndpointSlice', endpointSlice],
  ['apps/v1/Deployment', deployment],
  ['apps/v1/StatefulSet', statefulSet],
  ['apps/v1/DaemonSet', daemonSet],
  ['v1/Pod', pod],
  ['batch/v1/Job', job],
  ['batch/v1/CronJob', cronJob],
  ['admissionregistration.k8s.io/v1/MutatingWebhookConfiguration', mutatingWebhookConfiguration],
  ['admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration', validatingWebhookConfiguration],
  ['networking.istio.io/v1/WorkloadGroup', workloadGroup],
  ['networking.istio.io/v1beta1/WorkloadGroup', workloadGroup],
  ['networking.istio.io/v1alpha3/WorkloadGroup', workloadGroup],
  ['networking.istio.io/v1/WorkloadEntry', workloadEntry],
  ['networking.istio.io/v1beta1/WorkloadEntry', workloadEntry],
  ['networking.istio.io/v1alpha3/WorkloadEntry', workloadEntry],
  ['networking.istio.io/v1/ServiceEntry', serviceEntry],
  ['networking.istio.io/v1beta1/ServiceEntry', serviceEntry],
  ['networking.istio.io/v1alpha3/ServiceEntry', serviceEntry],
  ['networking.istio.io/v1/DestinationRule', destinationRule],
  ['networking.istio.io/v1beta1/DestinationRule', destinationRule],
  ['networking.istio.io/v1alpha3/DestinationRule', destinationRule],
  ['networking.istio.io/v1/Gateway', gateway],
  ['networking.istio.io/v1beta1/Gateway', gateway],
  ['networking.istio.io/v1alpha3/Gateway', gateway],
  ['networking.istio.io/v1/VirtualService', virtualService],
  ['networking.istio.io/v1beta1/VirtualService', virtualService],
  ['networking.istio.io/v1alpha3/VirtualService', virtualService],
  ['networking.istio.io/v1/Sidecar', sidecar],
  ['networking.istio.io/v1beta1/Sidecar', sidecar],
  ['networking.istio.io/v1alpha3/Sidecar', sidecar],
  ['security.istio.io/v1/PeerAuthentication', peerAuthentication],
  ['security.istio.io/v1beta1/PeerAuthentication', peerAuthentication],
  ['security.istio.io/v1/AuthorizationPolicy', authorizationPolicy],
  ['security.istio.io/v1beta1/AuthorizationPolicy', authorizationPolicy],
  ['security.istio.io/v1/RequestAuthentication', requestAuthentication],
  ['security.istio.io/v1beta1/RequestAuthentication', requestAuthentication],
  ['networking.istio.io/v1beta1/ProxyConfig', proxyConfig],
  ['telemetry.istio.io/v1/Telemetry', telemetry],
  ['telemetry.istio.io/v1alpha1/Telemetry', telemetry],
  ['extensions.istio.io/v1alpha1/WasmPlugin', wasmPlugin],
  ['extensions.istio.io/v1alpha1/TrafficExtension', trafficExtension],
  ['networking.istio.io/v1alpha3/EnvoyFilter', envoyFilter],
  ['gateway.networking.k8s.io/v1/GatewayClass', gatewayApiGatewayClass],
  ['gateway.networking.k8s.io/v1beta1/GatewayClass', gatewayApiGatewayClass],
  ['gateway.networking.k8s.io/v1/Gateway', gatewayApiGateway],
  ['gateway.networking.k8s.io/v1beta1/Gateway', gatewayApiGateway],
  ['gateway.networking.k8s.io/v1beta1/ReferenceGrant', gatewayApiReferenceGrant],
  ['gateway.networking.k8s.io/v1/ReferenceGrant', gatewayApiReferenceGrant],
  ['gateway.networking.k8s.io/v1/HTTPRoute', gatewayApiHttproute],
  ['gateway.networking.k8s.io/v1beta1/HTTPRoute', gatewayApiHttproute],
  ['gateway.networking.k8s.io/v1/GRPCRoute', gatewayApiGrpcroute],
  ['gateway.networking.k8s.io/v1/TLSRoute', gatewayApiTlsroute],
  ['gateway.networking.k8s.io/v1alpha3/TLSRoute', gatewayApiTlsroute],
  ['gateway.networking.k8s.io/v1alpha2/TLSRoute', gatewayApiTlsroute],
  ['gateway.networking.k8s.io/v1/TCPRoute', gatewayApiTcproute],
  ['gateway.networking.k8s.io/v1alpha2/TCPRoute', gatewayApiTcproute],
  ['gateway.networking.k8s.io/v1/UDPRoute', gatewayApiUdproute],
  ['gateway.networking.k8s.io/v1alpha2/UDPRoute', gatewayApiUdproute],
  ['gateway.networking.k8s.io/v1/ListenerSet', gatewayApiListenerSet],
  ['gateway.networking.k8s.io/v1/BackendTLSPolicy', gatewayApiBackendTlspolicy],
  ['gateway.networking.k8s.io/v1alpha3/BackendTLSPolicy', gatewayApiBackendTlspolicy],
  ['MeshConfig', meshConfig],
])

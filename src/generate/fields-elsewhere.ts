/**
 * Fields that set nothing in a proxy's configuration, and what they do instead: for docs/reference/fields.md. A test holds each row
 * against what was measured.
 */

export interface FieldElsewhere {
  readonly apiGroup: string
  readonly kind: string
  /** A path, or with `*` at its end all that begin so. */
  readonly field: string
  readonly says: string
}

const networking = 'networking.istio.io'

const extensions = 'extensions.istio.io'
const security = 'security.istio.io'
const telemetry = 'telemetry.istio.io'

const never = 'refused: neither Istio nor Envoy has ever had it'
const ownNamespace = 'refused: a policy hangs on what is in its own namespace'

/** Fields of several kinds, of which the same is said. */
function ofKinds(
  kinds: readonly (readonly [apiGroup: string, kind: string])[],
  fields: readonly string[],
  says: string,
): FieldElsewhere[] {
  return kinds.flatMap(([apiGroup, kind]) => fields.map(field => ({ apiGroup, kind, field, says })))
}

const gatewayApi = 'gateway.networking.k8s.io'
const forReaders = 'is for readers'
const perRule = 'at a rule’s only backend what it sets for the rule; at one of several nothing, which `mesh check` says'
const started =
  'how proxies are started: `--concurrency`, the environment, the time to drain; in pods, by `mesh inject` and `mesh up`'
const otherFilters = ['spec.rules[].filters[].extensionRef*', 'spec.rules[].backendRefs[].filters[].extensionRef*']
const onlyGateways = 'refused: only gateways know it'

export const elsewhere: readonly FieldElsewhere[] = [
  ...ofKinds([[gatewayApi, 'GatewayClass']], ['spec.description'], forReaders),
  ...ofKinds(
    [[gatewayApi, 'GatewayClass']],
    ['spec.parametersRef*'],
    'nothing: there is nothing that could be set for a class',
  ),
  ...ofKinds(
    [
      [gatewayApi, 'Gateway'],
      [gatewayApi, 'ListenerSet'],
    ],
    ['spec.listeners[].tls.options'],
    'nothing: there are no options of Meshwright’s own',
  ),
  ...ofKinds(
    [[gatewayApi, 'HTTPRoute']],
    otherFilters,
    'requests get 500, which `mesh check` says: there are no filters of other kinds',
  ),
  ...ofKinds(
    [[gatewayApi, 'GRPCRoute']],
    otherFilters,
    'calls get UNAVAILABLE, which `mesh check` says: there are no filters of other kinds',
  ),
  ...ofKinds(
    [
      [gatewayApi, 'GRPCRoute'],
      [gatewayApi, 'HTTPRoute'],
    ],
    ['spec.rules[].backendRefs[].filters[].requestMirror*'],
    perRule,
  ),
  ...ofKinds(
    [[gatewayApi, 'HTTPRoute']],
    [
      'spec.rules[].backendRefs[].filters[].requestRedirect*',
      'spec.rules[].backendRefs[].filters[].urlRewrite*',
      'spec.rules[].backendRefs[].filters[].cors*',
    ],
    perRule,
  ),
  ...ofKinds(
    [
      [gatewayApi, 'TCPRoute'],
      [gatewayApi, 'UDPRoute'],
      [gatewayApi, 'TLSRoute'],
    ],
    ['spec.rules[].name'],
    forReaders,
  ),
  ...ofKinds(
    [[networking, 'ProxyConfig']],
    ['spec.selector.matchLabels', 'spec.concurrency', 'spec.environmentVariables'],
    started,
  ),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['defaultConfig.concurrency', 'defaultConfig.drainDuration', 'defaultConfig.proxyMetadata'],
    started,
  ),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['rootNamespace'],
    'what the policies of that namespace set, in all others: see [mesh-wide](../../test/golden/mesh-wide)',
  ),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['connectTimeout', 'tcpKeepalive*', 'h2UpgradePolicy'],
    'what `defaultTrafficPolicy.connectionPool` sets, where that says nothing of it, as it does in the example',
  ),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['defaultTrafficPolicy.outlierDetection.consecutiveErrors'],
    '`OutlierDetection.consecutive_5xx`, where `consecutive5xxErrors` says nothing, as it does in the example',
  ),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['localityLbSetting*'],
    'what a DestinationRule’s sets, where `zoneAwareLbSetting` is off, as it is not in the example',
  ),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['accessLogFile', 'accessLogEncoding'],
    '`HttpConnectionManager.access_log[]`, where neither a Telemetry nor `defaultProviders` says where lines go, as they do in the example',
  ),
  ...ofKinds(
    [[networking, 'Sidecar']],
    [
      'spec.ingress[].tls.httpsRedirect',
      'spec.ingress[].tls.credentialName',
      'spec.ingress[].tls.credentialNames',
      'spec.ingress[].tls.caCertCredentialName',
      'spec.ingress[].tls.tlsCertificates*',
      'spec.ingress[].tls.subjectAltNames',
      'spec.ingress[].tls.insecureSkipVerify',
    ],
    onlyGateways,
  ),
  ...ofKinds(
    [[networking, 'Sidecar']],
    ['spec.ingress[].port.targetPort', 'spec.egress[].port.targetPort'],
    'refused: `defaultEndpoint` says where a port leads, and a service where its own do',
  ),
  ...ofKinds([[networking, 'Sidecar']], ['spec.ingress[].port.name', 'spec.egress[].port.name'], forReaders),
  ...ofKinds(
    [[networking, 'VirtualService']],
    ['spec.http[].fault.delay.exponentialDelay', 'spec.http[].fault.abort.http2Error'],
    never,
  ),
  ...ofKinds(
    [
      [security, 'AuthorizationPolicy'],
      [security, 'RequestAuthentication'],
      [telemetry, 'Telemetry'],
      [extensions, 'WasmPlugin'],
    ],
    ['spec.targetRef.namespace', 'spec.targetRefs[].namespace'],
    ownNamespace,
  ),
  ...ofKinds(
    [
      [networking, 'EnvoyFilter'],
      [extensions, 'TrafficExtension'],
    ],
    ['spec.targetRefs[].namespace'],
    ownNamespace,
  ),
  ...ofKinds(
    [[networking, 'EnvoyFilter']],
    ['spec.configPatches[].match.waypoint*'],
    'changes no proxy: there are no waypoints beside sidecars and gateways',
  ),
  ...ofKinds(
    [[networking, 'EnvoyFilter']],
    ['spec.configPatches[].match.listener.portName'],
    'nothing: Istio does not look at it either, which `mesh check` says; `portNumber` is',
  ),
  ...ofKinds(
    [[networking, 'Gateway']],
    ['spec.servers[].port.targetPort'],
    'nothing: gateways have none, and `mesh check` refuses it',
  ),
  ...ofKinds([[networking, 'Gateway']], ['spec.servers[].name'], forReaders),
  ...ofKinds(
    [['', 'MeshConfig']],
    ['extensionProviders[].envoyExtAuthzHttp.includeRequestBodyInCheck.packAsBytes'],
    'nothing: who is asked by HTTP gets the body as it is',
  ),
]

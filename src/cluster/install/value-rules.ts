/**
 * What the API server is told of values beyond our types' shapes: rules in CEL, and which fields exclude each other.
 *
 * By the types' names in src/kinds. `mesh check` says the same in rules of its own, in better words; these hold where
 * somebody applies without it. Each breaks by a sample of test/kinds/broken-rules.ts.
 */

interface Rule {
  readonly rule: string
  readonly message: string
}

/** Keywords to be merged into a type's schema, into those of its fields, and into that of a map's values. */
export interface ValueRules {
  readonly own?: object
  readonly fields?: { readonly [name: string]: object }
  readonly values?: object
}

const cel = (...rules: readonly Rule[]) => ({ 'x-kubernetes-validations': rules })

/** At most one of these may be there; said in a form that costs the API server nothing. */
function atMostOne(...names: readonly string[]): object {
  const each = names.map(name => ({ required: [name] }))
  return { oneOf: [{ not: { anyOf: each } }, ...each] }
}

/** The same as a rule with words of its own; pair by pair, for the API server's budget counts each value that is made. */
function onlyOneOf(...names: readonly string[]): Rule {
  const pairs = names.flatMap((name, index) =>
    names.slice(index + 1).map(other => `!(has(self.${name}) && has(self.${other}))`),
  )
  return { rule: pairs.join(' && '), message: `only one of ${names.join(', ')} may be there` }
}

const anyDuration = { rule: "duration(self) >= duration('1ms')", message: 'a duration of at least 1ms' }

export const durationRule = cel(anyDuration)

/** Durations that may be zero. */
export const mayBeZero: ReadonlySet<string> = new Set([
  'HTTPCookie.ttl',
  'TCPSettings.idleTimeout',
  'RetryBudget.budgetInterval',
])

const labelKeys = cel({
  rule: "self.all(key, key != '' && !key.contains('*'))",
  message: 'keys of labels are not empty, and have no wildcards',
})
const labelValues = cel({ rule: "!self.contains('*')", message: 'values of labels have no wildcards' })
const aPort = { rule: 'self >= 1 && self <= 65535', message: 'a port is 1–65535' }
const listByKey = (key: string) => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] })

const target = cel(onlyOneOf('selector', 'targetRef', 'targetRefs'))

const keysUri = cel({
  rule: "isURL(self) && url(self).getScheme() in ['http', 'https']",
  message: 'a URL that begins with http:// or https://',
})

const codeUrl = cel({
  rule:
    "isURL(self) ? url(self).getScheme() in ['', 'http', 'https', 'file', 'oci'] " +
    ": isURL('http://' + self) && url('http://' + self).getScheme() == 'http'",
  message: 'a URL with http, https, file or oci, or the name of an image',
})

const serverCertificates = cel(
  onlyOneOf('credentialName', 'credentialNames'),
  onlyOneOf('credentialNames', 'tlsCertificates'),
)

export const valueRules: { readonly [type: string]: ValueRules } = {
  SelectorLabels: { own: labelKeys, values: labelValues },
  SidecarLabels: { values: labelValues },
  PolicyTargetReference: {
    fields: { namespace: cel({ rule: "self == ''", message: 'what a policy hangs on is in its own namespace' }) },
  },
  LoadBalancerSettings: { own: atMostOne('simple', 'consistentHash') },
  ConsistentHashLB: {
    own: {
      allOf: [
        atMostOne('httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'),
        atMostOne('ringHash', 'maglev'),
      ],
    },
  },
  StringMatch: { own: atMostOne('exact', 'prefix', 'regex') },
  HTTPBody: { own: atMostOne('string', 'bytes'), fields: { bytes: { format: 'byte' } } },
  HTTPRedirect: { own: atMostOne('port', 'derivePort') },
  FaultAbort: { own: atMostOne('httpStatus', 'grpcStatus', 'http2Error') },
  FaultDelay: { own: atMostOne('fixedDelay', 'exponentialDelay') },
  ServerTLSSettings: { own: serverCertificates },
  PeerAuthenticationSpec: {
    own: cel({
      rule: '!has(self.portLevelMtls) || (has(self.selector) && has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0)',
      message: 'portLevelMtls needs a selector with labels: ports differ from one workload to the next',
    }),
  },
  PortLevelMtls: {
    own: cel({ rule: 'self.all(port, int(port) >= 1 && int(port) <= 65535)', message: aPort.message }),
  },
  AuthorizationPolicySpec: { own: target },
  Source: {
    own: cel({
      rule:
        '!(has(self.serviceAccounts) || has(self.notServiceAccounts)) || ' +
        '!(has(self.principals) || has(self.notPrincipals) || has(self.namespaces) || has(self.notNamespaces))',
      message: 'service accounts stand neither with principals nor with namespaces',
    }),
  },
  RequestAuthenticationSpec: { own: target },
  JWTRule: { own: cel(onlyOneOf('jwksUri', 'jwks_uri', 'jwks')), fields: { jwksUri: keysUri, jwks_uri: keysUri } },
  TelemetrySpec: { own: target },
  TracingTag: { own: atMostOne('literal', 'environment', 'header', 'formatter') },
  MetricSelector: { own: atMostOne('metric', 'customMetric') },
  MetricTag: {
    own: cel(
      {
        rule: "!has(self.operation) || self.operation != 'UPSERT' || (has(self.value) && self.value != '')",
        message: 'UPSERT needs a value',
      },
      {
        rule: "!has(self.operation) || self.operation != 'REMOVE' || !has(self.value)",
        message: 'REMOVE has no value',
      },
    ),
  },
  WasmPluginSpec: { own: target, fields: { url: codeUrl } },
  WasmModule: { fields: { url: codeUrl } },
  WasmVmConfig: { fields: { env: listByKey('name') } },
  WasmEnvironmentVariable: {
    own: cel({
      rule: "!has(self.valueFrom) || self.valueFrom != 'HOST' || !has(self.value)",
      message: 'a value stands only with valueFrom: INLINE',
    }),
  },
  ExtensionTrafficSelector: { fields: { ports: listByKey('number') } },
  TrafficExtensionSpec: {
    own: {
      ...atMostOne('wasm', 'lua'),
      ...cel(onlyOneOf('selector', 'targetRefs'), {
        rule: 'has(self.wasm) != has(self.lua)',
        message: 'either wasm or lua',
      }),
    },
  },
  EnvoyFilterSpec: { own: cel(onlyOneOf('workloadSelector', 'targetRefs')) },
  EnvoyObjectMatch: {
    own: {
      ...atMostOne('listener', 'routeConfiguration', 'cluster', 'waypoint'),
      ...cel({
        rule: "has(self.waypoint) == (has(self.context) && self.context == 'WAYPOINT')",
        message: 'waypoint and the context WAYPOINT need each other',
      }),
    },
  },
  EnvoyWaypointMatch: { fields: { portNumber: cel(aPort) } },
}

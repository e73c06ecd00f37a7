/**
 * What the API server is told of the Gateway API's values beyond our types' shapes, by the types' names in
 * src/kinds/gateway-api. `mesh check` says the same in rules of its own, in better words.
 */
import type { ValueRules } from './value-rules.ts'

interface Rule {
  readonly rule: string
  readonly message: string
}

const cel = (...rules: readonly Rule[]) => ({ 'x-kubernetes-validations': rules })
const setOf = { 'x-kubernetes-list-type': 'set' }
const listByKey = (key: string) => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] })

/** A field stands where `type` has its word, and nowhere else. */
function chosenBy(type: string, fields: { readonly [field: string]: string }): readonly Rule[] {
  return Object.entries(fields).map(([field, word]) => ({
    rule: `has(self.${field}) == (self.${type} == '${word}')`,
    message: `${field} stands with the ${type} ${word}, which needs it`,
  }))
}

const backend = cel(
  {
    rule: "self.group != '' || self.kind != 'Service' || has(self.port)",
    message: 'a Service needs a port',
  },
  {
    rule: "self.group != 'gateway.networking.x-k8s.io' || self.kind != 'XBackend' || !has(self.port)",
    message: 'an XBackend has its port itself',
  },
)

/** Spelled out: what `orValue` gives, the API server takes for a text of any length, and counts its comparison so. */
const same = (field: string) => `(has(a.${field}) ? has(b.${field}) && a.${field} == b.${field} : !has(b.${field}))`
const sameParent = `a.group == b.group && a.kind == b.kind && a.name == b.name && ${same('__namespace__')}`

const parents = cel(
  {
    rule: `self.all(a, self.all(b, !(${sameParent}) || (has(a.sectionName) == has(b.sectionName) && has(a.port) == has(b.port))))`,
    message: 'a parent that is named more than once has a sectionName, or a port, each time',
  },
  {
    rule: `self.all(a, self.exists_one(b, ${sameParent} && ${same('sectionName')} && ${same('port')}))`,
    message: 'each parent, with its sectionName and port, stands once',
  },
)

const once = (type: string): Rule => ({
  rule: `self.filter(one, one.type == '${type}').size() <= 1`,
  message: `${type} stands once at most`,
})

const filters = cel(
  {
    rule: "!(self.exists(one, one.type == 'RequestRedirect') && self.exists(one, one.type == 'URLRewrite'))",
    message: 'only one of RequestRedirect, URLRewrite may be there',
  },
  ...['CORS', 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'].map(once),
)

/** A prefix is replaced where one match has one. */
const prefixReplaced = (list: string, filter: string): string =>
  `!(has(self.${list}) && self.${list}.exists(one, has(one.${filter}) && has(one.${filter}.path) && ` +
  `one.${filter}.path.type == 'ReplacePrefixMatch')) || ${onePrefix}`
const onePrefix = "(size(self.matches) == 1 && has(self.matches[0].path) && self.matches[0].path.type == 'PathPrefix')"
const backendPrefixReplaced = (filter: string): string =>
  '!(has(self.backendRefs) && self.backendRefs.exists(to, has(to.filters) && to.filters.exists(one, ' +
  `has(one.${filter}) && has(one.${filter}.path) && one.${filter}.path.type == 'ReplacePrefixMatch'))) || ${onePrefix}`
const prefixMessage = 'ReplacePrefixMatch needs one match, by PathPrefix'

const aPath = "(self.type == 'RegularExpression' || "
const path = cel(
  { rule: `${aPath}self.value.startsWith('/'))`, message: 'a path begins with /' },
  {
    rule: `${aPath}!(${['//', '/./', '/../', '%2f', '%2F', '#'].map(part => `self.value.contains('${part}')`).join(' || ')}))`,
    message: 'a path has no empty part, no dots as a part, no encoded slash and no #',
  },
  {
    rule: `${aPath}!(self.value.endsWith('/.') || self.value.endsWith('/..')))`,
    message: 'a path does not end with dots as a part',
  },
  {
    rule: `${aPath}self.value.matches(r"""^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"""))`,
    message: 'a path has the letters of URLs, others as %xx',
  },
)

const routeNames = {
  rule: 'self.all(a, !has(a.name) || self.exists_one(b, has(b.name) && a.name == b.name))',
  message: 'names of rules differ',
}
const routeMatches = {
  rule: 'self.map(one, has(one.matches) ? one.matches.size() : 0).sum() <= 128',
  message: 'all rules together have at most 128 matches',
}

const headersOnce = cel(once('RequestHeaderModifier'), once('ResponseHeaderModifier'))
const sameTarget = 'a.group == b.group && a.kind == b.kind && a.name == b.name'

const starAlone = cel({ rule: "!('*' in self && self.size() > 1)", message: '"*" stands alone: it is all' })

const infrastructureKeys = cel(
  {
    rule: 'self.all(key, key.matches(r"""^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$"""))',
    message: 'keys have the form of labels: name, or domain/name',
  },
  { rule: "self.all(key, key.split('/')[0].size() < 253)", message: 'domains of keys have at most 252 characters' },
)

const listeners = cel(
  {
    rule: "self.all(one, !(one.protocol in ['HTTP', 'TCP', 'UDP']) || !has(one.tls))",
    message: 'tls is for HTTPS and TLS',
  },
  {
    rule: "self.all(one, one.protocol != 'HTTPS' || !has(one.tls) || one.tls.mode == 'Terminate')",
    message: 'HTTPS ends TLS: its mode is Terminate',
  },
  {
    rule: "self.all(one, one.protocol != 'TLS' || has(one.tls))",
    message: 'TLS needs tls',
  },
  {
    rule: "self.all(one, !(one.protocol in ['TCP', 'UDP']) || !has(one.hostname))",
    message: 'TCP and UDP know no hostname',
  },
  {
    rule: `self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol && ${same('hostname')}))`,
    message: 'each port, protocol and hostname stand together once',
  },
)

export const gatewayApiRules: { readonly [type: string]: ValueRules } = {
  HTTPRouteSpec: {
    fields: {
      parentRefs: parents,
      rules: cel(routeNames, routeMatches),
    },
  },
  HTTPRouteRule: {
    own: cel(
      {
        rule: '!(has(self.backendRefs) && self.backendRefs.size() > 0 && has(self.filters) && self.filters.exists(one, has(one.requestRedirect)))',
        message: 'a redirect has no backends',
      },
      ...['requestRedirect', 'urlRewrite'].map(filter => ({
        rule: prefixReplaced('filters', filter),
        message: prefixMessage,
      })),
      ...['requestRedirect', 'urlRewrite'].map(filter => ({
        rule: backendPrefixReplaced(filter),
        message: prefixMessage,
      })),
    ),
    fields: { filters },
  },
  HTTPRouteMatch: { fields: { headers: listByKey('name'), queryParams: listByKey('name') } },
  HTTPPathMatch: { own: path },
  HTTPBackendRef: { own: backend, fields: { filters } },
  BackendObjectReference: { own: backend },
  HTTPRouteTimeouts: {
    own: cel({
      rule: "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
      message: 'backendRequest is not longer than request',
    }),
  },
  HTTPRouteRetry: { fields: { codes: setOf } },
  SessionPersistence: {
    own: cel(
      {
        rule: "!has(self.cookie) || !has(self.cookie.lifetimeType) || self.cookie.lifetimeType != 'Permanent' || has(self.absoluteTimeout)",
        message: 'a permanent cookie needs absoluteTimeout',
      },
      ...chosenBy('type', { header: 'Header' }),
      { rule: "!has(self.cookie) || self.type == 'Cookie'", message: 'cookie stands with the type Cookie' },
      { rule: "self.type != 'Cookie' || has(self.cookie)", message: 'the type Cookie needs cookie' },
    ),
  },
  HTTPRouteFilter: {
    own: cel(
      ...chosenBy('type', {
        requestHeaderModifier: 'RequestHeaderModifier',
        responseHeaderModifier: 'ResponseHeaderModifier',
        requestMirror: 'RequestMirror',
        requestRedirect: 'RequestRedirect',
        urlRewrite: 'URLRewrite',
        extensionRef: 'ExtensionRef',
        cors: 'CORS',
        externalAuth: 'ExternalAuth',
      }),
    ),
  },
  HTTPHeaderFilter: { fields: { set: listByKey('name'), add: listByKey('name'), remove: setOf } },
  HTTPRequestMirrorFilter: {
    own: cel({
      rule: '!(has(self.percent) && has(self.fraction))',
      message: 'only one of percent, fraction may be there',
    }),
  },
  Fraction: { own: cel({ rule: 'self.numerator <= self.denominator', message: 'a fraction is one at most' }) },
  HTTPPathModifier: {
    own: cel(...chosenBy('type', { replaceFullPath: 'ReplaceFullPath', replacePrefixMatch: 'ReplacePrefixMatch' })),
  },
  HTTPCORSFilter: {
    fields: {
      allowOrigins: { ...setOf, ...starAlone },
      allowMethods: { ...setOf, ...starAlone },
      allowHeaders: { ...setOf, ...starAlone },
      exposeHeaders: setOf,
    },
  },
  HTTPExternalAuthFilter: { own: cel(...chosenBy('protocol', { grpc: 'GRPC', http: 'HTTP' })) },
  GRPCAuthConfig: { fields: { allowedHeaders: setOf } },
  HTTPAuthConfig: { fields: { allowedHeaders: setOf, allowedResponseHeaders: setOf } },
  GatewayClassSpec: {
    fields: { controllerName: cel({ rule: 'self == oldSelf', message: 'the controller can’t be changed' }) },
  },
  GatewaySpec: {
    fields: {
      listeners: { ...listByKey('name'), ...listeners },
      addresses: cel({
        rule: "self.all(a, !has(a.value) || !(a.type in ['IPAddress', 'Hostname']) || self.exists_one(b, a.type == b.type && has(b.value) && a.value == b.value))",
        message: 'each address stands once',
      }),
    },
  },
  Listener: {
    own: cel({
      rule: "!has(self.filters) || self.protocol in ['HTTP', 'HTTPS']",
      message: 'filters are for HTTP and HTTPS',
    }),
  },
  ListenerTLSConfig: {
    own: cel({
      rule: "self.mode != 'Terminate' || (has(self.certificateRefs) && self.certificateRefs.size() > 0) || (has(self.options) && self.options.size() > 0)",
      message: 'Terminate needs certificateRefs',
    }),
  },
  ListenerFilter: {
    own: cel(...chosenBy('type', { externalAuth: 'ExternalAuth', extensionRef: 'ExtensionRef' })),
  },
  GatewaySpecAddress: {
    own: {
      oneOf: [
        {
          properties: {
            type: { enum: ['IPAddress'] },
            value: { anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
          },
        },
        { properties: { type: { not: { enum: ['IPAddress'] } } } },
      ],
      ...cel({
        rule: 'self.type != \'Hostname\' || !has(self.value) || self.value.matches(r"""^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$""")',
        message: 'a Hostname is a DNS name, or *.domain',
      }),
    },
    fields: {
      routability: cel({
        rule: "self == '' || self == 'Cluster' || (self.matches('^.*/.+$') && !format.dns1123Subdomain().validate(self.split('/')[0]).hasValue() && !('.' + self.split('/')[0]).endsWith('.k8s.io'))",
        message: 'Cluster, or domain/word with a domain outside of k8s.io',
      }),
    },
  },
  GatewayInfrastructure: { fields: { labels: infrastructureKeys, annotations: infrastructureKeys } },
  FrontendTLSConfig: {
    fields: {
      perPort: {
        ...listByKey('port'),
        ...cel({ rule: 'self.all(a, self.exists_one(b, a.port == b.port))', message: 'each port stands once' }),
      },
    },
  },
  FrontendTLSValidation: {
    fields: {
      caCertificateRefs: cel({
        rule: "self.all(one, !(one.group == 'certificates.k8s.io' && one.kind == 'ClusterTrustBundle' && has(one.__namespace__)))",
        message: 'a ClusterTrustBundle is in no namespace',
      }),
    },
  },
  GRPCRouteSpec: { fields: { parentRefs: parents, rules: cel(routeNames, routeMatches) } },
  GRPCRouteRule: { fields: { filters: headersOnce } },
  GRPCRouteMatch: { fields: { headers: listByKey('name') } },
  GRPCMethodMatch: {
    own: cel(
      { rule: 'has(self.service) || has(self.method)', message: 'service or method' },
      {
        rule: 'self.type != \'Exact\' || !has(self.service) || self.service.matches(r"""^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$""")',
        message: 'a service has the name of one, with its package',
      },
      {
        rule: 'self.type != \'Exact\' || !has(self.method) || self.method.matches(r"""^[A-Za-z_][A-Za-z_0-9]*$""")',
        message: 'a method has the name of one',
      },
    ),
  },
  GRPCBackendRef: { own: backend, fields: { filters: headersOnce } },
  GRPCRouteFilter: {
    own: cel(
      ...chosenBy('type', {
        requestHeaderModifier: 'RequestHeaderModifier',
        responseHeaderModifier: 'ResponseHeaderModifier',
        requestMirror: 'RequestMirror',
        extensionRef: 'ExtensionRef',
      }),
    ),
  },
  TLSRouteSpec: {
    fields: {
      parentRefs: parents,
      hostnames: cel({ rule: 'self.all(one, !isIP(one))', message: 'a server name is no address' }),
    },
  },
  TCPRouteSpec: { fields: { parentRefs: parents } },
  UDPRouteSpec: { fields: { parentRefs: parents } },
  WeightedBackend: { own: backend },
  ListenerSetSpec: { fields: { listeners: { ...listByKey('name'), ...listeners } } },
  BackendTLSPolicySpec: {
    fields: {
      targetRefs: cel(
        {
          rule: `self.all(a, self.all(b, !(${sameTarget}) || has(a.sectionName) == has(b.sectionName)))`,
          message: 'a target that is named more than once has a sectionName each time',
        },
        {
          rule: `self.all(a, self.exists_one(b, ${sameTarget} && ${same('sectionName')}))`,
          message: 'each target, with its sectionName, stands once',
        },
      ),
    },
  },
  BackendTLSValidation: {
    own: cel({
      rule: 'has(self.caCertificateRefs) != has(self.wellKnownCACertificates)',
      message: 'either caCertificateRefs or wellKnownCACertificates',
    }),
  },
  BackendSubjectAltName: { own: cel(...chosenBy('type', { hostname: 'Hostname', uri: 'URI' })) },
}

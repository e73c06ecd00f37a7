import { durationMs } from '../duration.ts'
import { duration, endlessDuration, exportTo, isDnsLabel, isFqdn, isWildcardDomain } from '../forms.ts'
import { headerValue, isHeaderName, plainValue } from '../http-forms.ts'
import { narrowForm } from '../object-name.ts'
import {
  badForm,
  cannotServe,
  conflict,
  missing,
  noEffect,
  type RuleFinding,
  token,
  twice,
  withoutEffect,
} from '../rule-finding.ts'
import { connectionPoolRules, keepaliveRules } from './connection-pool-rules.ts'
import { localityRules, zoneAwareRules } from './locality-rules.ts'
import type {
  DefaultProxyConfig,
  ExtensionProvider,
  GrpcAuthorizer,
  HttpAuthorizer,
  MeshConfig,
} from './mesh-config.ts'
import { lineRules, logRules } from './mesh-config-log-rules.ts'
import { outlierRules } from './outlier-rules.ts'
import { environmentRules } from './proxy-config.ts'
import type { ProxyHeaders } from './proxy-headers.ts'
import { proxyVariables } from './proxy-metadata.ts'
import { retryRules } from './retry-rules.ts'
import { spanTagRules } from './telemetry-rules.ts'
import { tlsWordRules } from './tls-words.ts'

/** Places in the text are written as if the text were part of the object. */
const root = '/data/mesh'

/** Istio's validation of MeshConfig, as far as it is read. Of each, what the schema has found is left to that. */
export function* meshConfigRules(config: MeshConfig): Iterable<RuleFinding> {
  yield* lineRules(config, root)
  yield* duration(`${root}/connectTimeout`, config.connectTimeout)
  yield* keepaliveRules(config.tcpKeepalive, `${root}/tcpKeepalive`)
  const { defaultTrafficPolicy: policy } = config
  yield* connectionPoolRules(policy?.connectionPool, `${root}/defaultTrafficPolicy/connectionPool`)
  yield* outlierRules(policy?.outlierDetection, `${root}/defaultTrafficPolicy/outlierDetection`)
  yield* localityRules(config.localityLbSetting, `${root}/localityLbSetting`)
  yield* zoneAwareRules(config.zoneAwareLbSetting, `${root}/zoneAwareLbSetting`)
  yield* wideRules(config)
  if (config.outboundTrafficPolicy?.mode === 'ALLOW_ANY_DYNAMIC_DNS')
    yield cannotServe(
      `${root}/outboundTrafficPolicy/mode`,
      'names of unknown hosts are not looked up anew; connections go on to where they were going, as with ALLOW_ANY',
    )
  yield* proxyRules(config.defaultConfig ?? {}, `${root}/defaultConfig`)
  const { extensionProviders } = config
  if (!Array.isArray(extensionProviders)) return
  const providers: readonly Partial<ExtensionProvider>[] = extensionProviders.filter(each => typeof each === 'object')
  yield* twice(
    providers.map(({ name }) => name),
    index => `${root}/extensionProviders/${index}/name`,
  )
  for (const [index, provider] of providers.entries())
    yield* providerRules(provider, `${root}/extensionProviders/${index}`)
}

const exports = ['defaultServiceExportTo', 'defaultVirtualServiceExportTo', 'defaultDestinationRuleExportTo'] as const

/** Of what concerns all proxies, routes and names alike. */
function* wideRules(config: MeshConfig): Iterable<RuleFinding> {
  yield* retryRules(config.defaultHttpRetryPolicy, `${root}/defaultHttpRetryPolicy`)
  yield* duration(`${root}/protocolDetectionTimeout`, config.protocolDetectionTimeout, 0)
  yield* duration(`${root}/dnsRefreshRate`, config.dnsRefreshRate)
  yield* tlsWordRules(config.meshMTLS, `${root}/meshMTLS`)
  yield* tlsWordRules(config.tlsDefaults, `${root}/tlsDefaults`)
  for (const field of exports) yield* exportTo(`${root}/${field}`, config[field])
  const { trustDomain = '', rootNamespace = '' } = config
  if (rootNamespace !== '' && !narrowForm('Namespace').pattern.test(rootNamespace))
    yield badForm(`${root}/rootNamespace`, rootNamespace, 'a namespace', 'write a DNS label')
  if (trustDomain !== '' && !isFqdn(trustDomain))
    yield badForm(`${root}/trustDomain`, trustDomain, 'a trust domain', 'write a DNS name')
  for (const [index, domain] of (config.trustDomainAliases ?? []).entries())
    if (!isFqdn(domain))
      yield badForm(`${root}/trustDomainAliases/${index}`, domain, 'a trust domain', 'write a DNS name')
  yield* twice(config.trustDomainAliases ?? [], index => `${root}/trustDomainAliases/${index}`)
}

/** Of Istio's variables those that proxies are told by. */
function* wishRules(metadata: unknown, pointer: string): Iterable<RuleFinding> {
  if (typeof metadata !== 'object' || metadata === null) return
  for (const [name, value] of Object.entries(metadata))
    if (proxyVariables.has(name) && value !== 'true' && value !== 'false')
      yield badForm(`${pointer}/${token(name)}`, String(value), '"true" or "false"', 'write one of them, in quotes')
}

function* proxyRules(proxies: DefaultProxyConfig, pointer: string): Iterable<RuleFinding> {
  const { drainDuration, proxyMetadata, holdApplicationUntilProxyStarts: holds, proxyHeaders, tracing } = proxies
  yield* endlessDuration(`${pointer}/drainDuration`, drainDuration)
  const drainMs = durationMs(drainDuration)
  if (drainMs !== undefined && drainMs < 1000)
    yield badForm(`${pointer}/drainDuration`, drainDuration!, 'a duration of at least 1s')
  yield* environmentRules(proxyMetadata, `${pointer}/proxyMetadata`)
  yield* wishRules(proxyMetadata, `${pointer}/proxyMetadata`)
  yield* spanTagRules(tracing?.customTags, `${pointer}/tracing/customTags`, ['literal', 'environment', 'header'])
  yield* headerRules(proxyHeaders, `${pointer}/proxyHeaders`)
  const place = `${pointer}/holdApplicationUntilProxyStarts`
  if (holds !== undefined) yield withoutEffect(place, 'proxies start before what they carry in any case')
}

function* headerRules(headers: ProxyHeaders | undefined, pointer: string): Iterable<RuleFinding> {
  const { server, metadataExchangeHeaders: exchanged, setCurrentClientCertDetails: details } = headers ?? {}
  if (server?.disabled === true && (server.value ?? '') !== '')
    yield noEffect(`${pointer}/server/value`, 'the header is disabled')
  yield* plainValue(`${pointer}/server/value`, server?.value)
  const certs = headers?.forwardedClientCert ?? 'UNDEFINED'
  if (details !== undefined && !['UNDEFINED', 'APPEND_FORWARD', 'SANITIZE_SET'].includes(certs))
    yield noEffect(`${pointer}/setCurrentClientCertDetails`, `${certs} writes nothing of the caller’s certificate`)
  if (exchanged !== undefined)
    yield withoutEffect(`${pointer}/metadataExchangeHeaders`, 'Istio’s own Envoy alone exchanges metadata in headers')
}

function* providerRules(provider: Partial<ExtensionProvider>, pointer: string): Iterable<RuleFinding> {
  const [way, ...more] = Object.keys(provider).filter(field => field !== 'name')
  if (way === undefined) yield missing(pointer, 'a field that says how it is asked or told')
  for (const field of more) yield conflict(`${pointer}/${token(field)}`, way!)
  const { envoyExtAuthzHttp: http, envoyExtAuthzGrpc: grpc, opentelemetry, zipkin } = provider
  if (http !== undefined) {
    yield* authorizerRules(http, `${pointer}/envoyExtAuthzHttp`)
    yield* httpRules(http, `${pointer}/envoyExtAuthzHttp`)
  }
  if (grpc !== undefined) yield* authorizerRules(grpc, `${pointer}/envoyExtAuthzGrpc`)
  if (zipkin !== undefined) yield* serviceRules(zipkin.service, `${pointer}/zipkin/service`)
  for (const way of ['envoyOtelAls', 'envoyHttpAls', 'envoyTcpAls'] as const)
    if (provider[way] !== undefined) yield* serviceRules(provider[way].service, `${pointer}/${way}/service`)
  yield* logRules(provider, pointer)
  if (opentelemetry === undefined) return
  yield* serviceRules(opentelemetry.service, `${pointer}/opentelemetry/service`)
  yield* duration(`${pointer}/opentelemetry/http/timeout`, opentelemetry.http?.timeout)
}

function* authorizerRules(from: HttpAuthorizer | GrpcAuthorizer, pointer: string): Iterable<RuleFinding> {
  yield* serviceRules(from.service, `${pointer}/service`)
  yield* duration(`${pointer}/timeout`, from.timeout)
  const { statusOnError: status } = from
  if (status !== undefined && status !== '' && !statuses.has(Number(status)))
    yield badForm(`${pointer}/statusOnError`, status, 'a status of HTTP that Envoy knows', 'write 403 or 503, say')
}

function* serviceRules(service: string, pointer: string): Iterable<RuleFinding> {
  const [first = '', second, ...rest] = service.split('/')
  const [namespace, host] = second === undefined ? [undefined, first] : [first, second]
  const isRight = rest.length === 0 && isWildcardDomain(host) && (namespace === undefined || isDnsLabel(namespace))
  if (!isRight) yield badForm(pointer, service, 'a host, or NAMESPACE/HOST', 'name the service by its whole host')
}

/** The lists of headers; a `*` may stand at either edge. */
const headerLists = [
  'includeRequestHeadersInCheck',
  'headersToUpstreamOnAllow',
  'headersToDownstreamOnDeny',
  'headersToDownstreamOnAllow',
] as const

function* httpRules(from: HttpAuthorizer, pointer: string): Iterable<RuleFinding> {
  const { pathPrefix, includeAdditionalHeadersInCheck: added = {}, includeRequestBodyInCheck: body } = from
  if (pathPrefix !== undefined && pathPrefix !== '' && !pathPrefix.startsWith('/'))
    yield badForm(`${pointer}/pathPrefix`, pathPrefix, 'the beginning of a path, which is a slash')
  for (const field of headerLists)
    for (const [index, name] of (from[field] ?? []).entries()) {
      const bare = name.replace(/^\*|\*$/, '')
      if (name !== '*' && !isHeaderName(bare))
        yield { slug: 'header-name-invalid', pointer: `${pointer}/${field}/${index}`, params: { value: name } }
    }
  for (const [name, value] of Object.entries(added)) {
    const place = `${pointer}/includeAdditionalHeadersInCheck/${token(name)}`
    if (!isHeaderName(name)) yield { slug: 'header-name-invalid', pointer: place, params: { value: name } }
    yield* headerValue(place, value)
  }
  if (body?.packAsBytes !== undefined)
    yield noEffect(`${pointer}/includeRequestBodyInCheck/packAsBytes`, 'by HTTP a body is sent as it is')
}

/** Those that Envoy can answer with (`envoy.type.v3.StatusCode`). */
const statuses: ReadonlySet<number> = new Set([
  ...[100, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417],
  ...[421, 422, 423, 424, 426, 428, 429, 431, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511],
])

import { isFqdn, isIpAddress, isWildcardDomain } from '../forms.ts'
import type { Resource } from '../resource.ts'
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
import { authRules, extensionRules } from './filter-rules.ts'
import type {
  FrontendTLSConfig,
  Gateway,
  GatewaySpec,
  GatewaySpecAddress,
  Listener,
  ListenerNamespaces,
  RouteNamespaces,
} from './gateway.ts'

export function* gatewayApiGatewayRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Gateway
  yield* listenersRules(spec.listeners)
  yield* selectorRules('/spec/allowedListeners/namespaces', spec.allowedListeners?.namespaces)
  yield* addressRules(spec.addresses)
  yield* infrastructureRules(spec)
  yield* frontendRules('/spec/tls/frontend', spec.tls?.frontend)
  if (spec.addresses !== undefined && spec.addresses.length > 0)
    yield cannotServe('/spec/addresses', 'the ingress gateway serves it, at the addresses that its Services have')
}

export function* listenersRules(listeners: readonly Listener[]): Iterable<RuleFinding> {
  yield* twice(
    listeners.map(({ name }) => name),
    index => `/spec/listeners/${index}/name`,
  )
  yield* twice(
    listeners.map(({ port, protocol, hostname = '' }) => `${port} ${protocol} ${hostname}`.trim()),
    index => `/spec/listeners/${index}`,
  )
  for (const [index, listener] of listeners.entries()) yield* listenerRules(`/spec/listeners/${index}`, listener)
}

const noTls: ReadonlySet<string> = new Set(['HTTP', 'TCP', 'UDP'])
function* listenerRules(pointer: string, listener: Listener): Iterable<RuleFinding> {
  const { protocol, tls, hostname } = listener
  yield* selectorRules(`${pointer}/allowedRoutes/namespaces`, listener.allowedRoutes?.namespaces)
  const mode = tls?.mode ?? 'Terminate'
  if (tls !== undefined && noTls.has(protocol)) yield conflict(`${pointer}/tls`, `the protocol ${protocol}`)
  if (protocol === 'HTTPS' && tls !== undefined && mode !== 'Terminate')
    yield conflict(`${pointer}/tls/mode`, 'the protocol HTTPS, which ends TLS')
  if ((protocol === 'HTTPS' || protocol === 'TLS') && tls === undefined) yield missing(pointer, 'tls')
  if (hostname !== undefined && (protocol === 'TCP' || protocol === 'UDP'))
    yield conflict(`${pointer}/hostname`, `the protocol ${protocol}`)
  if (
    tls !== undefined &&
    mode === 'Terminate' &&
    !tls.certificateRefs?.length &&
    !Object.keys(tls.options ?? {}).length
  )
    yield missing(`${pointer}/tls`, 'certificateRefs')
  if (tls?.options !== undefined)
    yield withoutEffect(`${pointer}/tls/options`, 'Meshwright has no settings of its own there')
  if (hostname !== undefined && isIpAddress(hostname)) yield badForm(`${pointer}/hostname`, hostname, 'a DNS name')
  if (listener.filters !== undefined) {
    if (protocol !== 'HTTP' && protocol !== 'HTTPS') yield conflict(`${pointer}/filters`, `the protocol ${protocol}`)
    yield* filterRules(`${pointer}/filters/requests`, listener)
  }
}

/** Kubernetes' own rule: without a selector there is nothing that it takes. */
function* selectorRules(pointer: string, namespaces: ListenerNamespaces | RouteNamespaces = {}): Iterable<RuleFinding> {
  if (namespaces.from === 'Selector' && namespaces.selector === undefined)
    yield noEffect(`${pointer}/from`, 'there is no selector, so that it takes in no namespace')
}

function* filterRules(pointer: string, { filters }: Listener): Iterable<RuleFinding> {
  for (const [index, filter] of (filters?.requests ?? []).entries()) {
    yield* authRules(`${pointer}/${index}/externalAuth`, filter.externalAuth)
    yield* extensionRules(`${pointer}/${index}/extensionRef`, filter.extensionRef)
    for (const [type, field] of [
      ['ExternalAuth', 'externalAuth'],
      ['ExtensionRef', 'extensionRef'],
    ] as const) {
      if (filter[field] === undefined && filter.type === type) yield missing(`${pointer}/${index}`, field)
      if (filter[field] !== undefined && filter.type !== type)
        yield conflict(`${pointer}/${index}/${field}`, `the type ${filter.type}`)
    }
  }
}

function* addressRules(addresses: readonly GatewaySpecAddress[] = []): Iterable<RuleFinding> {
  const known = addresses.map(({ type = 'IPAddress', value }) =>
    value !== undefined && (type === 'IPAddress' || type === 'Hostname') ? `${type} ${value}` : undefined,
  )
  yield* twice(known, index => `/spec/addresses/${index}/value`)
  for (const [index, { type = 'IPAddress', value, routability = '' }] of addresses.entries()) {
    const place = `/spec/addresses/${index}`
    if (value !== undefined && type === 'IPAddress' && !isIpAddress(value))
      yield badForm(`${place}/value`, value, 'an IP address')
    if (value !== undefined && type === 'Hostname' && !isWildcardDomain(value))
      yield badForm(`${place}/value`, value, 'a DNS name')
    if (routability !== '' && routability !== 'Cluster' && !isOwnWord(routability))
      yield badForm(`${place}/routability`, routability, '"Cluster", or domain/word')
  }
}

/** `example.com/private`: Kubernetes keeps its own domains to itself. */
function isOwnWord(text: string): boolean {
  const slash = text.indexOf('/')
  const domain = text.slice(0, slash)
  return slash > 0 && text.length > slash + 1 && isFqdn(domain) && !`.${domain}`.endsWith('.k8s.io')
}

const key =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/

function* infrastructureRules({ infrastructure }: GatewaySpec): Iterable<RuleFinding> {
  if (infrastructure !== undefined)
    yield withoutEffect(
      '/spec/infrastructure',
      'the ingress gateway’s pods serve all Gateways: nothing is made for one alone',
    )
  for (const field of ['labels', 'annotations'] as const)
    for (const name of Object.keys(infrastructure?.[field] ?? {}))
      if (!key.test(name) || name.split('/')[0]!.length >= 253)
        yield badForm(`/spec/infrastructure/${field}/${token(name)}`, name, 'the key of a label: name, or domain/name')
}

function* frontendRules(pointer: string, frontend: FrontendTLSConfig | undefined): Iterable<RuleFinding> {
  const { perPort = [] } = frontend ?? {}
  yield* twice(
    perPort.map(({ port }) => port),
    index => `${pointer}/perPort/${index}/port`,
  )
  const all = [
    { config: frontend?.default, place: `${pointer}/default` },
    ...perPort.map(({ tls }, index) => ({ config: tls, place: `${pointer}/perPort/${index}/tls` })),
  ]
  for (const { config, place } of all)
    for (const [index, ref] of (config?.validation?.caCertificateRefs ?? []).entries())
      if (ref.group === 'certificates.k8s.io' && ref.kind === 'ClusterTrustBundle' && ref.namespace !== undefined)
        yield conflict(
          `${place}/validation/caCertificateRefs/${index}/namespace`,
          'a ClusterTrustBundle, which has none',
        )
}

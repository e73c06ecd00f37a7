import { isDnsLabel, isWildcardDomain } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, conflict, missing, port, type RuleFinding, twice, unserved } from '../rule-finding.ts'
import { connectionPoolRules } from './connection-pool-rules.ts'
import type { ServerTLSSettings } from './gateway.ts'
import { labelSelectorRules } from './policy-target.ts'
import type { IstioEgressListener, IstioIngressListener, OutboundTrafficPolicy, Sidecar } from './sidecar.ts'

/** Istio's validation of Sidecar. */
export function* sidecarRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Sidecar
  if (Object.keys(spec).length === 0) yield missing('/spec', 'egress, ingress or outboundTrafficPolicy')
  yield* labelSelectorRules(spec.workloadSelector)
  yield* ingressRules(spec.ingress ?? [])
  yield* egressRules(spec.egress ?? [])
  yield* connectionPoolRules(spec.inboundConnectionPool, '/spec/inboundConnectionPool')
  yield* outboundRules(spec.outboundTrafficPolicy)
  yield* unserved('/spec', spec, ['ingress', 'inboundConnectionPool'])
}

function* outboundRules({ mode, egressProxy }: OutboundTrafficPolicy = {}): Iterable<RuleFinding> {
  if (egressProxy === undefined) return
  const pointer = '/spec/outboundTrafficPolicy/egressProxy'
  if (mode !== 'ALLOW_ANY') yield conflict(pointer, 'a mode other than ALLOW_ANY')
  if (egressProxy.port?.number === undefined) yield missing(pointer, 'a port with a number')
  else yield* port(`${pointer}/port/number`, egressProxy.port.number)
}

function* ingressRules(listeners: readonly IstioIngressListener[]): Iterable<RuleFinding> {
  for (const [index, listener] of listeners.entries()) {
    const { defaultEndpoint, port: own, tls, connectionPool } = listener
    if (own.number === undefined) yield missing(`/spec/ingress/${index}/port`, 'a number')
    yield* port(`/spec/ingress/${index}/port/number`, own.number)
    const pointer = `/spec/ingress/${index}/defaultEndpoint`
    const form = /^((127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]):\d{1,5}|unix:\/\/[/@].+)$/
    if (defaultEndpoint !== undefined && !form.test(defaultEndpoint))
      yield badForm(pointer, defaultEndpoint, 'an endpoint of the workload', 'write 127.0.0.1:PORT or unix:///path')
    if (tls !== undefined) {
      if (!/^(HTTPS|TLS)$/i.test(own.protocol ?? ''))
        yield conflict(`/spec/ingress/${index}/tls`, 'a protocol without TLS: make it HTTPS or TLS')
      yield* ingressTlsRules(tls, `/spec/ingress/${index}/tls`)
    }
    yield* connectionPoolRules(connectionPool, `/spec/ingress/${index}/connectionPool`)
  }
  yield* twice(
    listeners.map(({ port }) => port.number),
    index => `/spec/ingress/${index}/port/number`,
  )
}

/** A sidecar reads certificates from its own disk, and ends TLS for clients outside of the mesh alone. */
function* ingressTlsRules(tls: ServerTLSSettings, pointer: string): Iterable<RuleFinding> {
  for (const field of [
    'httpsRedirect',
    'credentialName',
    'credentialNames',
    'tlsCertificates',
    'subjectAltNames',
  ] as const)
    if (tls[field] !== undefined) yield conflict(`${pointer}/${field}`, 'a sidecar: only gateways know it')
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH')
    yield conflict(`${pointer}/mode`, 'a sidecar: use SIMPLE, MUTUAL or OPTIONAL_MUTUAL')
}

function* egressRules(listeners: readonly IstioEgressListener[]): Iterable<RuleFinding> {
  for (const [index, listener] of listeners.entries()) {
    const pointer = `/spec/egress/${index}`
    if (listener.hosts.length === 0) yield missing(pointer, 'a host')
    if (listener.port === undefined && index < listeners.length - 1)
      yield badForm(pointer, 'a listener without port', 'the last one', 'put it behind those with a port')
    for (const [at, host] of listener.hosts.entries()) yield* hostRules(host, `${pointer}/hosts/${at}`)
    yield* twice(listener.hosts, at => `${pointer}/hosts/${at}`)
    yield* unserved(pointer, listener, ['port', 'bind', 'captureMode'])
  }
}

/** `namespace/host`; `*` any namespace, `.` its own, `~` none, and `~x` all but x. */
function* hostRules(text: string, pointer: string): Iterable<RuleFinding> {
  const [namespace = '', host, ...rest] = text.split('/')
  const isNamespace = ['*', '.', '~'].includes(namespace) || isDnsLabel(namespace.replace(/^~/, ''))
  if (host === undefined || rest.length > 0 || !isNamespace || !isWildcardDomain(host))
    yield badForm(pointer, text, 'namespace/host', 'write "./*" for the own namespace, "*/*" for all, "~/*" for none')
}

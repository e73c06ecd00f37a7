import { isDnsLabel, isWildcardDomain } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, missing, type RuleFinding, twice, unserved } from '../rule-finding.ts'
import { connectionPoolRules } from './connection-pool-rules.ts'
import { labelSelectorRules } from './policy-target.ts'
import type { IstioEgressListener, IstioIngressListener, Sidecar } from './sidecar.ts'

/** Istio's validation of Sidecar. */
export function* sidecarRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Sidecar
  if (Object.keys(spec).length === 0) yield missing('/spec', 'egress, ingress or outboundTrafficPolicy')
  yield* labelSelectorRules(spec.workloadSelector)
  yield* ingressRules(spec.ingress ?? [])
  yield* egressRules(spec.egress ?? [])
  yield* connectionPoolRules(spec.inboundConnectionPool, '/spec/inboundConnectionPool')
  yield* unserved('/spec', spec, ['ingress', 'inboundConnectionPool', 'outboundTrafficPolicy'])
}

function* ingressRules(listeners: readonly IstioIngressListener[]): Iterable<RuleFinding> {
  for (const [index, { defaultEndpoint }] of listeners.entries()) {
    const pointer = `/spec/ingress/${index}/defaultEndpoint`
    const form = /^((127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]):\d{1,5}|unix:\/\/[/@].+)$/
    if (defaultEndpoint !== undefined && !form.test(defaultEndpoint))
      yield badForm(pointer, defaultEndpoint, 'an endpoint of the workload', 'write 127.0.0.1:PORT or unix:///path')
  }
  yield* twice(
    listeners.map(({ port }) => port.number),
    index => `/spec/ingress/${index}/port/number`,
  )
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

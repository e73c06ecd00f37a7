import { isIP } from 'node:net'
import { isAnyAddress } from '../../model/scope.ts'
import { isDnsLabel, isFqdn, isWildcardDomain } from '../forms.ts'
import type { Resource } from '../resource.ts'
import { badForm, conflict, missing, noEffect, port, type RuleFinding, twice } from '../rule-finding.ts'
import { labelSelectorRules } from './policy-target.ts'
import { protocolRules } from './protocols.ts'
import type { IstioEgressListener, OutboundTrafficPolicy, Sidecar } from './sidecar.ts'
import { inboundPoolRules, ingressRules, redirectedAnyway } from './sidecar-ingress-rules.ts'

/** Istio's validation of Sidecar. */
export function* sidecarRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as Sidecar
  if (Object.keys(spec).length === 0) yield missing('/spec', 'egress, ingress or outboundTrafficPolicy')
  yield* labelSelectorRules(spec.workloadSelector)
  yield* ingressRules(spec.ingress ?? [])
  yield* egressRules(spec.egress ?? [])
  yield* inboundPoolRules(spec.inboundConnectionPool, '/spec/inboundConnectionPool')
  yield* outboundRules(spec.outboundTrafficPolicy)
}

function* outboundRules({ mode, egressProxy }: OutboundTrafficPolicy = {}): Iterable<RuleFinding> {
  if (egressProxy === undefined) return
  const pointer = '/spec/outboundTrafficPolicy/egressProxy'
  const { host } = egressProxy
  if (!isFqdn(host)) yield badForm(`${pointer}/host`, host, 'a host', 'name a service, or its full DNS name')
  if (mode !== 'ALLOW_ANY') yield conflict(pointer, 'a mode other than ALLOW_ANY')
  if (egressProxy.port?.number === undefined) yield missing(pointer, 'a port with a number')
  else yield* port(`${pointer}/port/number`, egressProxy.port.number)
}

function* egressRules(listeners: readonly IstioEgressListener[]): Iterable<RuleFinding> {
  for (const [index, listener] of listeners.entries()) {
    const pointer = `/spec/egress/${index}`
    if (listener.hosts.length === 0) yield missing(pointer, 'a host')
    if (listener.port === undefined && index < listeners.length - 1)
      yield badForm(pointer, 'a listener without port', 'the last one', 'put it behind those with a port')
    for (const [at, host] of listener.hosts.entries()) yield* hostRules(host, `${pointer}/hosts/${at}`)
    for (const [at, host] of listener.hosts.entries())
      if (listener.hosts.indexOf(host) < at) yield noEffect(`${pointer}/hosts/${at}`, `"${host}" stands there twice`)
    const hasAll = listener.hosts.includes('*/*')
    for (const [at, host] of listener.hosts.entries())
      if (hasAll && host !== '*/*' && !host.startsWith('~'))
        yield noEffect(`${pointer}/hosts/${at}`, '"*/*" stands beside it, which is all hosts')
    yield* addressRules(listener, pointer)
  }
  yield* twice(
    listeners.map(({ port: own }) => own?.number || undefined),
    index => `/spec/egress/${index}/port/number`,
  )
  const sockets = listeners.map(({ bind }) => (bind?.startsWith('unix://') === true ? bind : undefined))
  yield* twice(sockets, index => `/spec/egress/${index}/bind`)
}

/** Where it is found. */
function* addressRules({ port: own, bind, captureMode }: IstioEgressListener, pointer: string): Iterable<RuleFinding> {
  const isSocket = bind?.startsWith('unix://') === true
  if (!isSocket && bind !== undefined && bind !== '' && isIP(bind) === 0)
    yield badForm(`${pointer}/bind`, bind, 'an IP address, or unix:///path')
  if (captureMode === 'NONE' && bind !== undefined && isAnyAddress(bind))
    yield noEffect(`${pointer}/captureMode`, redirectedAnyway)
  if (captureMode === 'IPTABLES' && bind !== undefined && bind !== '')
    yield conflict(`${pointer}/bind`, 'captureMode: IPTABLES')
  if (own === undefined) return
  if (own.number === undefined) yield missing(`${pointer}/port`, 'a number')
  if (!isSocket) yield* port(`${pointer}/port/number`, own.number)
  else if (own.number) yield conflict(`${pointer}/port/number`, 'a socket, which has none: write 0')
  if (own.targetPort !== undefined)
    yield conflict(`${pointer}/port/targetPort`, 'a sidecar: services say where they listen')
  if (own.protocol === undefined || own.protocol === '') return
  yield* protocolRules(`${pointer}/port/protocol`, own.protocol)
}

/** `namespace/host`; `*` any namespace, `.` its own, `~` none, and `~x` all but x. */
function* hostRules(text: string, pointer: string): Iterable<RuleFinding> {
  const [namespace = '', host, ...rest] = text.split('/')
  const isNamespace = ['*', '.', '~'].includes(namespace) || isDnsLabel(namespace.replace(/^~/, ''))
  if (host === undefined || rest.length > 0 || !isNamespace || !isWildcardDomain(host))
    yield badForm(pointer, text, 'namespace/host', 'write "./*" for the own namespace, "*/*" for all, "~/*" for none')
}

import { exportTo, isAddressBlock, isDnsLabel, isFqdn, isIpAddress, isWildcardDomain } from '../forms.ts'
import type { Resource } from '../resource.ts'
import {
  badForm,
  cannotServe,
  conflict,
  noEffect,
  port,
  type RuleFinding,
  token,
  twice,
  unknownWord,
} from '../rule-finding.ts'
import { protocolRules, protocols, unserved } from './protocols.ts'
import type { EndpointSelector, ServiceEntry, ServiceEntryPort, ServiceEntrySpec } from './service-entry.ts'
import type { WorkloadEntrySpec } from './workload-entry.ts'
import { isSocket, placeRules } from './workload-entry-rules.ts'

/** Istio's validation of ServiceEntry, and what Envoy takes of it. */
export function* serviceEntryRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as ServiceEntry
  yield* hostRules(spec)
  yield* addressRules(spec)
  yield* portRules(spec)
  yield* resolutionRules[resolutionOf(spec)](spec)
  for (const [index, endpoint] of (spec.endpoints ?? []).entries())
    yield* placeRules(endpoint, `/spec/endpoints/${index}`)
  if (spec.endpoints !== undefined && spec.workloadSelector !== undefined)
    yield conflict('/spec/workloadSelector', 'endpoints')
  yield* selectorRules(spec.workloadSelector)
  // `~` hides the hosts from everybody, where it stands alone.
  if (spec.exportTo?.length !== 1 || spec.exportTo[0] !== '~')
    yield* exportTo('/spec/exportTo', spec.exportTo, resource.metadata.namespace)
}

type Resolution = NonNullable<ServiceEntrySpec['resolution']>

export function resolutionOf({ resolution }: ServiceEntrySpec): Resolution {
  return resolution ?? 'NONE'
}

/** A wildcard that stands for whole labels, which is all that TLS can tell apart. */
export function isPartialWildcard(host: string): boolean {
  return host.startsWith('*') && !host.startsWith('*.')
}

function* hostRules(spec: ServiceEntrySpec): Iterable<RuleFinding> {
  for (const [index, host] of spec.hosts.entries()) {
    const pointer = `/spec/hosts/${index}`
    if (host === '*') yield badForm(pointer, host, 'a host', 'name the hosts, or a domain: "*.example.com"')
    else if (!isWildcardDomain(host)) yield badForm(pointer, host, 'a DNS name', 'write it like api.example.com')
    else if (isPartialWildcard(host))
      yield cannotServe(pointer, 'a wildcard must be followed by a dot: "*.example.com"')
  }
  yield* twice(
    spec.hosts.map(host => host.toLowerCase().replace(/\.$/, '')),
    index => `/spec/hosts/${index}`,
  )
}

function* addressRules(spec: ServiceEntrySpec): Iterable<RuleFinding> {
  const takesBlocks = ['NONE', 'STATIC'].includes(resolutionOf(spec))
  for (const [index, address] of (spec.addresses ?? []).entries()) {
    const pointer = `/spec/addresses/${index}`
    if (!isAddressBlock(address))
      yield badForm(pointer, address, 'an IP address or a CIDR', 'write it like 10.1.2.3 or 10.1.0.0/16')
    else if (!takesBlocks && !isIpAddress(address))
      yield conflict(pointer, `resolution ${resolutionOf(spec)}: ranges are for NONE and STATIC`)
  }
  yield* twice(spec.addresses ?? [], index => `/spec/addresses/${index}`)
}

function* portRules(spec: ServiceEntrySpec): Iterable<RuleFinding> {
  const ports = spec.ports ?? []
  for (const [index, item] of ports.entries()) yield* onePort(item, spec, `/spec/ports/${index}`)
  yield* twice(
    ports.map(({ name }) => name),
    index => `/spec/ports/${index}/name`,
  )
  yield* twice(
    ports.map(({ number }) => number),
    index => `/spec/ports/${index}/number`,
  )
}

function* onePort(item: ServiceEntryPort, spec: ServiceEntrySpec, pointer: string): Iterable<RuleFinding> {
  const { name, number, targetPort, protocol } = item
  if (!isDnsLabel(name)) yield badForm(`${pointer}/name`, name, 'a DNS label')
  yield* port(`${pointer}/number`, number)
  yield* port(`${pointer}/targetPort`, targetPort)
  if (protocol !== undefined && protocol !== '') yield* protocolRules(`${pointer}/protocol`, protocol)
  const word = protocol?.toUpperCase() ?? ''
  const reason = unserved.get(word)
  if (reason !== undefined) yield cannotServe(`${pointer}/protocol`, reason)
  const family = protocols.get(word)
  // A name is in what HTTP and TLS begin with; other bytes have only an address, which the hosts share.
  if (spec.hosts.length > 1 && resolutionOf(spec) !== 'NONE' && family !== 'http' && family !== 'tls')
    yield conflict(
      protocol === undefined ? pointer : `${pointer}/protocol`,
      'several hosts: without HTTP or TLS nothing tells them apart',
    )
}

const resolutionRules: { readonly [R in Resolution]: (spec: ServiceEntrySpec) => Iterable<RuleFinding> } = {
  *NONE({ endpoints, workloadSelector }) {
    if (endpoints !== undefined)
      yield conflict('/spec/endpoints', 'resolution NONE: it is the caller who knows the address')
    if (workloadSelector !== undefined)
      yield noEffect('/spec/workloadSelector', 'with resolution NONE it is the caller who knows the address')
  },
  *STATIC({ endpoints = [] }) {
    for (const [index, { address }] of endpoints.entries())
      if (address !== undefined && isFqdn(address))
        yield badForm(
          `/spec/endpoints/${index}/address`,
          address,
          'an IP address, which resolution STATIC needs',
          'write its address, or make the resolution DNS',
        )
  },
  DNS: dnsRules,
  *DNS_ROUND_ROBIN(spec) {
    yield* dnsRules(spec)
    if ((spec.endpoints ?? []).length > 1)
      yield conflict('/spec/endpoints/1', 'resolution DNS_ROUND_ROBIN, which asks for one name')
    if (spec.workloadSelector !== undefined)
      yield cannotServe(
        '/spec/workloadSelector',
        'DNS_ROUND_ROBIN asks for one name: of all that is selected, the first',
      )
  },
  *DYNAMIC_DNS({ hosts, addresses, endpoints, workloadSelector, ports = [] }) {
    for (const [index, host] of hosts.entries())
      if (!host.startsWith('*'))
        yield conflict(`/spec/hosts/${index}`, 'resolution DYNAMIC_DNS, which is for wildcards: use DNS')
    if (addresses !== undefined) yield conflict('/spec/addresses', 'resolution DYNAMIC_DNS')
    if (endpoints !== undefined) yield conflict('/spec/endpoints', 'resolution DYNAMIC_DNS')
    if (workloadSelector !== undefined) yield conflict('/spec/workloadSelector', 'resolution DYNAMIC_DNS')
    for (const [index, { protocol = '' }] of ports.entries())
      if (!['HTTP', 'HTTP2', 'GRPC', 'TLS'].includes(protocol.toUpperCase()))
        yield unknownWord(
          `/spec/ports/${index}${protocol === '' ? '' : '/protocol'}`,
          protocol,
          'a protocol for resolution DYNAMIC_DNS',
          'use HTTP, HTTP2, GRPC or TLS',
        )
  },
}

function* dnsRules({ hosts, endpoints, workloadSelector, ports = [] }: ServiceEntrySpec): Iterable<RuleFinding> {
  if ((endpoints ?? []).length === 0 && workloadSelector === undefined) {
    for (const [index, host] of hosts.entries())
      if (host.startsWith('*') && host !== '*')
        yield badForm(
          `/spec/hosts/${index}`,
          host,
          'a name that can be looked up',
          'name endpoints, or make the resolution NONE',
        )
  }
  const names = ports.map(({ name }) => name)
  for (const [index, endpoint] of (endpoints ?? []).entries())
    yield* dnsEndpoint(endpoint, names, `/spec/endpoints/${index}`)
}

function* dnsEndpoint(endpoint: WorkloadEntrySpec, names: readonly string[], pointer: string): Iterable<RuleFinding> {
  if (isSocket(endpoint.address)) yield conflict(`${pointer}/address`, 'a resolution by DNS: sockets are for STATIC')
  for (const name of Object.keys(endpoint.ports ?? {}))
    if (!names.includes(name))
      yield {
        ...unknownWord(
          `${pointer}/ports/${token(name)}`,
          name,
          'a port of this entry',
          names.length === 0 ? 'declare the port' : names,
        ),
        isName: true,
      }
}

function* selectorRules(selector: EndpointSelector | undefined): Iterable<RuleFinding> {
  if (selector === undefined) return
  const labels = Object.entries(selector.labels ?? {})
  if (labels.length === 0) yield noEffect('/spec/workloadSelector', 'without labels it selects nothing')
  for (const [key, value] of labels) {
    const place = `/spec/workloadSelector/labels/${token(key)}`
    if (key === '' || key.includes('*'))
      yield badForm(place, key, 'the key of a label', 'name the label: there are no wildcards')
    if (value.includes('*')) yield badForm(place, value, 'a label value', 'write it out: there are no wildcards')
  }
}

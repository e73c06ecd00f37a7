import { isDnsLabel, isFqdn, isIpAddress, labels } from '../forms.ts'
import type { Resource } from '../resource.ts'
import {
  badForm,
  cannotServe,
  conflict,
  missing,
  port,
  type RuleFinding,
  range,
  token,
  withoutEffect,
} from '../rule-finding.ts'
import type { WorkloadEntry, WorkloadEntrySpec } from './workload-entry.ts'

/** Envoy adds weights up in 32 bits, and a service entry may have 4096 endpoints. */
const largestWeight = Math.floor(4_294_967_295 / 4096)

/** Istio's validation of WorkloadEntry, and what Envoy takes of it. */
export function* workloadEntryRules(resource: Resource): Iterable<RuleFinding> {
  const { spec } = resource as unknown as WorkloadEntry
  yield* placeRules(spec, '/spec')
}

/** Rules for one place where something runs. One that names nothing but its network is behind that network's gateway. */
export function* placeRules(entry: WorkloadEntrySpec, pointer: string): Iterable<RuleFinding> {
  const { address, network } = entry
  if (address === undefined && network === undefined) yield missing(pointer, 'an address')
  yield* endpointRules(entry, pointer)
  if (network === undefined) return
  if (address !== undefined) yield* networkRules(entry, pointer)
  else
    yield cannotServe(
      `${pointer}/network`,
      'without an address it is reached by a gateway of its network, and there are none between networks',
    )
}

/** Of a place that may have its address from elsewhere. */
export function* networkRules({ network }: WorkloadEntrySpec, pointer: string): Iterable<RuleFinding> {
  if (network !== undefined)
    yield withoutEffect(
      `${pointer}/network`,
      'all endpoints are taken to be reachable, for there are no gateways between networks',
    )
}

/** What is said of a place, beside where it is. */
export function* endpointRules(entry: WorkloadEntrySpec, pointer: string): Iterable<RuleFinding> {
  const { address, ports = {}, weight } = entry
  yield* addressRules(address, `${pointer}/address`)
  if (isSocket(address) && entry.ports !== undefined) yield conflict(`${pointer}/ports`, 'a socket, which has none')
  for (const [name, number] of Object.entries(ports)) {
    const place = `${pointer}/ports/${token(name)}`
    if (!isDnsLabel(name)) yield badForm(place, name, 'the name of a port', 'name one of the service’s ports')
    yield* port(place, number)
  }
  yield* labels(`${pointer}/labels`, entry.labels)
  yield* range(`${pointer}/weight`, weight, { min: 0, max: largestWeight })
}

function* addressRules(address: string | undefined, pointer: string): Iterable<RuleFinding> {
  if (address === undefined) return
  if (isSocket(address)) {
    if (!/^unix:\/\/(@.+|\/.*[^/])$/.test(address))
      yield badForm(pointer, address, 'the path of a socket', 'write it like unix:///run/app.sock or unix://@name')
  } else if (!isFqdn(address) && !isIpAddress(address))
    yield badForm(pointer, address, 'an IP address, a DNS name or the path of a socket', 'write it like 10.1.2.3')
}

export function isSocket(address: string | undefined): boolean {
  return address?.startsWith('unix://') === true
}

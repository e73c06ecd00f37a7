import type { WrittenPlace } from '../../model/written-endpoints.ts'
import { type Contribution, nodeOf } from '../definition.ts'
import { isFqdn } from '../forms.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import { badForm, cannotServe, noEffect, type RuleFinding } from '../rule-finding.ts'
import { addressRules, endpointPortRules, ipVersion, portsByName } from './endpoint-rules.ts'

/** Where a Service is that has no selector, or a part of that: its label `kubernetes.io/service-name` names the Service. */
export interface EndpointSlice {
  /** Group and version of the Kubernetes API: `discovery.k8s.io/v1`. */
  apiVersion: 'discovery.k8s.io/v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'EndpointSlice'
  /** Name, namespace, labels and annotations; the name is unique among its kind in a namespace. */
  metadata: ObjectMeta
  /** What all addresses are. Proxies look up no names: of `FQDN` nothing reaches them. */
  addressType: 'IPv4' | 'IPv6' | 'FQDN'
  /** The places; at most 1000. Default: none. */
  endpoints?: SliceEndpoint[] | null
  /** Ports that all places have. Default: none. */
  ports?: SlicePort[] | null
}

export interface SliceEndpoint {
  /**
   * Addresses of one place, at least one and at most 100, of which the first is called.
   * @minItems 1
   */
  addresses: string[]
  /** Can it be called? Default: yes. */
  conditions?: EndpointConditions
  /** Zone that it stands in, as nodes are labelled. Default: nobody knows. */
  zone?: string | null
  /** Node that it runs on. Default: nobody knows. */
  nodeName?: string | null
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface EndpointConditions {
  /** May it be called? Default: true. */
  ready?: boolean | null
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface SlicePort {
  /** Name of the Service’s port. Default: that of a port without a name. */
  name?: string | null
  /**
   * The port that answers at each place, 1–65535. Default: all of them, which says nothing to a mesh.
   * @minimum 1
   * @maximum 65535
   */
  port?: number | null
  /** `TCP`, `UDP` or `SCTP`. Default: `TCP`. */
  protocol?: 'TCP' | 'UDP' | 'SCTP'
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

const serviceLabel = 'kubernetes.io/service-name'
/** Who keeps a slice; controllers keep those of Services with a selector, and copies of Endpoints. */
const keeperLabel = 'endpointslice.kubernetes.io/managed-by'

export function lowerEndpointSlice(resource: Resource): Contribution {
  const { endpoints, ports } = resource as unknown as EndpointSlice
  const labels = resource.metadata.labels ?? {}
  const service = labels[serviceLabel]
  if (service === undefined || labels[keeperLabel]?.endsWith('-controller.k8s.io') === true) return {}
  const byName = portsByName(ports)
  const places = (endpoints ?? []).flatMap(({ addresses, conditions, zone }): WrittenPlace[] => {
    const address = addresses[0]!
    if (conditions?.ready === false || ipVersion(address) === 0) return []
    return [{ address, ports: byName, ...(typeof zone === 'string' ? { locality: { zone } } : {}) }]
  })
  return { writtenEndpoints: [{ ...nodeOf(resource), service, places }] }
}

const ipVersions: { readonly [type in EndpointSlice['addressType']]: number | undefined } = {
  IPv4: 4,
  IPv6: 6,
  FQDN: undefined,
}

/** What the API server demands of an EndpointSlice, and what a Service takes of it. */
export function* endpointSliceRules(resource: Resource): Iterable<RuleFinding> {
  const { addressType, endpoints, ports, metadata } = resource as unknown as EndpointSlice
  if (metadata.labels?.[serviceLabel] === undefined)
    yield noEffect('/endpoints', `no label ${serviceLabel} says whose they are`)
  const version = ipVersions[addressType]
  if (version === undefined)
    yield cannotServe('/addressType', 'proxies look up no names of endpoints; write a ServiceEntry of resolution DNS')
  for (const [index, { addresses }] of (endpoints ?? []).entries())
    for (const [at, address] of addresses.entries()) {
      const pointer = `/endpoints/${index}/addresses/${at}`
      if (version !== undefined) yield* addressRules(pointer, address, [version])
      else if (!isFqdn(address)) yield badForm(pointer, address, 'a DNS name')
    }
  yield* endpointPortRules(ports, '/ports')
}

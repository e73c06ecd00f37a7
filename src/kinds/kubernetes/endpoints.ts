import type { WrittenPlace } from '../../model/written-endpoints.ts'
import { type Contribution, nodeOf } from '../definition.ts'
import type { ObjectMeta, Resource } from '../resource.ts'
import type { RuleFinding } from '../rule-finding.ts'
import { addressRules, endpointPortRules, ipVersion, portsByName } from './endpoint-rules.ts'

/** Where the Service of the same name is that has no selector. The older way to say it: EndpointSlices say more. */
export interface Endpoints {
  /** Group and version of the Kubernetes API: `v1`. */
  apiVersion: 'v1'
  /** Always this word: it picks the schema that the rest is checked against. */
  kind: 'Endpoints'
  /** Name, namespace, labels and annotations; the name is the Service’s. */
  metadata: ObjectMeta
  /** Places that have the same ports, together. Default: none. */
  subsets?: EndpointSubset[] | null
}

export interface EndpointSubset {
  /** Places that can be called. Default: none. */
  addresses?: EndpointAddress[] | null
  /** Places that can’t be called yet, and are not. Default: none. */
  notReadyAddresses?: EndpointAddress[] | null
  /** Ports that all of these places have. Default: none. */
  ports?: EndpointPort[] | null
}

export interface EndpointAddress {
  /** The address, of IPv4 or IPv6. */
  ip: string
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

export interface EndpointPort {
  /** Name of the Service’s port. Default: that of a port without a name. */
  name?: string
  /**
   * The port that answers at each place, 1–65535.
   * @minimum 1
   * @maximum 65535
   */
  port: number
  /** `TCP`, `UDP` or `SCTP`. Default: `TCP`. */
  protocol?: 'TCP' | 'UDP' | 'SCTP'
  /** Any other field is passed on as it is. */
  [field: string]: unknown
}

/** On those that a controller keeps, because their Service has a selector. */
const keeperLabel = 'endpoints.kubernetes.io/managed-by'

export function lowerEndpoints(resource: Resource): Contribution {
  const { subsets } = resource as unknown as Endpoints
  if (resource.metadata.labels?.[keeperLabel] !== undefined) return {}
  const places = (subsets ?? []).flatMap(({ addresses, ports }): WrittenPlace[] => {
    const byName = portsByName(ports)
    return (addresses ?? []).flatMap(({ ip }) => (ipVersion(ip) === 0 ? [] : [{ address: ip, ports: byName }]))
  })
  return { writtenEndpoints: [{ ...nodeOf(resource), service: resource.metadata.name, places }] }
}

/** What the API server demands of Endpoints. */
export function* endpointsRules(resource: Resource): Iterable<RuleFinding> {
  const { subsets } = resource as unknown as Endpoints
  for (const [index, { addresses, notReadyAddresses, ports }] of (subsets ?? []).entries()) {
    for (const [list, items] of Object.entries({ addresses, notReadyAddresses }))
      for (const [at, { ip }] of (items ?? []).entries())
        yield* addressRules(`/subsets/${index}/${list}/${at}/ip`, ip, [4, 6])
    yield* endpointPortRules(ports, `/subsets/${index}/ports`)
  }
}

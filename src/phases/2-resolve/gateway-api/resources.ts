/** The resources of the Gateway API, and what else of a mesh they are about. */
import type { BackendTLSPolicy } from '../../../kinds/gateway-api/backend-tls-policy.ts'
import type { Gateway } from '../../../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../../../kinds/gateway-api/gateway-class.ts'
import type { GRPCRoute } from '../../../kinds/gateway-api/grpc-route.ts'
import type { HTTPRoute } from '../../../kinds/gateway-api/http-route.ts'
import type { ListenerSet } from '../../../kinds/gateway-api/listener-set.ts'
import type { ReferenceGrant } from '../../../kinds/gateway-api/reference-grant.ts'
import type { TCPRoute } from '../../../kinds/gateway-api/tcp-route.ts'
import type { TLSRoute } from '../../../kinds/gateway-api/tls-route.ts'
import type { UDPRoute } from '../../../kinds/gateway-api/udp-route.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Mesh } from '../../../model/mesh.ts'
import type { Labels } from '../../../model/node.ts'
import type { Service } from '../../../model/service.ts'
import { policiesOf, type TrafficPolicy } from '../../../model/traffic-policy.ts'
import type { ResolvedResource } from '../resolve.ts'

/** Routes that are about requests. */
export type HttpApiRoute = HTTPRoute | GRPCRoute
/** Routes that are about connections, or datagrams. */
export type L4ApiRoute = TLSRoute | TCPRoute | UDPRoute
export type ApiRoute = HttpApiRoute | L4ApiRoute

/** Whatever names a Service. */
export type Referrer = Pick<Resource, 'apiVersion' | 'kind' | 'metadata'>

export interface ApiResources {
  readonly classes: readonly GatewayClass[]
  readonly gateways: readonly Gateway[]
  readonly grants: readonly ReferenceGrant[]
  readonly routes: readonly ApiRoute[]
  readonly listenerSets: readonly ListenerSet[]
  readonly backendTls: readonly BackendTLSPolicy[]
  /** Texts of ConfigMaps that are declared, by `namespace/name`. */
  readonly texts: ReadonlyMap<string, Readonly<{ [name: string]: string }>>
  /** Labels of namespaces that are declared, by name. */
  readonly namespaces: ReadonlyMap<string, Labels>
  /** Kubernetes' own, by `namespace/name`. */
  readonly services: ReadonlyMap<string, Service>
  /** Services of type ExternalName, by `namespace/name`: the specification has none of them as a backend. */
  readonly otherNames: ReadonlySet<string>
  /** Hosts of which DestinationRules say whether they are called by TLS; may begin with `*.`. */
  readonly tlsByRules: readonly string[]
  readonly domain: string
}

const routeKinds: readonly ApiRoute['kind'][] = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']

/** Those that a mesh has; undefined where there are none. */
export function apiResources(
  resources: readonly ResolvedResource[],
  { services, destinations, domain }: Pick<Mesh, 'services' | 'destinations' | 'domain'>,
): ApiResources | undefined {
  const own = resources.filter(({ resource }) => resource.apiVersion.startsWith(`${gatewayApiGroup}/`))
  if (own.length === 0) return undefined
  const ofKind = <Kind>(kind: string) =>
    own.flatMap(({ resource }) => (resource.kind === kind ? [resource as unknown as Kind] : []))
  return {
    classes: ofKind<GatewayClass>('GatewayClass'),
    gateways: ofKind<Gateway>('Gateway'),
    grants: ofKind<ReferenceGrant>('ReferenceGrant'),
    routes: routeKinds.flatMap(kind => ofKind<ApiRoute>(kind)),
    listenerSets: ofKind<ListenerSet>('ListenerSet'),
    backendTls: ofKind<BackendTLSPolicy>('BackendTLSPolicy'),
    texts: new Map(
      resources.flatMap(({ resource: { apiVersion, kind, metadata, data } }) =>
        apiVersion === 'v1' && kind === 'ConfigMap'
          ? [[`${metadata.namespace}/${metadata.name}`, (data ?? {}) as { [name: string]: string }] as const]
          : [],
      ),
    ),
    namespaces: new Map(
      resources.flatMap(({ resource: { apiVersion, kind, metadata } }) =>
        apiVersion === 'v1' && kind === 'Namespace' ? [[metadata.name, metadata.labels ?? {}] as const] : [],
      ),
    ),
    services: new Map(
      services.flatMap(service =>
        service.entry === undefined ? [[`${service.namespace}/${service.name}`, service] as const] : [],
      ),
    ),
    otherNames: new Set(
      services.flatMap(({ aliases = [] }) => aliases.map(({ namespace, name }) => `${namespace}/${name}`)),
    ),
    tlsByRules: destinations.flatMap(each =>
      policiesOf(each).some(({ policy }) => saysTls(policy)) ? [each.host] : [],
    ),
    domain,
  }
}

function saysTls({ tls, ports = [] }: TrafficPolicy): boolean {
  return tls !== undefined || ports.some(({ policy }) => saysTls(policy))
}

/** The resources of the Gateway API, and what else of a mesh they are about. */
import type { Gateway } from '../../../kinds/gateway-api/gateway.ts'
import type { GatewayClass } from '../../../kinds/gateway-api/gateway-class.ts'
import type { HTTPRoute } from '../../../kinds/gateway-api/http-route.ts'
import type { ReferenceGrant } from '../../../kinds/gateway-api/reference-grant.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import type { Labels } from '../../../model/node.ts'
import type { Service } from '../../../model/service.ts'
import type { ResolvedResource } from '../resolve.ts'

export interface ApiResources {
  readonly classes: readonly GatewayClass[]
  readonly gateways: readonly Gateway[]
  readonly grants: readonly ReferenceGrant[]
  readonly routes: readonly HTTPRoute[]
  /** Labels of namespaces that are declared, by name. */
  readonly namespaces: ReadonlyMap<string, Labels>
  /** Kubernetes' own, by `namespace/name`. */
  readonly services: ReadonlyMap<string, Service>
  readonly domain: string
}

/** Those that a mesh has; undefined where there are none. */
export function apiResources(
  resources: readonly ResolvedResource[],
  services: readonly Service[],
  domain: string,
): ApiResources | undefined {
  const own = resources.filter(({ resource }) => resource.apiVersion.startsWith(`${gatewayApiGroup}/`))
  if (own.length === 0) return undefined
  const ofKind = <Kind>(kind: string) =>
    own.flatMap(({ resource }) => (resource.kind === kind ? [resource as unknown as Kind] : []))
  return {
    classes: ofKind<GatewayClass>('GatewayClass'),
    gateways: ofKind<Gateway>('Gateway'),
    grants: ofKind<ReferenceGrant>('ReferenceGrant'),
    routes: ofKind<HTTPRoute>('HTTPRoute'),
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
    domain,
  }
}

import { kindNotServed, kindUnknown } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { at } from '../../kinds/definition.ts'
import { kinds } from '../../kinds/index.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { subjectOf } from '../2-resolve/span-table.ts'

/** Kinds of Istio 1.31 and of the Gateway API 1.7 beyond those of our table, by API group. */
const known: Readonly<{ [group: string]: readonly string[] }> = {
  'networking.istio.io': ['ServiceEntry', 'WorkloadEntry', 'WorkloadGroup', 'EnvoyFilter', 'ProxyConfig'],
  'security.istio.io': [],
  'telemetry.istio.io': ['Telemetry'],
  'extensions.istio.io': ['WasmPlugin', 'TrafficExtension'],
  'gateway.networking.k8s.io': [
    'Gateway',
    'GatewayClass',
    'HTTPRoute',
    'GRPCRoute',
    'TLSRoute',
    'TCPRoute',
    'UDPRoute',
    'ListenerSet',
    'ReferenceGrant',
    'BackendTLSPolicy',
  ],
}

/**
 * Says which resources of the mesh's own APIs are only passed on. Kinds of other groups are nobody's business here: a
 * ConfigMap is no less of one for being among a mesh's files.
 */
export function unservedKinds({ resources, spans }: Resolved): Diagnostic[] {
  return resources.flatMap(({ resource, definition }) => {
    const group = resource.apiVersion.split('/')[0]!
    const others = known[group]
    if (definition !== undefined || others === undefined) return []
    const place = { span: spans.spanOf(at(resource, '/kind')), subject: subjectOf(resource) }
    const { kind, metadata, apiVersion } = resource
    if (others.includes(kind)) return [kindNotServed(place, { kind, name: metadata.name })]
    const own = kinds.filter(({ apiVersions }) => apiVersions.some(version => version.startsWith(`${group}/`)))
    const names = [...own.map(each => each.kind), ...others].sort()
    return [kindUnknown(place, { apiVersion, kind, remedy: `its kinds are ${names.join(', ')}` })]
  })
}

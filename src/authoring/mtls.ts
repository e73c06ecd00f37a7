import { declare } from './declaration.ts'
import { type Carries, declaredValue, metadata, type ServiceState, stateOf, type VersionState } from './internals.ts'
import { properName } from './proper-name.ts'
import { site, traced } from './trace.ts'

/** Whether a port takes mutual TLS: nothing else, plain text too, or plain text alone. */
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE'

export interface MtlsOptions {
  /** For this service, or one of its versions. Default: all workloads of the namespace. */
  readonly for?: Carries<ServiceState> | Carries<VersionState>
  /** Ports of the service’s workloads that differ, by number. Only with `for`. Default: none does. */
  readonly ports?: { readonly [port: number]: MtlsMode }
  /** `mesh`: for all namespaces. Default: `namespace`, the mesh’s own. */
  readonly scope?: 'namespace' | 'mesh'
  /** Kubernetes namespace. Default: that of the service, or the mesh’s own. */
  readonly namespace?: string
  /** Its name, where one namespace has several. Default: `default`, or that of the service. */
  readonly name?: string
}

/** A declared rule for who may connect. */
export interface Mtls extends Carries<{ readonly declaration: number }> {
  readonly [mtlsTag]: true
}
declare const mtlsTag: unique symbol

/** Where policies for a whole mesh stand. */
const rootNamespace = 'mesh-system'

/**
 * Says whether workloads ask those who connect for a certificate of the mesh. Without it they take both, so that a mesh
 * can be entered workload by workload. Stands for an Istio PeerAuthentication.
 *
 * @example
 * export const strict = mtls('STRICT')
 * export const legacy = mtls('STRICT', { for: orders, ports: { 8081: 'PERMISSIVE' } })
 */
export function mtls(mode: MtlsMode, options: MtlsOptions = {}): Mtls {
  const at = site()
  const target = options.for === undefined ? undefined : stateOf<ServiceState | VersionState>(options.for)
  const service = target === undefined ? undefined : target.kind === 'service' ? target : target.service
  const version = target?.kind === 'version' ? target.version : undefined
  const wanted = properName('Namespace', options.namespace, { site: at, path: [1, 'namespace'] })
  const own = wanted === undefined ? service?.namespace : traced(wanted, at, 1, 'namespace')
  const namespace = options.scope === 'mesh' ? rootNamespace : own
  const name = options.name ?? [service?.name ?? 'default', ...(version === undefined ? [] : [version])].join('-')
  const labels = { app: service?.name, ...(version === undefined ? {} : { version }) }
  const ports = Object.entries(options.ports ?? {}).map(
    ([port, its]) => [port, traced({ mode: its }, at, 1, 'ports', port)] as const,
  )
  const resource = traced(
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: metadata(name, namespace),
      spec: {
        ...(service === undefined ? {} : { selector: traced({ matchLabels: labels }, at, 1, 'for') }),
        mtls: { mode: traced(mode, at, 0) },
        ...(ports.length === 0 ? {} : { portLevelMtls: traced(Object.fromEntries(ports), at, 1, 'ports') }),
      },
    },
    at,
  )
  const uses = service === undefined ? [] : [service.declaration]
  const declaration = declare({ word: 'mtls', name, site: at, uses, build: () => [resource] })
  return declaredValue({ declaration }) as Mtls
}

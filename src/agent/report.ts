/** What is told of proxies: what each was sent and what it refused, and the author's lines behind it. */
import { proxyRejected } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/span.ts'
import { proxyName } from '../model/placement.ts'
import type { Codec } from '../protobuf/codec.ts'
import type { Nack } from '../xds/events.ts'
import type { XdsNode } from '../xds/node.ts'
import type { ProxyState, SentResource } from '../xds/proxy-state.ts'
import type { XdsServer } from '../xds/server.ts'

/** One proxy's state; fields are added, never renamed. Times in ms. */
export interface ProxyReport {
  readonly name: string
  readonly namespace: string
  readonly kind: 'sidecar' | 'router'
  /** What its pod is one of; null where it is no pod, or nobody owns it. */
  readonly workload: { readonly kind: string; readonly name: string } | null
  readonly protocol: 'sotw' | 'delta'
  readonly revision: string
  readonly accepted: boolean
  readonly connectedMs: number
  readonly types: readonly TypeLine[]
}

export interface TypeLine {
  readonly type: string
  readonly resources: number
  readonly sent: string | null
  readonly acked: string | null
  readonly nack: string | null
  readonly ageMs: number | null
}

/** One resource that a proxy was sent. */
export interface ConfigReport {
  /** listeners, routes, clusters or endpoints. */
  readonly group: string
  readonly name: string
  readonly version: string
  readonly from: readonly { readonly resource: string; readonly place: string | null }[]
  readonly value: unknown
}

/** By type: the group's name and the option of `mesh proxy config`. */
export const groups = [
  { group: 'listeners', type: 'envoy.config.listener.v3.Listener' },
  { group: 'routes', type: 'envoy.config.route.v3.RouteConfiguration' },
  { group: 'clusters', type: 'envoy.config.cluster.v3.Cluster' },
  { group: 'endpoints', type: 'envoy.config.endpoint.v3.ClusterLoadAssignment' },
] as const

/** @param workloadOf what the pod of a node is one of */
export function proxyReports(
  server: XdsServer,
  workloadOf: (node: XdsNode) => ProxyReport['workload'] = () => null,
): ProxyReport[] {
  return server.proxies().map(state => reportOf(state, workloadOf(state.node)))
}

function reportOf(
  { node, protocol, revision, isSynced, connectedAt, types }: ProxyState,
  workload: ProxyReport['workload'],
): ProxyReport {
  return {
    name: node.name,
    namespace: node.namespace,
    kind: node.kind,
    workload,
    protocol,
    revision,
    accepted: isSynced,
    connectedMs: Math.max(0, Math.round(Date.now() - connectedAt)),
    types: types.map(type => ({
      type: type.label,
      resources: type.resources,
      sent: type.sentVersion ?? null,
      acked: type.ackedVersion ?? null,
      nack: type.nack?.message ?? null,
      ageMs: type.sentAgoMs === undefined ? null : Math.round(type.sentAgoMs),
    })),
  }
}

export interface ConfigContext {
  readonly codec: Codec
  readonly spanOf: (place: string) => Span | undefined
}

/**
 * What a proxy was sent.
 *
 * @param name the proxy's name, or `name.namespace`
 * @returns undefined where no such proxy is connected
 */
export function configReport(server: XdsServer, name: string, context: ConfigContext): ConfigReport[] | undefined {
  const state = server.proxies().find(({ node }) => node.name === name || proxyName(node) === name)
  const resources = state === undefined ? undefined : server.resources(state.node.id)
  return resources?.map(resource => describe(resource, context)).sort(compare)
}

function describe(resource: SentResource, { codec, spanOf }: ConfigContext): ConfigReport {
  const type = resource.typeUrl.slice(resource.typeUrl.lastIndexOf('/') + 1)
  return {
    group: groups.find(candidate => candidate.type === type)?.group ?? type,
    name: resource.name,
    version: resource.version,
    from: resource.from.map(place => ({ resource: place, place: placeText(spanOf(place)) })),
    value: codec.decode('google.protobuf.Any', resource.body),
  }
}

/** A NACK as a finding, at the first line of the author's that a refused resource comes from. */
export function rejectionOf(proxy: XdsNode, nack: Nack, spanOf: ConfigContext['spanOf']): Diagnostic {
  const span = nack.resources
    .flatMap(({ from }) => from)
    .map(spanOf)
    .find(found => found !== undefined)
  const params = {
    proxy: proxyName(proxy),
    type: nack.typeUrl.slice(nack.typeUrl.lastIndexOf('.') + 1),
    resource: nack.resources.map(({ name }) => name).join(', '),
    reason: nack.message,
  }
  return proxyRejected({ span }, params)
}

function placeText(span: Span | undefined): string | null {
  return span === undefined ? null : `${span.file}:${span.line}:${span.column}`
}

function compare(a: ConfigReport, b: ConfigReport): number {
  const order = (report: ConfigReport) => groups.findIndex(({ group }) => group === report.group)
  return order(a) - order(b) || (a.name < b.name ? -1 : 1)
}

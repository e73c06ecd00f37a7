/** Gateway proxies: one for each distinct selector of the mesh's gateways. */
import { type Carried, carriedBy, type Gateway, type Server } from '../../../model/gateway.ts'
import type { Mesh } from '../../../model/mesh.ts'
import { type Labels, labelKey, selects } from '../../../model/node.ts'
import { isAbout, type TargetedNode } from '../../../model/policy-target.ts'
import { memo } from '../../../util/memo.ts'
import type { MeshIndex } from './index-mesh.ts'

export interface GatewayProxy {
  readonly name: string
  readonly namespace: string
  readonly labels: Labels
  readonly gateways: readonly Gateway[]
}

/**
 * Istio's `istio: ingressgateway` makes a proxy of that name; other selectors are named after their first value, or
 * after the gateway where they select by nothing.
 */
export function gatewayProxies(mesh: Mesh): GatewayProxy[] {
  const bySelector = Map.groupBy(mesh.gateways, gateway => labelKey(gateway.selector))
  const taken = new Set(mesh.workloads.map(workload => `${workload.namespace}/${workload.name}`))
  return [...bySelector.values()].map(gateways => {
    const [first] = gateways as [Gateway]
    const wanted = first.selector['istio'] ?? Object.values(first.selector)[0] ?? first.name
    const name = unusedName(wanted, first.namespace, taken)
    taken.add(`${first.namespace}/${name}`)
    return { name, namespace: first.namespace, labels: first.selector, gateways }
  })
}

function unusedName(wanted: string, namespace: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let suffix = 2; taken.has(`${namespace}/${name}`); suffix += 1) name = `${wanted}-${suffix}`
  return name
}

/**
 * What a gateway proxy serves: a proxy of our own is known by name, any other by its labels, which gateways of all
 * namespaces select (Istio's rule).
 */
export function gatewayOf(
  index: Pick<MeshIndex, 'mesh' | 'gatewayProxies'>,
  proxy: { readonly name: string; readonly namespace: string; readonly labels?: Labels },
): GatewayProxy | undefined {
  const { name, namespace, labels = {} } = proxy
  const own = index.gatewayProxies.find(candidate => candidate.name === name && candidate.namespace === namespace)
  if (own !== undefined) return own
  const gateways = index.mesh.gateways.filter(
    ({ selector }) => Object.keys(selector).length > 0 && selects(selector, labels),
  )
  return gateways.length === 0 ? undefined : { name, namespace, labels, gateways }
}

/** A port that a gateway proxy opens, with all servers that share it. */
export interface GatewayPort extends Carried {
  readonly port: number
  readonly servers: readonly { readonly gateway: Gateway; readonly server: Server }[]
}

export function portsOf(proxy: GatewayProxy): GatewayPort[] {
  const servers = proxy.gateways.flatMap(gateway => gateway.servers.map(server => ({ gateway, server })))
  const byTransport = Map.groupBy(servers, ({ server }) => carriedBy(server).transport)
  return [...byTransport]
    .flatMap(([transport, own]) =>
      [...Map.groupBy(own, ({ server }) => server.port.number)].map(([port, list]) => {
        return { port, ...(transport === undefined ? {} : { transport }), servers: list }
      }),
    )
    .sort((a, b) => a.port - b.port || (a.transport ?? '').length - (b.transport ?? '').length)
}

/**
 * Ports of a gateway's proxy that a policy is for; undefined: all. One that hangs on a Gateway is for its ports alone, where the proxy
 * serves others, too.
 */
export const portsAbout = memo(
  ({ labels, namespace, gateways }: GatewayProxy, policy: TargetedNode): readonly number[] | undefined => {
    // Where the proxy's own labels say whose it is, all of it is.
    if (policy.targets === undefined || isAbout(policy, { labels, namespace }, [])) return undefined
    const own = gateways.filter(gateway => isAbout(policy, { labels: {}, namespace, gateways: [gateway] }, []))
    return own.flatMap(({ servers }) => servers.map(({ port }) => port.number))
  },
)

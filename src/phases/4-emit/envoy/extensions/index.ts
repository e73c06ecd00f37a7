/**
 * Filters of the mesh's own (WasmPlugin, TrafficExtension), put into listeners that are otherwise complete.
 *
 * A listener only names them: what they are told comes as a resource of its own, so that a change of it touches no listener
 * and ends no connection. Lists of resources that proxies share stay shared.
 */
import type { Mesh } from '../../../../model/mesh.ts'
import type { ProxyPlacement } from '../../../../model/placement.ts'
import type { PolicySubject } from '../../../../model/policy-target.ts'
import type { ExtensionTraffic, ProxyExtension } from '../../../../model/proxy-extension.ts'
import { memo } from '../../../../util/memo.ts'
import { sameList } from '../../../../util/same-list.ts'
import type { EnvoyResource, Message } from '../envoy-resource.ts'
import { portsAbout } from '../gateway-proxies.ts'
import { type Ground, groundOf } from '../guard.ts'
import { portsOf } from '../patches/index.ts'
import { boundPort } from '../patches/listener-patches.ts'
import type { PatchSubject } from '../patches/subject.ts'
import { listenerContext, listOf } from '../patches/subject.ts'
import { policiesAbout } from '../policies-about.ts'
import type { ProxyResources } from '../proxy-resources.ts'
import { extendChain } from './chain.ts'
import { extensionResources } from './extension-config.ts'

interface Extended {
  readonly list: readonly EnvoyResource[]
  /** Those that are in it somewhere. */
  readonly used: readonly ProxyExtension[]
}

/** A proxy's resources with the extensions that are about it. */
export function extendResources(
  resources: ProxyResources,
  proxy: ProxyPlacement,
  { mesh, subject }: { readonly mesh: Mesh; readonly subject: PolicySubject & Pick<PatchSubject, 'gateway'> },
): ProxyResources {
  const extensions = inOrder(policiesAbout(mesh.proxyExtensions, mesh.rootNamespaces, subject))
  if (extensions.length === 0) return resources
  const own = extendList(extensions, resources.own, { ...subject, ports: portsOf(proxy) })
  const shared = resources.shared.map(list => extendShared(extensions, list))
  const all = [own, ...shared].flatMap(({ used }) => used)
  const used = sameList(extensions.filter(extension => all.includes(extension)))
  return {
    own: own.list,
    shared: [...shared.map(({ list }) => list), resourcesOf(groundOf(mesh), used)],
  }
}

const inOrder = memo((extensions: readonly ProxyExtension[]): readonly ProxyExtension[] =>
  extensions.toSorted(
    (a, b) => b.priority - a.priority || compare(a.namespace, b.namespace) || compare(a.name, b.name),
  ),
)

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const resourcesOf = memo((ground: Ground, extensions: readonly ProxyExtension[]) =>
  extensionResources(extensions, ground.caFile),
)

/** Of gateways nothing is shared. */
const sidecar: PatchSubject = { ports: new Map() }

const extendShared = memo(
  (extensions: readonly ProxyExtension[], list: readonly EnvoyResource[]): Extended =>
    extendList(extensions, list, sidecar),
)

function extendList(
  extensions: readonly ProxyExtension[],
  list: readonly EnvoyResource[],
  subject: PatchSubject,
): Extended {
  const used = new Set<ProxyExtension>()
  const extended = list.map(resource =>
    resource.type === 'listener' ? extendListener(resource, { extensions, subject, used }) : resource,
  )
  return used.size === 0 ? { list, used: [] } : { list: extended, used: [...used] }
}

interface Context {
  readonly extensions: readonly ProxyExtension[]
  readonly subject: PatchSubject
  /** Filled with those that have found a place. */
  readonly used: Set<ProxyExtension>
}

function extendListener(listener: EnvoyResource, { extensions, subject, used }: Context): EnvoyResource {
  // What nobody of the mesh is behind goes where it was going: no traffic of the workload's as a client of the mesh.
  if (listener.name === 'virtualOutbound') return listener
  const side = listenerContext(subject, listener) === 'SIDECAR_INBOUND' ? 'server' : 'client'
  const { gateway } = subject
  const port = subject.ports.get(listener.name) ?? boundPort(listener.value)
  const own = new Set<ProxyExtension>()
  const extend = (chain: Message): Message => {
    const ports = [port, ((chain['filter_chain_match'] ?? {}) as Message)['destination_port'] as number | undefined]
    const about = extensions.filter(extension => {
      const { traffic } = extension
      const isHere = gateway === undefined || (portsAbout(gateway, extension)?.includes(port) ?? true)
      return isHere && (traffic?.some(each => isOf(each, side, ports)) ?? true)
    })
    return extendChain(chain, about, own)
  }
  const fallback = listener.value['default_filter_chain'] as Message | undefined
  const value = {
    ...listener.value,
    filter_chains: listOf(listener.value, 'filter_chains').map(extend),
    ...(fallback === undefined ? {} : { default_filter_chain: extend(fallback) }),
  }
  if (own.size === 0) return listener
  for (const extension of own) used.add(extension)
  return {
    ...listener,
    value,
    needs: { ...listener.needs, extension: [...own].map(({ id }) => id) },
    from: [...new Set([...listener.from, ...[...own].map(({ at }) => at)])],
  }
}

function isOf(traffic: ExtensionTraffic, side: 'client' | 'server', ports: readonly (number | undefined)[]): boolean {
  const isSide = traffic.side === undefined || traffic.side === side
  return isSide && (traffic.ports === undefined || traffic.ports.some(port => ports.includes(port)))
}

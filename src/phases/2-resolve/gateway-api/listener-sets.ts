/** ListenerSets: which add listeners to a Gateway, in what order, and whether they may. */

import type { Gateway, ListenerNamespaces } from '../../../kinds/gateway-api/gateway.ts'
import type { ListenerSet } from '../../../kinds/gateway-api/listener-set.ts'
import { gatewayApiGroup } from '../../../kinds/index.ts'
import { oldestFirst } from './age.ts'
import { isFrom } from './namespaces.ts'
import type { ApiResources } from './resources.ts'

/** The Gateway that a set adds to, as `namespace/name`; undefined where it names something else. */
export function gatewayOfSet({ metadata, spec: { parentRef } }: ListenerSet): string | undefined {
  const { group = gatewayApiGroup, kind = 'Gateway', name, namespace = metadata.namespace } = parentRef
  return group === gatewayApiGroup && kind === 'Gateway' ? `${namespace}/${name}` : undefined
}

/** Those that name a Gateway, oldest first, then by name: of two listeners that contend, the first one's is served. */
export function listenerSetsOf(
  { metadata, spec }: Gateway,
  { listenerSets, namespaces }: ApiResources,
): { readonly set: ListenerSet; readonly isAllowed: boolean }[] {
  const wanted = `${metadata.namespace}/${metadata.name}`
  const from: ListenerNamespaces = spec.allowedListeners?.namespaces ?? {}
  const own = listenerSets.filter(set => gatewayOfSet(set) === wanted)
  return oldestFirst(own, set => set.metadata).map(set => {
    const namespace = set.metadata.namespace ?? ''
    const { from: which = 'None', selector } = from
    if (which === 'None') return { set, isAllowed: false }
    const allowed = selector === undefined ? { from: which } : { from: which, selector }
    return { set, isAllowed: isFrom(allowed, { own: namespace, gateway: metadata.namespace ?? '', namespaces }) }
  })
}

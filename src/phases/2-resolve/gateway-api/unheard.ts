/** What HTTPRoutes and GRPCRoutes are attached for and don't get, though they are accepted: nothing in their statuses says so. */
import { at } from '../../../kinds/definition.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Gateway, UnheardRequests } from '../../../model/gateway.ts'
import { hostCovers } from '../../../model/host-entry.ts'
import type { TakerOf } from './isolation.ts'
import type { Listener } from './listeners.ts'
import { type Attachment, hostnamesOf } from './parents.ts'
import type { HttpApiRoute } from './resources.ts'

interface Attached {
  readonly route: HttpApiRoute
  readonly attachments: readonly Attachment[]
}

/** A gateway for each listener that is accepted, with what routes don't get there. */
export function gatewaysWith(routes: readonly Attached[], listeners: readonly Listener[], takerOf: TakerOf): Gateway[] {
  const all = routes.flatMap(each => [...lostToKinds(each), ...lostToListeners(each, takerOf)])
  const byListener = Map.groupBy(all, ({ listener }) => listener)
  return listeners
    .filter(({ isAccepted }) => isAccepted)
    .map(listener => {
      const unheard = byListener.get(listener)?.map(({ requests }) => requests)
      return unheard === undefined ? listener.node : { ...listener.node, unheard }
    })
}

interface Lost {
  readonly listener: Listener
  readonly requests: UnheardRequests
}

function lostToKinds({ route, attachments }: Attached): Lost[] {
  return attachments.flatMap(({ lost = [], accepted }) =>
    lost.map(({ listener, rival }) => {
      const by = { kind: rival.kind, name: rival.metadata.name, at: at(rival as unknown as Resource) }
      return { listener, requests: { name: route.metadata.name, at: accepted.at, by } }
    }),
  )
}

/** Of hosts that it gets by none of its parents. */
function lostToListeners({ route, attachments }: Attached, takerOf: TakerOf): Lost[] {
  const bound = attachments.flatMap(({ listeners }) => listeners)
  const all = bound.flatMap(each =>
    each.hosts.map(host => ({ host, listener: each.listener, taker: takerOf(each, host) })),
  )
  const heard = new Set(all.flatMap(({ host, taker }) => (taker === undefined ? [host] : [])))
  return all.flatMap(({ host, listener, taker }) => {
    if (taker === undefined || heard.has(host)) return []
    const index = hostnamesOf(route)?.findIndex(hostname => hostCovers(hostname, host)) ?? -1
    const place = at(route as unknown as Resource, index < 0 ? '/spec' : `/spec/hostnames/${index}`)
    const by = { kind: 'listener' as const, name: taker.listener.name, at: taker.at }
    return [{ listener, requests: { name: route.metadata.name, at: place, host, by } }]
  })
}

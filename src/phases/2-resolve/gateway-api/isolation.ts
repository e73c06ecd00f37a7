/** Listeners of one port keep to their own requests: of several that a request is for, the most specific one alone has it. */
import { hostCovers } from '../../../model/host-entry.ts'
import { compareHostnames, hostOf } from './hosts.ts'
import type { Listener } from './listeners.ts'
import type { Attachment } from './parents.ts'

type Bound = Attachment['listeners'][number]

export type TakerOf = (bound: Bound, host: string) => Listener | undefined

/**
 * The listener whose the requests for a host are, of a route that is attached to a less specific one; undefined: they are that one's own.
 * Connections of TLS go by their server names, and are told apart already.
 *
 * @param listeners of all Gateways
 */
export function isolated(listeners: readonly Listener[]): TakerOf {
  const key = ({ gateway: { metadata }, listener: { port } }: Listener) =>
    `${metadata.namespace}/${metadata.name} ${port}`
  const plain = listeners.filter(({ isAccepted, listener }) => isAccepted && listener.protocol === 'HTTP')
  const beside = Map.groupBy(plain, key)
  return ({ listener }, host) => {
    if (listener.listener.protocol !== 'HTTP') return undefined
    const own = hostOf(listener)
    const takers = (beside.get(key(listener)) ?? []).filter(other => {
      const narrower = hostOf(other)
      return narrower !== own && hostCovers(own, narrower) && hostCovers(narrower, host)
    })
    return takers.sort((a, b) => compareHostnames(host, [hostOf(a)], [hostOf(b)]))[0]
  }
}

/** Listeners of one port keep to their own requests: of several that a request is for, the most specific one alone has it. */
import { covers, hostOf } from './hosts.ts'
import type { Listener } from './listeners.ts'
import type { Attachment } from './parents.ts'

type Bound = Attachment['listeners'][number]

/**
 * Of the hosts for which a route is attached to a listener, those whose requests are the listener's. Connections of TLS go by their
 * server names, and are told apart already.
 *
 * @param listeners of all Gateways
 */
export function isolated(listeners: readonly Listener[]): (bound: Bound) => readonly string[] {
  const key = ({ gateway: { metadata }, listener: { port } }: Listener) =>
    `${metadata.namespace}/${metadata.name} ${port}`
  const plain = listeners.filter(({ isAccepted, listener }) => isAccepted && listener.protocol === 'HTTP')
  const beside = Map.groupBy(plain, key)
  return ({ listener, hosts }) => {
    const own = hostOf(listener)
    const narrower = (beside.get(key(listener)) ?? []).map(hostOf).filter(host => host !== own && covers(own, host))
    const isSecure = listener.listener.protocol !== 'HTTP'
    return isSecure || narrower.length === 0 ? hosts : hosts.filter(host => !narrower.some(each => covers(each, host)))
  }
}

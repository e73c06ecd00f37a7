/** Listeners that end or pass on TLS at one port, and of which one's hosts are among another's. */
import type { Condition } from '../../../model/standing.ts'
import { hostOf, meet } from './hosts.ts'
import type { Listener } from './listeners.ts'

/**
 * Clients reuse a connection for all hosts of the certificate that they were shown: a request for one listener's host then comes by the
 * connection of another. The specification has that said of all listeners that it may happen to.
 *
 * @param listeners of one Gateway and its ListenerSets, none of which is in conflict with another
 */
export function tlsOverlaps(listeners: readonly Listener[]): ReadonlyMap<Listener, Condition> {
  const secure = listeners.filter(({ listener: { protocol } }) => protocol === 'HTTPS' || protocol === 'TLS')
  return new Map(
    [...Map.groupBy(secure, ({ listener }) => listener.port).values()].flatMap(beside =>
      beside.flatMap(each => {
        const other = beside.find(rival => rival !== each && meet(hostOf(rival), hostOf(each)))
        return other === undefined ? [] : [[each, overlap(each, other)] as const]
      }),
    ),
  )
}

function overlap({ at: place, listener, isAccepted }: Listener, other: Listener): Condition {
  const { name, port, hostname, protocol } = other.listener
  // Where both read requests, and are served, each answers those that are the other's.
  const isTold = listener.protocol === 'HTTPS' && protocol === 'HTTPS' && isAccepted && other.isAccepted
  const then = isTold ? 'such requests get 421' : 'nobody here sees that'
  const hosts = hostname === undefined ? 'all hosts' : `"${hostname}"`
  return {
    type: 'OverlappingTLSConfig',
    status: 'True',
    reason: 'OverlappingHostnames',
    message: `listener "${name}" has port ${port} for ${hosts}: a client may send requests for either by a connection of the other’s, and ${then}`,
    at: listener.hostname === undefined ? place : `${place}/hostname`,
  }
}

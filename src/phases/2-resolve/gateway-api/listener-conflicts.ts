/** Listeners that ask for the same connections: which of them are served. */
import type { Listener as ApiListener } from '../../../kinds/gateway-api/gateway.ts'
import type { Condition } from '../../../model/standing.ts'
import type { Place } from './listeners.ts'

/**
 * Of listeners of one Gateway, or of one ListenerSet, none wins over another: all that contend are in conflict. Those of a Gateway go
 * before those of its sets, and those of older sets before others: such a one alone loses.
 *
 * @param own of one owner, as far as they could be served
 * @param before of its Gateway and of older ListenerSets, what is in no conflict
 */
export function conflictsAmong(own: readonly Place[], before: readonly Place[]): ReadonlyMap<Place, Condition> {
  const lost = conflicts(own, () => before)
  const rest = own.filter(place => !lost.has(place))
  return new Map([...lost, ...conflicts(rest, place => rest.filter(other => other !== place))])
}

function conflicts(places: readonly Place[], rivalsOf: (place: Place) => readonly Place[]): Map<Place, Condition> {
  return new Map(
    places.flatMap(place => {
      const found = conflictOf(place, rivalsOf(place))
      return found === undefined ? [] : [[place, found] as const]
    }),
  )
}

/** Servers of TLS are told apart by name, whatever they do with it. */
const family = (protocol: string) => (protocol === 'HTTPS' ? 'TLS' : protocol)

/** One port for each: nothing that comes by UDP is meant for who listens by TCP. */
const isDatagrams = ({ protocol }: ApiListener) => protocol === 'UDP'

function conflictOf({ listener, at: place }: Place, rivals: readonly Place[]): Condition | undefined {
  const conflict = (reason: string, message: string): Condition => {
    return { type: 'Conflicted', status: 'True', reason, message, at: `${place}/port` }
  }
  const beside = rivals
    .map(each => each.listener)
    .filter(each => each.port === listener.port && isDatagrams(each) === isDatagrams(listener))
  const other = beside.find(({ protocol }) => family(protocol) !== family(listener.protocol))
  if (other !== undefined)
    return conflict('ProtocolConflict', `listener "${other.name}" has port ${other.port} for ${other.protocol}`)
  const same = beside.find(({ hostname = '' }) => hostname === (listener.hostname ?? ''))
  return same && conflict('HostnameConflict', `listener "${same.name}" has port ${same.port} for the same hosts`)
}

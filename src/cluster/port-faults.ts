/** What is said of listeners whose ports the gateways' Services don't lead to, or lead where another one is. */
import { isObject } from '../util/is-object.ts'
import { type PodPort, portKey } from './gateway-services.ts'
import type { ApiObject } from './reflector.ts'
import { fieldOf, listOf, type Wanted } from './status-conditions.ts'

interface SaidOfListener {
  readonly isOurs: boolean
  readonly listener?: string
  readonly conditions: readonly Wanted[]
}

/**
 * What is said of a Gateway's listeners, or a ListenerSet's, and of the whole where none of them is reached.
 *
 * @param ports of the gateways' pods; empty: nobody knows
 */
export function withPortFaults<Said extends SaidOfListener>(
  standings: readonly Said[],
  object: ApiObject,
  ports: ReadonlyMap<string, PodPort>,
): readonly Said[] {
  if (ports.size === 0) return standings
  const listeners = new Map(listOf(fieldOf(object['spec'], 'listeners')).map(each => [each['name'], each]))
  const faults = standings.map(standing => {
    const listener = listeners.get(standing.listener)
    return isObject(listener) && isProgrammed(standing) ? faultOf(listener, object, ports) : []
  })
  const judged = standings.map((standing, index) => ({
    ...standing,
    conditions: replaced(standing.conditions, faults[index] ?? []),
  }))
  const { message } = faults.flat().find(({ type }) => type === 'Programmed') ?? {}
  const isReached = judged.some(each => each.isOurs && each.listener !== undefined && isProgrammed(each))
  if (message === undefined || isReached) return judged
  const reason = object.kind === 'ListenerSet' ? 'ListenersNotValid' : 'Pending'
  const whole: Wanted = { type: 'Programmed', status: 'False', reason, message }
  return judged.map(each =>
    each.listener === undefined && isProgrammed(each)
      ? { ...each, conditions: replaced(each.conditions, [whole]) }
      : each,
  )
}

function isProgrammed({ conditions }: SaidOfListener): boolean {
  return conditions.some(({ type, status }) => type === 'Programmed' && status === 'True')
}

function replaced(conditions: readonly Wanted[], others: readonly Wanted[]): Wanted[] {
  return conditions.map(condition => others.find(({ type }) => type === condition.type) ?? condition)
}

function faultOf(
  { port, protocol }: { readonly [field: string]: unknown },
  { kind }: ApiObject,
  ports: ReadonlyMap<string, PodPort>,
): readonly Wanted[] {
  const known = ports.get(portKey({ port: Number(port), ...(protocol === 'UDP' ? { transport: 'UDP' } : {}) }))
  if (known === undefined) return []
  const unavailable = 'PortUnavailable'
  const isEntry = kind === 'ListenerSet'
  if (!('bound' in known)) {
    const { target, takenBy } = known
    const message = `Services lead port ${port} and port ${takenBy} to one port of the gateway’s pods, ${target}`
    return [
      { type: 'Accepted', status: 'False', reason: unavailable, message },
      { type: 'Programmed', status: 'False', reason: isEntry ? unavailable : 'Invalid', message },
    ]
  }
  if (known.isLedTo) return []
  const message = `no Service that leads to pods with the label istio=ingressgateway has port ${port}`
  return [{ type: 'Programmed', status: 'False', reason: isEntry ? unavailable : 'Pending', message }]
}

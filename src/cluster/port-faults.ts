/** What is said of listeners whose ports the gateways' Services don't lead to, or lead where another one is. */
import { type Condition, holds, type Standing, standingKey, withWholes } from '../model/standing.ts'
import { objectKey } from './gateway-api-owner.ts'
import { type PodPort, portKey } from './gateway-services.ts'
import type { ApiObject } from './reflector.ts'
import { fieldOf, listOf } from './status-conditions.ts'

/**
 * Standings of Gateways' and ListenerSets' listeners as their ports have it, and of the whole as that of its listeners.
 *
 * @param ports of the gateways' pods; empty: nobody knows
 */
export function withPortFaults(
  standings: readonly Standing[],
  objects: readonly ApiObject[],
  ports: ReadonlyMap<string, PodPort>,
): readonly Standing[] {
  if (ports.size === 0) return standings
  const written = new Map(objects.map(object => [objectKey(object), object]))
  const judged = standings.map(standing => {
    const object = standing.listener === undefined ? undefined : written.get(standingKey(standing))
    const listener = listOf(fieldOf(object?.['spec'], 'listeners')).find(each => each['name'] === standing.listener)
    if (listener === undefined || !isProgrammed(standing)) return standing
    const fault = faultOf(listener, standing, ports)
    return fault.length === 0 ? standing : { ...standing, conditions: replaced(standing.conditions, fault) }
  })
  return withWholes(judged, standings, wholeOf)
}

/** Of a Gateway or ListenerSet that was said to be in order, by its listeners and those that are added to it. */
function wholeOf(
  { kind, conditions }: Standing,
  own: readonly Standing[],
  added: readonly Standing[],
): readonly Condition[] {
  const all = [...own, ...added]
  const isWhole = own.every(each => holds(each, 'Accepted'))
  const isAny = all.some(each => holds(each, 'Accepted'))
  return conditions.map((condition): Condition => {
    if (condition.status !== 'True') return condition
    if (condition.type === 'Accepted' && !isWhole)
      return { ...condition, status: isAny ? 'True' : 'False', reason: 'ListenersNotValid' }
    if (condition.type !== 'Programmed' || all.some(isProgrammed)) return condition
    const faults = all.flatMap(each => each.conditions.filter(({ type }) => type === 'Programmed'))
    const waiting = faults.find(({ reason }) => reason === 'Pending')
    const reason = kind === 'ListenerSet' ? 'ListenersNotValid' : waiting === undefined ? 'Invalid' : 'Pending'
    const { message } = waiting ?? faults.find(each => each.message !== undefined) ?? {}
    return { ...condition, status: 'False', reason, ...(message === undefined ? {} : { message }) }
  })
}

function isProgrammed(standing: Standing): boolean {
  return holds(standing, 'Programmed')
}

type Fault = Omit<Condition, 'at'>

/** Each where the condition is that it takes the place of. */
function replaced(conditions: readonly Condition[], others: readonly Fault[]): Condition[] {
  return conditions.map(condition => ({ ...condition, ...others.find(({ type }) => type === condition.type) }))
}

function faultOf(
  { port, protocol }: { readonly [field: string]: unknown },
  { kind }: Standing,
  ports: ReadonlyMap<string, PodPort>,
): readonly Fault[] {
  const known = ports.get(portKey({ port: Number(port), ...(protocol === 'UDP' ? { transport: 'UDP' } : {}) }))
  if (known === undefined) return []
  const unavailable = 'PortUnavailable'
  const isEntry = kind === 'ListenerSet'
  if (!('bound' in known)) {
    const { target, takenBy } = known
    const message =
      takenBy === target
        ? `Services lead port ${port} to port ${target} of the gateway’s pods, which these have for themselves`
        : `Services lead port ${port} and port ${takenBy} to one port of the gateway’s pods, ${target}`
    return [
      { type: 'Accepted', status: 'False', reason: unavailable, message },
      { type: 'Programmed', status: 'False', reason: isEntry ? unavailable : 'Invalid', message },
    ]
  }
  if (known.isLedTo) return []
  const message = `no Service that leads to pods with the label istio=ingressgateway has port ${port}`
  return [{ type: 'Programmed', status: 'False', reason: isEntry ? unavailable : 'Pending', message }]
}

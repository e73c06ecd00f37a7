/** Routes of several kinds for one port of a Service: they are never merged, those of one kind hold. */
import { isHttp, type Service } from '../../../model/service.ts'
import type { Attachment } from './parents.ts'
import type { ApiRoute } from './resources.ts'

interface Attached {
  readonly route: ApiRoute
  readonly attachments: readonly Attachment[]
}

/** The kinds whose routes go before others' at a Service, first the first (GEP-1426). */
const order: readonly ApiRoute['kind'][] = ['GRPCRoute', 'HTTPRoute', 'TLSRoute', 'TCPRoute']

/**
 * Refuses routes of which another kind's hold at every port that they are for. A consumer's, for calls of its own namespace, and those of
 * the Service's do not meet. One that is for more ports than those stays, and is asked beside them at these.
 */
export function withoutServiceCrossings<Of extends Attached>(routes: readonly Of[]): readonly Of[] {
  const bound = routes.flatMap(({ route, attachments }) =>
    attachments.flatMap(({ service }) => (service === undefined ? [] : [{ route, ...service }])),
  )
  if (new Set(bound.map(({ route }) => route.kind)).size < 2) return routes
  const byPlace = Map.groupBy(bound, ({ route, service }) => placeOf(route, service))
  return routes.map(each => {
    const attachments = each.attachments.map(attachment => {
      const { service: own } = attachment
      if (own === undefined) return attachment
      const first = (byPlace.get(placeOf(each.route, own.service)) ?? []).filter(
        ({ route }) => order.indexOf(route.kind) < order.indexOf(each.route.kind),
      )
      const rivals = portsOf(each.route, own).map(number =>
        first.find(({ route, ...at }) => portsOf(route, at).includes(number)),
      )
      const [rival] = rivals
      return rival === undefined || rivals.includes(undefined) ? attachment : refused(attachment, rival.route)
    })
    return attachments.every((attachment, index) => attachment === each.attachments[index])
      ? each
      : { ...each, attachments }
  })
}

/** Ports that a route may be for: one for requests, that names none, is for those that carry any. */
function portsOf({ kind }: ApiRoute, { service, port }: NonNullable<Attachment['service']>): readonly number[] {
  if (port !== undefined) return [port]
  const isForAny = kind === 'TLSRoute' || kind === 'TCPRoute'
  return service.ports
    .filter(({ protocol }) => isForAny || isHttp(protocol) || protocol === 'AUTO')
    .map(({ number }) => number)
}

/** Whose calls of which Service. */
function placeOf({ metadata: { namespace } }: ApiRoute, service: Service): string {
  return `${service.host} ${namespace === service.namespace ? '' : namespace}`
}

function refused({ service: _, ...attachment }: Attachment, { kind, metadata }: ApiRoute): Attachment {
  const { at } = attachment.accepted
  const message = `${kind} "${metadata.name}" in namespace "${metadata.namespace}" is for the same port, and ${kind}s go first`
  return { ...attachment, accepted: { type: 'Accepted', status: 'False', reason: 'RouteConflict', message, at } }
}

/** Changes to route configurations, whether they come by RDS or stand in a listener. */
import { patchedTypes } from '../../../../kinds/istio/envoy-messages.ts'
import type { PatchContext, ProxyChange, RouteConfigurationMatch } from '../../../../model/proxy-patch.ts'
import type { Message } from '../envoy-resource.ts'
import { mergedInto, type Patched, patchOrdered } from './ordered.ts'
import { inContext, isAsked, listOf, type PatchSubject } from './subject.ts'

export interface RouteTable {
  readonly value: Message
  readonly context: PatchContext
  readonly subject: PatchSubject
}

/** A route configuration with what changes make of it: of the whole first, then of its virtual hosts, then of their routes. */
export function patchRoutes(table: RouteTable, changes: readonly ProxyChange[]): Patched<Message> {
  const place = placeOf(`${table.value['name']}`, table)
  const of = (object: ProxyChange['object']) =>
    inContext(changes, object, table.context).filter(({ routes }) => isTable(routes, place))
  const whole = of('ROUTE_CONFIGURATION').filter(({ operation }) => operation.startsWith('MERGE'))
  const merged = whole.reduce(
    (before, change) => mergedInto(patchedTypes.ROUTE_CONFIGURATION, before, change),
    table.value,
  )
  const hosts = patchOrdered(
    {
      type: patchedTypes.VIRTUAL_HOST,
      items: listOf(merged, 'virtual_hosts'),
      finds: change => (hasHost(change) ? item => isHost(change, item) : undefined),
    },
    of('VIRTUAL_HOST'),
  )
  const routes = hosts.value.map(host => patchHostRoutes(host, of('HTTP_ROUTE')))
  const applied = [...whole, ...hosts.applied, ...routes.flatMap(each => each.applied)]
  if (applied.length === 0) return { value: table.value, applied }
  return { value: { ...merged, virtual_hosts: routes.map(({ value }) => value) }, applied }
}

function patchHostRoutes(host: Message, changes: readonly ProxyChange[]): Patched<Message> {
  const { value, applied } = patchOrdered(
    {
      type: patchedTypes.HTTP_ROUTE,
      items: listOf(host, 'routes'),
      finds: ({ routes }) => {
        const match = routes?.vhost?.route
        return match === undefined
          ? undefined
          : item => isAsked(match.name, item['name']) && isAction(match.action ?? 'ANY', item)
      },
    },
    changes.filter(change => isHost(change, host)),
  )
  return applied.length === 0 ? { value: host, applied } : { value: { ...host, routes: value }, applied }
}

const actions = { ROUTE: 'route', REDIRECT: 'redirect', DIRECT_RESPONSE: 'direct_response' } as const

function isAction(action: 'ANY' | keyof typeof actions, route: Message): boolean {
  return action === 'ANY' || route[actions[action]] !== undefined
}

function hasHost({ routes }: ProxyChange): boolean {
  return Boolean(routes?.vhost?.name) || Boolean(routes?.vhost?.domainName)
}

function isHost({ routes }: ProxyChange, host: Message): boolean {
  const { name, domainName } = routes?.vhost ?? {}
  const domains = (host['domains'] as readonly string[] | undefined) ?? []
  return isAsked(name, host['name']) && (!domainName || domains.includes(domainName))
}

/** What a route configuration's name says of it. */
interface TablePlace {
  readonly name: string
  readonly port?: number
  readonly portName?: string
  /** `namespace/name` of each whose servers it is for. */
  readonly gateways: readonly string[]
}

function placeOf(name: string, { context, subject: { gateway } }: RouteTable): TablePlace {
  if (context !== 'GATEWAY' || gateway === undefined) {
    const port = /^(?:inbound\|)?(\d+)(?:\|\|)?$/.exec(name)?.[1] ?? /:(\d+)$/.exec(name)?.[1]
    return { name, gateways: [], ...(port === undefined ? {} : { port: Number(port) }) }
  }
  const [kind, port = '', portName, own, namespace] = name.split('.')
  const number = Number(port)
  if (kind === 'https')
    return { name, port: number, gateways: [`${namespace}/${own}`], ...(portName === undefined ? {} : { portName }) }
  const serving = gateway.gateways.filter(({ servers }) => servers.some(server => server.port.number === number))
  const named = serving[0]?.servers.find(server => server.port.number === number)?.port.name
  const gateways = serving.map(each => `${each.namespace}/${each.name}`)
  return { name, port: number, gateways, ...(named === undefined ? {} : { portName: named }) }
}

function isTable(match: RouteConfigurationMatch | undefined, place: TablePlace): boolean {
  if (match === undefined) return true
  return (
    isAsked(match.name, place.name) &&
    isAsked(match.portNumber, place.port) &&
    isAsked(match.portName, place.portName) &&
    (!match.gateway || place.gateways.includes(match.gateway))
  )
}

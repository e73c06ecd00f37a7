/** Changes to route configurations, whether they come by RDS or stand in a listener. */
import { patchedTypes } from '../../../../kinds/istio/envoy-messages.ts'
import { nodeKey } from '../../../../model/node.ts'
import type { PatchContext, ProxyChange, RouteConfigurationMatch } from '../../../../model/proxy-patch.ts'
import type { Message } from '../envoy-resource.ts'
import { plainRoutesName } from '../names.ts'
import { mergedInto, type Patched, patchOrdered } from './ordered.ts'
import { inContext, isAsked, isAtPort, listOf, type PatchSubject } from './subject.ts'

export interface RouteTable {
  readonly value: Message
  readonly context: PatchContext
  readonly subject: PatchSubject
}

/** A route configuration with what changes make of it: of the whole first, then of its virtual hosts, then of their routes. */
export function patchRoutes(table: RouteTable, changes: readonly ProxyChange[]): Patched<Message> {
  const place = placeOf(`${table.value['name']}`, table)
  const of = (object: ProxyChange['object']) =>
    inContext(changes, object, table.context).filter(
      change => isTable(change.routes, place) && isAtPort(change, place.port),
    )
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
  // Names may have dots in them: each is made again, and compared.
  const servers = gateway.gateways.flatMap(each => each.servers.map(server => ({ gateway: each, server })))
  const serving = servers.filter(({ gateway: { name: own, namespace }, server: { port, bind } }) => {
    const secure = `https.${port.number}.${port.name}.${own}.${namespace}`
    return [secure, plainRoutesName(port.number), plainRoutesName(port.number, bind)].includes(name)
  })
  const port = serving[0]?.server.port
  return {
    name,
    gateways: serving.map(each => nodeKey(each.gateway)),
    ...(port === undefined ? {} : { port: port.number, portName: port.name }),
  }
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

import { isAddressBlock, isDnsLabel, isIpAddress, isWildcardDomain, labels } from '../forms.ts'
import { badForm, missing, noEffect, port, type RuleFinding } from '../rule-finding.ts'
import { destinationRules, weightRules } from './destination-rules.ts'
import { callerRules, gatewayNames } from './http-match-rules.ts'
import type { L4MatchAttributes, RouteDestination, TCPRoute, TLSMatchAttributes, TLSRoute } from './virtual-service.ts'

/** Istio's validation of TLSRoute; what its hosts have to do with those of the VirtualService is looked at, too. */
export function* tlsRouteRules(rule: TLSRoute, hosts: readonly string[], pointer: string): Iterable<RuleFinding> {
  if (rule.match.length === 0) yield missing(pointer, 'a match')
  for (const [index, match] of rule.match.entries()) {
    const place = `${pointer}/match/${index}`
    yield* serverNameRules(match, hosts, place)
    yield* matchRules(match, place)
  }
  yield* routeRules(rule.route, pointer)
}

/** Istio's validation of TCPRoute. */
export function* tcpRouteRules(rule: TCPRoute, pointer: string): Iterable<RuleFinding> {
  for (const [index, match] of (rule.match ?? []).entries()) yield* matchRules(match, `${pointer}/match/${index}`)
  yield* routeRules(rule.route, pointer)
}

function* serverNameRules(
  { sniHosts }: TLSMatchAttributes,
  hosts: readonly string[],
  pointer: string,
): Iterable<RuleFinding> {
  if (sniHosts.length === 0) yield missing(pointer, 'a server name')
  for (const [index, name] of sniHosts.entries()) {
    const place = `${pointer}/sniHosts/${index}`
    const isWhole = !name.startsWith('*') || name === '*' || name.startsWith('*.')
    if (isIpAddress(name)) yield noEffect(place, 'clients name no addresses in their hello (RFC 6066)')
    // Gateways of other networks are called by names with underscores.
    else if (!(isWhole && isWildcardDomain(name.replaceAll('_', 'x'))))
      yield badForm(place, name, 'a server name', 'write a full DNS name, "*.domain" or "*"')
    else if (!hosts.some(host => covers(host, name)))
      yield badForm(place, name, 'a server name that a host of the VirtualService covers', 'add it to hosts')
  }
}

function covers(host: string, name: string): boolean {
  return host === '*' || host === name || (host.startsWith('*') && name.endsWith(host.slice(1)))
}

function* matchRules(
  match: Omit<TLSMatchAttributes, 'sniHosts'> | L4MatchAttributes,
  pointer: string,
): Iterable<RuleFinding> {
  for (const [index, subnet] of (match.destinationSubnets ?? []).entries())
    yield* subnetRules(subnet, `${pointer}/destinationSubnets/${index}`)
  if ('sourceSubnet' in match && match.sourceSubnet !== undefined)
    yield* subnetRules(match.sourceSubnet, `${pointer}/sourceSubnet`)
  yield* port(`${pointer}/port`, match.port)
  yield* labels(`${pointer}/sourceLabels`, match.sourceLabels)
  if (match.sourceNamespace !== undefined && !isDnsLabel(match.sourceNamespace))
    yield badForm(`${pointer}/sourceNamespace`, match.sourceNamespace, 'a DNS label')
  yield* gatewayNames(`${pointer}/gateways`, match.gateways)
  yield* callerRules(match, pointer)
}

function* subnetRules(text: string, pointer: string): Iterable<RuleFinding> {
  if (!isAddressBlock(text))
    yield badForm(pointer, text, 'an IP address or a CIDR', 'write it like 10.1.2.3 or 10.1.0.0/16')
}

function* routeRules(route: readonly RouteDestination[] | undefined, pointer: string): Iterable<RuleFinding> {
  if (route === undefined || route.length === 0) yield missing(pointer, 'a route')
  for (const [index, { destination }] of (route ?? []).entries())
    yield* destinationRules(destination, `${pointer}/route/${index}/destination`)
  yield* weightRules(route ?? [], `${pointer}/route`)
}

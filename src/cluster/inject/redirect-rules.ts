/**
 * The rules that lead a pod's TCP traffic through its proxy, as iptables-restore reads them. The only place that knows
 * how the redirect is done.
 */

import { isIP } from 'node:net'
import { podPorts } from '../../model/placement.ts'
import { proxySource, proxySource6, proxyUser, redirectPorts } from '../../phases/4-emit/envoy/index.ts'
import type { TrafficSettings } from './annotations.ts'

type Family = 4 | 6

const [toInbound, toOutbound] = [
  `REDIRECT --to-ports ${redirectPorts.inbound}`,
  `REDIRECT --to-ports ${redirectPorts.outbound}`,
]
/** iptables' multiport takes so many ports in one rule. */
const portsPerRule = 15

/** Text for `iptables-restore --noflush` (family 4) and `ip6tables-restore --noflush` (family 6). */
export function redirectRules(traffic: TrafficSettings, family: Family): string {
  const rules = [...inboundRules(traffic), ...outboundRules(traffic, family)]
  return [
    '*nat',
    ':MESH_INBOUND - [0:0]',
    ':MESH_OUTBOUND - [0:0]',
    '-A PREROUTING -p tcp -j MESH_INBOUND',
    '-A OUTPUT -p tcp -j MESH_OUTBOUND',
    ...rules,
    // Name servers are asked by IPv4 nearly everywhere; those of IPv6 are asked as before.
    ...(traffic.capturesDns === true && family === 4 ? dnsRules(traffic) : []),
    'COMMIT',
    '',
  ].join('\n')
}

function inboundRules({ includeInboundPorts, excludeInboundPorts }: TrafficSettings): string[] {
  const excluded = [podPorts.status, podPorts.metrics, ...excludeInboundPorts]
  return [
    ...portRules('MESH_INBOUND', excluded, 'RETURN'),
    ...(includeInboundPorts === '*'
      ? [`-A MESH_INBOUND -p tcp -j ${toInbound}`]
      : portRules('MESH_INBOUND', includeInboundPorts, toInbound)),
  ]
}

function outboundRules(traffic: TrafficSettings, family: Family): string[] {
  const own = (ranges: readonly string[]) => ranges.filter(range => isIP(range.split('/')[0]!) === family)
  const loopback = family === 4 ? '127.0.0.1/32' : '::1/128'
  const { includeOutboundRanges: included } = traffic
  return [
    // From the proxy to its own application: this is where a redirected connection ends.
    family === 4
      ? `-A MESH_OUTBOUND -s ${proxySource}/32 -o lo -j RETURN`
      : `-A MESH_OUTBOUND -s ${proxySource6}/128 -o lo -m owner --uid-owner ${proxyUser} -j RETURN`,
    // A pod that calls a service and is picked itself: the proxy meets its own inbound side, with mTLS and all.
    `-A MESH_OUTBOUND ! -d ${loopback} -o lo -p tcp -m owner --uid-owner ${proxyUser} -j ${toInbound}`,
    // Containers of the pod among themselves.
    `-A MESH_OUTBOUND -o lo -m owner ! --uid-owner ${proxyUser} -j RETURN`,
    `-A MESH_OUTBOUND -m owner --uid-owner ${proxyUser} -j RETURN`,
    `-A MESH_OUTBOUND -d ${loopback} -j RETURN`,
    ...traffic.excludeOutboundUsers.map(user => `-A MESH_OUTBOUND -m owner --uid-owner ${user} -j RETURN`),
    ...portRules('MESH_OUTBOUND', traffic.excludeOutboundPorts, 'RETURN'),
    ...own(traffic.excludeOutboundRanges).map(range => `-A MESH_OUTBOUND -d ${range} -j RETURN`),
    ...(included === '*'
      ? [`-A MESH_OUTBOUND -p tcp -j ${toOutbound}`]
      : own(included).map(range => `-A MESH_OUTBOUND -p tcp -d ${range} -j ${toOutbound}`)),
  ]
}

/** By UDP alone: Envoy's filter knows no other way. A resolver within the pod asks for itself, and is taken in then. */
function dnsRules({ excludeOutboundUsers }: TrafficSettings): string[] {
  return [
    ':MESH_DNS - [0:0]',
    '-A OUTPUT -p udp --dport 53 -j MESH_DNS',
    ...[proxyUser, ...excludeOutboundUsers].map(user => `-A MESH_DNS -m owner --uid-owner ${user} -j RETURN`),
    '-A MESH_DNS -d 127.0.0.1/32 -j RETURN',
    `-A MESH_DNS -p udp -j REDIRECT --to-ports ${redirectPorts.dns}`,
  ]
}

function portRules(chain: string, ports: readonly number[], target: string): string[] {
  const rules: string[] = []
  for (let at = 0; at < ports.length; at += portsPerRule)
    rules.push(`-A ${chain} -p tcp -m multiport --dports ${ports.slice(at, at + portsPerRule).join(',')} -j ${target}`)
  return rules
}

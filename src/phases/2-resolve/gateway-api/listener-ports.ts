/** Ports that listeners can't have: the proxies' own, and what another Gateway's listener has for itself. */
import type { Listener as ApiListener } from '../../../kinds/gateway-api/gateway.ts'
import { podPorts } from '../../../model/placement.ts'
import type { Holder } from './listeners.ts'

/** What a gateway's pod answers itself at fixed ports. */
const ownPorts: ReadonlyMap<number, string> = new Map<number, string>([
  [podPorts.status, 'the kubelet’s probes'],
  [podPorts.metrics, 'Prometheus'],
])

/**
 * @param taken what is served of older Gateways, by the same proxies
 * @returns who has the port, in words; undefined: it can be had
 */
export function takenPort(listener: ApiListener, taken: readonly Holder[]): string | undefined {
  const { port, protocol } = listener
  const own = protocol === 'UDP' ? undefined : ownPorts.get(port)
  if (own !== undefined) return `port ${port} is where the gateway’s own pods answer ${own}`
  const other = taken.find(each => each.listener.port === port && takesAll(each.listener, listener))
  if (other === undefined) return undefined
  const { kind, metadata } = other.owner
  return `listener "${other.listener.name}" of ${kind} "${metadata.name}" in namespace "${metadata.namespace}" has port ${port} for ${other.listener.protocol}`
}

/**
 * Without TLS nothing tells connections to one port apart: requests are all read by one server, bytes and datagrams have one taker. With TLS
 * it is the server name, of which each has one taker; who takes any takes what has no TLS, too.
 */
function takesAll(has: ApiListener, wants: ApiListener): boolean {
  const [one, other] = [has, wants].map(({ protocol }) => protocol).sort()
  if (isSecure(has) && isSecure(wants)) return (has.hostname ?? '') === (wants.hostname ?? '')
  if (isSecure(has) !== isSecure(wants)) {
    const isBesideUdp = one === 'UDP' || other === 'UDP'
    return !isBesideUdp && (isSecure(has) ? has : wants).hostname === undefined
  }
  return `${one} ${other}` === 'HTTP TCP' || (one === other && (one === 'TCP' || one === 'UDP'))
}

function isSecure({ protocol }: ApiListener): boolean {
  return protocol === 'HTTPS' || protocol === 'TLS'
}

/** At which of the addresses that gateways have one of them is reached. */
import { isIPv6 } from 'node:net'
import type { ApiObject } from './reflector.ts'
import { fieldOf, listOf, type Wanted } from './status-conditions.ts'

export interface GatewayAddress {
  readonly type: 'IPAddress' | 'Hostname'
  readonly value: string
}

/** What its proxies' Services have. */
const theirs = 'no Service that leads to pods with the label istio=ingressgateway'

/**
 * All addresses where a Gateway asks for none, else those that it asks for, by value or by type alone.
 *
 * @param addresses of all gateways
 * @returns why it is not programmed, where one that it asks for is not there
 */
export function assignedTo(
  { spec }: ApiObject,
  addresses: readonly GatewayAddress[],
): { readonly assigned: readonly GatewayAddress[]; readonly unassigned?: Wanted } {
  const wanted = listOf(fieldOf(spec, 'addresses'))
  if (addresses.length === 0)
    return { assigned: [], unassigned: unprogrammed('AddressNotAssigned', `${theirs} has an address`) }
  if (wanted.length === 0) return { assigned: addresses }
  const found = wanted.map(({ type = 'IPAddress', value }) => {
    const fitting = addresses.filter(address => address.type === type && (!value || isSame(address, String(value))))
    return { type: String(type), value, fitting }
  })
  const assigned = [...new Set(found.flatMap(({ fitting }) => fitting))]
  const missing = found.filter(({ fitting }) => fitting.length === 0)
  const named = missing.filter(({ value }) => value)
  const there = addresses.map(({ value }) => value).join(', ')
  if (named.length > 0) {
    const values = named.map(({ value }) => String(value)).join(', ')
    return { assigned, unassigned: unprogrammed('AddressNotUsable', `${theirs} has ${values}: there is ${there}`) }
  }
  const [first] = missing
  if (first === undefined) return { assigned }
  const message = `${theirs} has an address of the type ${first.type}: there is ${there}`
  return { assigned, unassigned: unprogrammed('AddressNotAssigned', message) }
}

function isSame({ type, value }: GatewayAddress, wanted: string): boolean {
  if (type === 'Hostname') return value.toLowerCase() === wanted.toLowerCase()
  return canonicalIp(value) === canonicalIp(wanted)
}

/** One of the several ways to write an address of IPv6. */
function canonicalIp(text: string): string {
  return isIPv6(text) && !text.includes('%') ? new URL(`http://[${text}]`).hostname : text
}

function unprogrammed(reason: string, message: string): Wanted {
  return { type: 'Programmed', status: 'False', reason, message }
}

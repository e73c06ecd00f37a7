/** What Endpoints and EndpointSlices have in common: addresses, and ports that are named as their Service's. */
import { isIP } from 'node:net'
import { isDnsLabel } from '../forms.ts'
import { badForm, type RuleFinding, twice } from '../rule-finding.ts'

export interface NamedPort {
  readonly name?: string | null
  readonly port?: number | null
}

/** The version of an address; 0 for none, and for one with a zone, which is one machine's business. */
export function ipVersion(address: string): number {
  return address.includes('%') ? 0 : isIP(address)
}

/** By name; a port without one is its Service's only one. */
export function portsByName(ports: readonly NamedPort[] | null | undefined): { readonly [name: string]: number } {
  return Object.fromEntries(
    (ports ?? []).flatMap(({ name, port }) => (typeof port === 'number' ? [[name ?? '', port] as const] : [])),
  )
}

export function* endpointPortRules(
  ports: readonly NamedPort[] | null | undefined,
  pointer: string,
): Iterable<RuleFinding> {
  const names = (ports ?? []).map(({ name }) => name ?? '')
  for (const [index, name] of names.entries())
    if (name !== '' && (!isDnsLabel(name) || name !== name.toLowerCase()))
      yield badForm(`${pointer}/${index}/name`, name, 'a DNS label', 'name it as the Service names its port')
  yield* twice(names, index => `${pointer}/${index}${names[index] === '' ? '' : '/name'}`)
}

export function* addressRules(pointer: string, address: string, versions: readonly number[]): Iterable<RuleFinding> {
  if (versions.includes(ipVersion(address))) return
  const form = versions.length > 1 ? 'an IP address' : `an address of IPv${versions[0]}`
  const example = versions[0] === 6 ? 'fd00::3' : '10.1.2.3'
  yield badForm(pointer, address, form, `write it like ${example}`)
}

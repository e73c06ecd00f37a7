/** Forms of names and addresses, as Kubernetes, DNS and Envoy read them. */

import { isIP } from 'node:net'
import { pointerToken } from '../util/pointer-token.ts'
import { type DurationLimit, longest, parseDuration } from './duration.ts'
import { badForm, type RuleFinding } from './rule-finding.ts'

const label = '[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?'
const dnsLabel = new RegExp(`^${label}$`)
const fqdn = new RegExp(`^${label}(?:\\.${label})*\\.?$`)
const wildcardLabel = /^(?:\*|\*-?[A-Za-z0-9](?:[-A-Za-z0-9]{0,60}[A-Za-z0-9])?)$/

export function isDnsLabel(text: string): boolean {
  return dnsLabel.test(text)
}

/** A DNS name: its last label is not all digits, or it would be read as an address. */
export function isFqdn(text: string): boolean {
  return text.length <= 255 && fqdn.test(text) && !/(^|\.)\d+\.?$/.test(text)
}

/** A DNS name whose first label may be `*`, `*x` or `*-x`. */
export function isWildcardDomain(text: string): boolean {
  if (isFqdn(text) || text === '*') return true
  const [first = '', ...rest] = text.split('.')
  return wildcardLabel.test(first) && rest.length > 0 && isFqdn(rest.join('.'))
}

export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0
}

/** An address with, after a slash, the length of its prefix. */
export function isAddressBlock(text: string): boolean {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  // A zone (`fe80::1%eth0`) is one machine's business.
  if (version === 0 || address.includes('%') || more.length > 0) return false
  return length === undefined || (/^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= (version === 4 ? 32 : 128))
}

/** A duration of at least 1 ms: what Istio's CRDs demand of every duration but a few. */
export function* duration(pointer: string, text: string | undefined, minMs = 1, most = longest): Iterable<RuleFinding> {
  const ms = text === undefined ? undefined : parseDuration(text)
  if (ms === undefined) return
  yield* endlessDuration(pointer, text, most)
  if (ms > most.ms || (ms >= minMs && Number.isInteger(ms))) return
  const form = minMs === 0 ? 'a whole number of milliseconds' : 'at least 1ms, in whole milliseconds'
  yield badForm(pointer, text!, `a duration of ${form}`, 'give it a longer time, or delete it')
}

/** A duration beyond what anybody can count, whatever else is asked of it. */
export function* endlessDuration(
  pointer: string,
  text: string | undefined,
  most: DurationLimit = longest,
): Iterable<RuleFinding> {
  if (text === undefined || (parseDuration(text) ?? 0) <= most.ms) return
  yield badForm(pointer, text, `a duration of at most ${most.text}`, 'give it a shorter time')
}

/**
 * `.` its own, `*` all, or a namespace; `*` stands alone.
 *
 * @param own the namespace that `.` stands for
 */
export function* exportTo(pointer: string, values: readonly string[] | undefined, own?: string): Iterable<RuleFinding> {
  const names = values?.map(value => (value === '.' ? (own ?? value) : value)) ?? []
  for (const [index, value] of (values ?? []).entries()) {
    const place = `${pointer}/${index}`
    if (value !== '.' && value !== '*' && !isDnsLabel(value))
      yield badForm(place, value, 'a namespace, "." or "*"', 'name a namespace, "." for its own, or "*" for all')
    else if (value === '*' && values!.length > 1)
      yield { slug: 'field-conflict', pointer: place, params: { other: 'other namespaces: "*" is all of them' } }
    else if (names.indexOf(names[index]!) < index) yield { slug: 'value-twice', pointer: place, params: { value } }
  }
}

/** A label's key: a name of at most 63 characters, behind a domain if there is one. */
const labelKey = new RegExp(
  `^(?:(?=.{1,253}/)${label}(?:\\.${label})*/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`,
)

/** Labels as Kubernetes takes them. */
export function* labels(pointer: string, map: { readonly [key: string]: string } | undefined): Iterable<RuleFinding> {
  for (const [key, value] of Object.entries(map ?? {})) {
    if (!labelKey.test(key))
      yield {
        ...badForm(`${pointer}/${pointerToken(key)}`, key, 'the key of a label', 'write name, or domain/name'),
        isName: true,
      }
    if (!/^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/.test(value))
      yield badForm(`${pointer}/${pointerToken(key)}`, value, 'a label value')
  }
}

/** Forms of the values that authorization rules compare with, by what they look at. */
import type { AccessAttribute } from '../../model/access-policy.ts'
import { isAddressBlock, isDnsLabel } from '../forms.ts'
import { bareHost, isHeaderName } from '../http-forms.ts'
import { badForm, hardlyMeant, missing, noEffect, type RuleFinding, range } from '../rule-finding.ts'

type ValueCheck = (value: string, pointer: string) => Iterable<RuleFinding>

/** Attributes that are missing here take any text. */
const checks: { readonly [Kind in AccessAttribute['kind']]?: ValueCheck } = {
  'source-ip': block,
  'remote-ip': block,
  'destination-ip': block,
  port,
  path,
  method,
  host,
  principal,
  'service-account': account,
  'trust-domain': trustDomain,
}

/** A `*` anywhere in these stands for any text. */
const globbed: ReadonlySet<AccessAttribute['kind']> = new Set(['namespace'])
/** A `*` in these is no wildcard, or has rules of its own. */
const starless: ReadonlySet<AccessAttribute['kind']> = new Set([
  'source-ip',
  'remote-ip',
  'destination-ip',
  'port',
  'service-account',
  'trust-domain',
])

/** @param pointer of the list */
export function* valueRules(
  attribute: AccessAttribute,
  values: readonly string[],
  pointer: string,
): Iterable<RuleFinding> {
  if (attribute.kind === 'header' && values.length > 0 && !isHeaderName(attribute.name.replace(/^:/, '')))
    yield badForm(pointer.replace(/\/\w+$/, '/key'), attribute.name, 'the name of a header')
  for (const [index, value] of values.entries()) {
    const place = `${pointer}/${index}`
    if (value === '') {
      yield missing(place, 'a text: nothing is empty and there')
      continue
    }
    yield* checks[attribute.kind]?.(value, place) ?? []
    if (!globbed.has(attribute.kind) && !starless.has(attribute.kind)) yield* starRules(value, place)
  }
}

/** Istio takes one `*`, at an edge; any other is an asterisk, which is hardly ever meant. */
function* starRules(value: string, pointer: string): Iterable<RuleFinding> {
  if (isTemplate(value) || value === '*') return
  const rest = value.startsWith('*') ? value.slice(1) : value.replace(/\*$/, '')
  if (rest.includes('*'))
    yield noEffect(pointer, 'a * stands for any text only at one end of the value; this one is taken for an asterisk')
}

function* block(value: string, pointer: string): Iterable<RuleFinding> {
  if (!isAddressBlock(value))
    yield badForm(pointer, value, 'an IP address or a CIDR', 'write it like 10.1.2.3 or 10.1.0.0/16')
}

function* port(value: string, pointer: string): Iterable<RuleFinding> {
  if (!/^\d+$/.test(value)) yield badForm(pointer, value, 'the number of a port')
  else yield* range(pointer, Number(value), { min: 0, max: 65_535 })
}

function* account(value: string, pointer: string): Iterable<RuleFinding> {
  const [name = '', namespace, ...more] = value.split('/').reverse()
  // Accounts are named like DNS subdomains.
  const isName = name.split('.').every(isDnsLabel)
  if (more.length > 0 || !isName || (namespace !== undefined && !isDnsLabel(namespace)))
    yield badForm(pointer, value, 'a service account', 'write ACCOUNT or NAMESPACE/ACCOUNT, without wildcards')
}

function* trustDomain(value: string, pointer: string): Iterable<RuleFinding> {
  const isForm = !value.includes('/') && (value === '*' || /^(\*[^*]+|[^*]+\*?)$/.test(value))
  if (!isForm)
    yield badForm(pointer, value, 'a trust domain', 'write it like cluster.local, with one * at an end at most')
}

/** Has it `{*}` or `{**}`, and so means segments? */
export function isTemplate(path: string): boolean {
  return path.includes('{*}') || path.includes('{**}')
}

/** What Envoy's templates take in a segment beside letters and digits. */
const segment = /^[A-Za-z0-9\-._~%!$&'()+,;:@=]+$/

/** A rule that can never hold protects nobody, or lets nobody in: what it was meant to say is told. */
function* method(value: string, pointer: string): Iterable<RuleFinding> {
  const words = value.split(/[,;|\s]+/).filter(word => word !== '')
  if (/[,;|\s]/.test(value))
    yield noEffect(pointer, `no request has such a method: ${words.length === 0 ? 'name one' : each(words)}`)
  else if (value !== value.toUpperCase())
    yield noEffect(pointer, `methods are in upper case: write ${value.toUpperCase()}`)
}

function each(words: readonly string[]): string {
  return `write ${words.map(word => word.toUpperCase()).join(' and ')}, each as a value of its own`
}

function* host(value: string, pointer: string): Iterable<RuleFinding> {
  if (value.includes('/')) yield noEffect(pointer, `a host has no scheme and no path: write ${bareHost(value)}`)
}

function* principal(value: string, pointer: string): Iterable<RuleFinding> {
  const scheme = 'spiffe://'
  if (value.startsWith(scheme))
    yield noEffect(pointer, `principals are named without ${scheme}: write ${value.slice(scheme.length)}`)
  else if (!value.includes('*') && !/^[^/]+\/ns\/[^/]+\/sa\/[^/]+$/.test(value))
    yield hardlyMeant(
      pointer,
      'is the name of no identity of a mesh',
      'write TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT, with * at one end for any',
    )
}

function* path(value: string, pointer: string): Iterable<RuleFinding> {
  if (!isTemplate(value)) {
    if (/[{}]/.test(value)) {
      yield badForm(
        pointer,
        value,
        'a path',
        'write {*} for one segment, {**} for any number; no path has other braces',
      )
      return
    }
    const bare = value.replace(/[?#].*$/s, '')
    if (bare !== value) {
      const remedy = /^\*?$/.test(bare) ? 'name a path' : `write ${bare}`
      yield noEffect(pointer, `a path is compared without its query: ${remedy}`)
    } else if (!value.startsWith('/') && !value.startsWith('*'))
      yield noEffect(pointer, `a path begins with a slash: write /${value}`)
    return
  }
  const [before, ...segments] = value.split('/')
  const rest = segments.indexOf('{**}')
  const isForm =
    before === '' &&
    // An empty one may stand at the end: `/a/{*}/`.
    segments.every((part, index) => isPart(part) || (part === '' && index === segments.length - 1)) &&
    (rest < 0 || !segments.slice(rest + 1).some(part => part.startsWith('{')))
  if (!isForm)
    yield badForm(
      pointer,
      value,
      'a template that Envoy can match',
      'let {*} and {**} be whole segments, with none of them behind {**}',
    )
}

function isPart(part: string): boolean {
  return part === '{*}' || part === '{**}' || segment.test(part)
}

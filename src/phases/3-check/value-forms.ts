/** The patterns of our types in words: who reads a finding writes configuration, not regular expressions. */

import { parseDuration, unitMs } from '../../kinds/duration.ts'

/** What a text has to look like. */
export interface ValueForm {
  /** Continues "must be". */
  readonly words: string
  /** What it is in a remedy: "write a duration such as …". */
  readonly noun: string
  /** Texts of this form. */
  readonly examples: readonly string[]
  /** What most likely was meant by a text of another form, the likeliest first; only those of this form are shown. */
  readonly meant?: (text: string) => readonly string[]
}

/** Of Istio's durations, and of the Gateway API's: whole numbers there, each of five digits at most. */
const durations: { readonly [pattern: string]: ValueForm } = {
  '^([0-9]+(\\.[0-9]+)?(h|m|s|ms))+$': {
    words: 'a duration such as 500ms, 2s, 1.5m or 1h',
    noun: 'a duration',
    examples: ['1s', '500ms'],
    meant: text => [inUnits(text)],
  },
  '^([0-9]{1,5}(h|m|s|ms)){1,4}$': {
    words: 'a duration in whole numbers of five digits at most, such as 500ms, 2s or 1h30m',
    noun: 'a duration',
    examples: ['1s', '500ms'],
    meant: text => [inUnits(text), ...inWholeUnits(inUnits(text))],
  },
}

const forms: { readonly [pattern: string]: ValueForm } = {
  ...durations,
  '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$': {
    words: 'a name of small letters, digits, hyphens and dots, with a letter or digit at both ends',
    noun: 'a name',
    examples: ['http-1', 'shop.example.com'],
    // A star is meant, and not allowed here.
    meant: text => (text.includes('*') ? [] : [hostOf(text), asName(text)]),
  },
  '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$': {
    words: 'a host in small letters, without scheme, port and path; *. at its beginning stands for any labels',
    noun: 'a host',
    examples: ['shop.example.com', '*.example.com'],
    meant: text => [hostOf(text)],
  },
  '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$': {
    words: 'a name of small letters, digits and hyphens, with a letter or digit at both ends',
    noun: 'a name',
    examples: ['shop', 'shop-1'],
    meant: text => [asName(text)],
  },
  '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$': {
    words: "an API group: a DNS name, in small letters, or empty for Kubernetes' own kinds",
    noun: 'a group without version',
    examples: ['gateway.networking.k8s.io', ''],
    meant: text => [text.toLowerCase() === 'core' ? '' : text.toLowerCase().replace(/\/v\d.*$/, '')],
  },
  '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$': {
    words: 'the name of a kind: letters, digits and hyphens',
    noun: 'a kind',
    examples: ['Service', 'HTTPRoute'],
  },
  "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$": {
    words: "a name of letters, digits and !#$%&'*+-.^_`|~, without spaces",
    noun: 'a name',
    examples: ['x-user', 'end-user'],
    meant: text => [text.replace(/:$/, ''), text.replaceAll(/\s+/g, '-')],
  },
  '^[-_A-Za-z0-9]+$': {
    words: 'a name of letters, digits, hyphens and underscores',
    noun: 'a name',
    examples: ['x-user', 'end_user'],
    meant: text => [text.replaceAll(/[\s.:/]+/g, '-')],
  },
  '^[!-~]+([\\t ]?[!-~]+)*$': {
    words: 'printable ASCII, without spaces at its ends or several in a row',
    noun: 'a text',
    examples: ['gold', 'max-age=60, public'],
    meant: text => [text.trim().replaceAll(/\s+/g, ' ')],
  },
  "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$": {
    words: "a path, in which all else than letters, digits and -/._~!$&'()*+,;=:@ is written as %20",
    noun: 'a path',
    examples: ['/auth', '/sign%20in'],
    meant: text => [encodeURI(text.toWellFormed())],
  },
  '^/': { words: 'a path that begins with /', noun: 'a path', examples: ['/v1/traces'], meant: text => [`/${text}`] },
  '(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)': {
    words: 'an origin: a scheme, a host and maybe a port, without path; or * for all',
    noun: 'an origin',
    examples: ['https://shop.example.com', 'http://*.example.com:8080'],
    meant: text => [text.replace(/(?<=[^/:])\/.*$/, ''), `https://${text}`],
  },
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$": {
    words: 'a domain and a path: who serves it',
    noun: 'a controller',
    examples: ['meshwright.dev/gateway-controller'],
  },
  '^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$':
    {
      words: "a protocol: HTTP, HTTPS, TLS, TCP, UDP, or one of an implementation's own with its domain",
      noun: 'a protocol',
      examples: ['HTTP', 'example.com/foo'],
    },
  "^Hostname|IPAddress|NamedAddress|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$":
    {
      words: "IPAddress, Hostname, NamedAddress, or a type of an implementation's own with its domain",
      noun: 'a type',
      examples: ['IPAddress', 'example.com/address'],
    },
  '^(System|([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]))$':
    {
      words: "System, or a set of an implementation's own with its domain",
      noun: 'a set of CAs',
      examples: ['System', 'example.com/authorities'],
    },
  '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$': {
    words: "a label's value: letters, digits, -, _ and ., with a letter or digit at both ends",
    noun: 'a value',
    examples: ['v1.2', 'blue_2'],
    meant: text => [text.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^[-_.]+|[-_.]+$/g, '')],
  },
  '^(([^:/?#]+):)(//([^/?#]*))([^?#]*)(\\?([^#]*))?(#(.*))?': {
    words: 'a URI: a scheme, :// and what it names',
    noun: 'a URI',
    examples: ['spiffe://cluster.local/ns/shop/sa/web'],
    meant: text => (text.includes('/ns/') ? [`spiffe://${text}`] : []),
  },
  '(^$|^[a-f0-9]{64}$)': {
    words: 'a SHA-256 digest: 64 hexadecimal digits, in small letters',
    noun: 'the digest',
    examples: [],
    meant: text => [text.toLowerCase().replace(/^sha256:/, '')],
  },
}

/** What a pattern of our types asks for, in words; undefined for a pattern that nobody has put into words. */
export function formOf(pattern: string): ValueForm | undefined {
  return Object.hasOwn(forms, pattern) ? forms[pattern] : undefined
}

/** Is it the pattern of a duration? Those are written as bare numbers now and then. */
export function isDuration(pattern: string | undefined): boolean {
  return pattern !== undefined && Object.hasOwn(durations, pattern)
}

/** What to write instead of a text that is not of a form. */
export function remedyOf(pattern: string, { noun, examples, meant }: ValueForm, text: string): string {
  const form = new RegExp(pattern)
  const found = meant?.(text.trim()).find(each => form.test(each))
  if (found !== undefined) return `write ${JSON.stringify(found)}`
  const [, amount] = isDuration(pattern) ? (bareNumber.exec(text) ?? []) : []
  if (amount !== undefined && form.test(`${amount}s`)) return `add the unit: "${amount}s", "${amount}ms"`
  const such = examples.length === 0 ? '' : ` such as ${examples.map(each => JSON.stringify(each)).join(' or ')}`
  return `write ${noun}${such}`
}

const bareNumber = /^\s*(\d+(?:\.\d+)?)\s*$/

const units: { readonly [letter: string]: string } = { m: 'm', s: 's', h: 'h' }

/** `2 seconds` most likely means 2s; a bare number has no unit that could be guessed. */
function inUnits(text: string): string {
  const [, amount, word = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*$/i.exec(text) ?? []
  const unit = /^(ms|milli)/i.test(word) ? 'ms' : units[word[0]?.toLowerCase() ?? '']
  return amount === undefined || unit === undefined ? text : `${amount}${unit}`
}

/** The same time in one unit; the largest first. */
function inWholeUnits(text: string): readonly string[] {
  const ms = parseDuration(text)
  if (ms === undefined) return []
  return Object.entries(unitMs).flatMap(([unit, size]) => (ms % size === 0 ? [`${ms / size}${unit}`] : []))
}

/** The host of what may be a URL, or have a port. */
function hostOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[:/].*$/, '')
    .replace(/\.$/, '')
}

function asName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
}

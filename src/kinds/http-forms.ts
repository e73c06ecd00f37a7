/** Forms of what stands in HTTP: header names and values, and the regular expressions that match them. */
import { RE2JS } from 're2js'
import { isFormatCommand } from './format-commands.ts'
import { hardlyMeant, type RuleFinding, token } from './rule-finding.ts'

const headerToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Istio's limit: longer expressions cost too much to match. */
const longestRegex = 1024

export const httpMethods: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE'.split(' '),
)

/** The host of what may be written as a URL. */
export function bareHost(text: string): string {
  return text.replace(/^\w+:\/\//, '').split('/')[0]!
}

export function isHeaderName(name: string): boolean {
  return headerToken.test(name)
}

/** What is known of each expression: the same few stand in many rules. */
const problems = new Map<string, string | undefined>()

export function* regex(pointer: string, pattern: string | undefined): Iterable<RuleFinding> {
  if (pattern === undefined) return
  if (!problems.has(pattern)) problems.set(pattern, problemOf(pattern))
  const reason = problems.get(pattern)
  if (reason !== undefined) yield { slug: 'regex-invalid', pointer, params: { reason } }
}

function problemOf(pattern: string): string | undefined {
  if (pattern === '') return 'it is empty'
  if (pattern.length > longestRegex) return `it has ${pattern.length} characters`
  try {
    RE2JS.compile(pattern)
    return beyondBytes(pattern)
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
  }
}

/** Envoy reads texts byte by byte, and refuses an escape for what is none: found on Envoy 1.40. */
function beyondBytes(pattern: string): string | undefined {
  const escapes = pattern.matchAll(/\\(?:x\{([0-9A-Fa-f]+)\}|[\s\S])/g)
  const far = [...escapes].find(([, code]) => code !== undefined && Number.parseInt(code, 16) > 0xff)
  return far === undefined ? undefined : `"${far[0]}" is no byte, and Envoy matches bytes: write the letter itself`
}

/** A value that Envoy formats: percent signs pair up, and there are no control characters. */
export function* headerValue(pointer: string, value: string): Iterable<RuleFinding> {
  const reason = formatProblem(value)
  if (reason !== undefined) yield { slug: 'header-value-invalid', pointer, params: { reason } }
}

/** Text that is put into a header or a path as it is. */
export function* plainValue(pointer: string, value: string | undefined): Iterable<RuleFinding> {
  if (value !== undefined && hasControl(value))
    yield { slug: 'header-value-invalid', pointer, params: { reason: 'holds a control character' } }
}

/** What is wrong with a text that Envoy formats; undefined: nothing. */
export function formatProblem(value: string): string | undefined {
  if (hasControl(value)) return 'holds a control character'
  const commands = [...value.matchAll(/%([A-Z_0-9]+(?:\([^()]*\))?(?::\d+)?)%|%%/g)].map(match => match[1])
  const unknown = commands.find(command => command !== undefined && !isFormatCommand(command))
  if (unknown !== undefined) return `asks for "${unknown}", which Envoy cannot fill in`
  const rest = value.replaceAll(/%[A-Z_0-9]+(\([^()]*\))?(:\d+)?%|%%/g, '')
  return rest.includes('%') ? 'holds a percent sign that stands for nothing' : undefined
}

function hasControl(value: string): boolean {
  return [...value].some(letter => letter < ' ' || letter === '\x7f')
}

export interface HeaderMap {
  readonly [name: string]: string
}

export interface HeaderChanges {
  readonly request?: HeaderEdits | undefined
  readonly response?: HeaderEdits | undefined
}

interface HeaderEdits {
  readonly set?: HeaderMap
  readonly add?: HeaderMap
  readonly remove?: readonly string[]
}

/** Only a request's authority can be set among the pseudo-headers, and none can be removed (Istio's rule). */
export function* headerChanges(pointer: string, headers: HeaderChanges | undefined): Iterable<RuleFinding> {
  for (const side of ['request', 'response'] as const) {
    const edits = headers?.[side]
    for (const operation of ['set', 'add'] as const) {
      for (const [name, value] of Object.entries(edits?.[operation] ?? {})) {
        const place = `${pointer}/${side}/${operation}/${token(name)}`
        if (!canSet(name, side))
          yield { slug: 'header-name-invalid', pointer: place, isName: true, params: { value: name } }
        yield* headerValue(place, value)
      }
    }
    for (const [index, name] of (edits?.remove ?? []).entries()) {
      if (isAuthority(name) || !isHeaderName(name))
        yield { slug: 'header-name-invalid', pointer: `${pointer}/${side}/remove/${index}`, params: { value: name } }
    }
  }
}

function canSet(name: string, side: 'request' | 'response'): boolean {
  return isAuthority(name) ? side === 'request' : isHeaderName(name)
}

export function isAuthority(name: string): boolean {
  return name === ':authority' || name.toLowerCase() === 'host'
}

/** What an origin that all sites have means beside `allowCredentials`. */
export function openToAll(pointer: string): RuleFinding {
  return hardlyMeant(
    pointer,
    'lets every site read answers as its visitor: beside allowCredentials, whichever origin asks is named in the answer',
    'name the origins, or take allowCredentials away',
  )
}

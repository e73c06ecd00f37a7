import { type Carries, type ServiceState, stateOf } from './internals.ts'
import { site, traced } from './trace.ts'

/** Something that a request may be, for `when`. */
export interface Condition {
  /** A VirtualService's match with this condition added. */
  readonly [narrow]: (match: MatchDraft) => MatchDraft
}

export const narrow: unique symbol = Symbol('meshwright.condition')

/** A VirtualService's HTTPMatchRequest while conditions are added to it. */
export interface MatchDraft {
  readonly headers?: { readonly [name: string]: unknown }
  readonly withoutHeaders?: { readonly [name: string]: unknown }
  readonly queryParams?: { readonly [name: string]: unknown }
  readonly [field: string]: unknown
}

/** Ways to compare the value of a header, query parameter, … */
export interface Comparisons {
  /** Equal, byte for byte. */
  is(value: string): Condition
  /** Begins with this, byte for byte. */
  startsWith(prefix: string): Condition
  /** An RE2 regular expression that matches the whole value; at most 1024 characters. */
  matches(regex: string): Condition
}

export interface HeaderComparisons extends Comparisons {
  /** There, whatever its value. */
  exists(): Condition
  /** Absent, or with another value. */
  isNot(value: string): Condition
  /** Absent, or begins otherwise. */
  doesNotStartWith(prefix: string): Condition
  /** The whole value does not match this RE2 regular expression; an absent header counts as empty. */
  doesNotMatch(regex: string): Condition
  /** Absent. */
  isAbsent(): Condition
}

/**
 * A request header, by name in any case.
 *
 * @example
 * when(header('end-user').is('jason')).to(reviews.v2)
 */
export function header(name: string): HeaderComparisons {
  const key = name.toLowerCase()
  const without = (value: unknown): Condition => ({
    [narrow]: match => ({ ...match, withoutHeaders: { ...match.withoutHeaders, [key]: value } }),
  })
  return {
    ...comparisons(value => ({ [narrow]: match => ({ ...match, headers: { ...match.headers, [key]: value } }) })),
    exists: () => ({ [narrow]: match => ({ ...match, headers: { ...match.headers, [key]: {} } }) }),
    isNot(value) {
      return without(traced({ exact: value }, site(), 0))
    },
    doesNotStartWith(prefix) {
      return without(traced({ prefix }, site(), 0))
    },
    doesNotMatch(regex) {
      return without(traced({ regex }, site(), 0))
    },
    isAbsent: () => without({}),
  }
}

/** A query parameter. */
export function query(name: string): Comparisons {
  return comparisons(value => ({
    [narrow]: match => ({ ...match, queryParams: { ...match.queryParams, [name]: value } }),
  }))
}

export interface PathOptions {
  /** Take `/Cart` for `/cart`? Default: false. */
  readonly ignoreCase?: boolean
}

/** The path: exactly this one, or with a final `*` all that begin so. For regular expressions: `path.matches`. */
export function path(pattern: string, options: PathOptions = {}): Condition {
  const at = site()
  const ignoreUriCase = traced(options.ignoreCase, at, 1, 'ignoreCase')
  return { [narrow]: match => ({ ...match, uri: traced(pathMatch(pattern), at, 0), ignoreUriCase }) }
}

/** The whole path matches this RE2 regular expression; case is the expression's own business: `(?i)`. */
path.matches = (regex: string): Condition => {
  const at = site()
  return { [narrow]: match => ({ ...match, uri: traced({ regex }, at, 0) }) }
}

/** `/static/*` is a prefix, anything else the whole path. */
export function pathMatch(pattern: string): { exact: string } | { prefix: string } {
  return pattern.endsWith('*') ? { prefix: pattern.slice(0, -1) } : { exact: pattern }
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS' | 'CONNECT' | 'TRACE'

/** The HTTP method. */
export function method(name: HttpMethod): Condition {
  const at = site()
  return { [narrow]: match => ({ ...match, method: traced({ exact: name }, at, 0) }) }
}

/** The host (and port, where it was named) that the client asked for. */
export function authority(): Comparisons {
  return comparisons(value => ({ [narrow]: match => ({ ...match, authority: value }) }))
}

/** The calling service. Decided in the caller's proxy: not for authorization. */
export function caller(service: Carries<ServiceState>): Condition {
  const at = site()
  const { name, namespace } = stateOf(service)
  const source = {
    sourceLabels: traced({ app: name }, at, 0),
    ...(namespace === undefined ? {} : { sourceNamespace: namespace }),
  }
  return { [narrow]: match => ({ ...match, ...source }) }
}

function comparisons(toCondition: (value: unknown) => Condition): Comparisons {
  return {
    is(value) {
      return toCondition(traced({ exact: value }, site(), 0))
    },
    startsWith(prefix) {
      return toCondition(traced({ prefix }, site(), 0))
    },
    matches(regex) {
      return toCondition(traced({ regex }, site(), 0))
    },
  }
}

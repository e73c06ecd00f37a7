/** Envoy's route matches as clients of gRPC know them: a path, headers, and a share (gRPC's proposal A28). */
import { RE2JS } from 're2js'
import { literalExpression } from '../../../util/literal-expression.ts'
import { compact, type Message } from './envoy-resource.ts'

/** What each call is, beside its path and its metadata, by the pseudo-header that says it to proxies. */
export interface CallFacts {
  readonly ':method': string
  readonly ':scheme': string
  /** Without a port, and with it. */
  readonly ':authority': readonly string[]
}

/**
 * Undefined for what no call is: its clients send neither queries nor cookies, and nobody has read their tokens. They would ignore what
 * they don't know, and refuse all routes for a path that they don't.
 */
export function grpcMatch(match: Message, facts: CallFacts): Message | undefined {
  const { query_parameters, cookies, dynamic_metadata, headers = [], path_separated_prefix: prefix, ...own } = match
  const claims = (dynamic_metadata ?? []) as readonly Message[]
  if (query_parameters !== undefined || cookies !== undefined) return undefined
  if (claims.some(({ invert }) => invert !== true)) return undefined
  const matchers = headers as readonly Message[]
  if (!matchers.every(matcher => isMet(matcher, facts))) return undefined
  const rest = matchers.filter(({ name }) => !isFact(name, facts))
  const path = prefix === undefined ? {} : { safe_regex: { regex: `${literalExpression(`${prefix}`)}(?:/.*)?` } }
  return compact({ ...own, ...path, headers: rest.length === 0 ? undefined : rest })
}

function isFact(name: unknown, facts: CallFacts): name is keyof CallFacts {
  return Object.hasOwn(facts, `${name}`)
}

/** Metadata is looked at as calls are made. */
function isMet({ name, string_match: wanted, invert_match: isInverted }: Message, facts: CallFacts): boolean {
  if (!isFact(name, facts)) return true
  const is = wanted === undefined || [facts[name]].flat().some(text => fits(wanted as Message, text))
  return is !== (isInverted === true)
}

function fits({ exact, prefix, safe_regex: regex }: Message, text: string): boolean {
  if (exact !== undefined) return text === exact
  if (prefix !== undefined) return text.startsWith(`${prefix}`)
  return RE2JS.matches(`${(regex as Message | undefined)?.['regex'] ?? ''}`, text)
}

/** Sessions of routes: what they are known by, and how they come back to their backend where there are several. */
import { hash } from 'node:crypto'
import { parseDuration } from '../../../kinds/duration.ts'
import type { SessionPersistence } from '../../../kinds/gateway-api/http-route.ts'
import type { Destination, HttpMatch, HttpRule } from '../../../model/http-route.ts'
import type { At } from '../../../model/node.ts'
import type { Session } from '../../../model/session.ts'

/** Names that nobody chose differ from rule to rule: a session of one is none of another's. */
export function sessionOf(persistence: SessionPersistence | undefined, at: At): { readonly session?: Session } {
  if (persistence === undefined) return {}
  const { type = 'Cookie', cookie, header, absoluteTimeout } = persistence
  const own = `mesh-session-${short(at)}`
  if (type === 'Header') return { session: { kind: 'header', name: header?.name ?? own } }
  const { name = own, path = '/', lifetimeType = 'Session' } = cookie ?? {}
  const ttlMs = lifetimeType === 'Permanent' ? parseDuration(absoluteTimeout ?? '') : undefined
  return { session: { kind: 'cookie', name, path, ...(ttlMs === undefined ? {} : { ttlMs }) } }
}

function short(text: string): string {
  return hash('sha256', text).slice(0, 8)
}

interface MatchedRule {
  readonly rule: HttpRule
  readonly match: HttpMatch
}

/**
 * A rule, and before it, for each of several backends, one that leads those back who were there: Envoy stays with an endpoint of the
 * backend that was picked, and picks that by weight each time. A second cookie says which it was. What weighs nothing any more keeps the
 * sessions that it has.
 */
export function returning(rule: HttpRule, match: HttpMatch): MatchedRule[] {
  const { action, session } = rule
  if (session?.kind !== 'cookie' || action.kind !== 'forward' || action.destinations.length < 2)
    return [{ rule, match }]
  const name = `${session.name}-backend`
  const { destinations } = action
  const there = destinations.filter(({ isMissing }) => isMissing !== true)
  const back = there.map((destination): MatchedRule => {
    const marked = { ...match, cookies: [{ name, value: keyOf(destination) }] }
    const only = { ...action, destinations: [{ ...destination, weight: 100 }] }
    return { rule: { ...rule, matches: [marked], action: only }, match: marked }
  })
  const marking = destinations.map(destination =>
    destination.isMissing ? destination : { ...destination, setCookie: cookieFor(name, keyOf(destination), session) },
  )
  return [...back, { rule: { ...rule, action: { ...action, destinations: marking } }, match }]
}

/** Tells nothing of the mesh to clients. */
function keyOf({ host, port }: Destination): string {
  return short(`${host}:${port}`)
}

/** Envoy takes a percent sign for the beginning of a command. */
function cookieFor(name: string, value: string, { path, ttlMs }: Extract<Session, { kind: 'cookie' }>): string {
  const age = ttlMs === undefined ? '' : `; Max-Age=${Math.floor(ttlMs / 1000)}`
  return `${name}=${value}${age}; Path=${path}; HttpOnly`.replaceAll('%', '%%')
}

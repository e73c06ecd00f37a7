/**
 * What can be said about a rule, beside which requests it is for and where they go: the objects that an author writes.
 *
 * Only types stand here. Where Istio excludes one field by another, so does the type, by `never`.
 */
import type { GrpcStatus } from '../model/grpc-status.ts'
import type { Duration } from './duration.ts'

export interface TargetOptions<Ports extends string = string> {
  /** One of the target's ports, by name, where it has several. Default: its first. */
  readonly port?: Ports
}

export interface RetryOptions {
  /** Tries after the first; 0: none. A rule that says nothing of retries has 2. */
  readonly attempts: number
  /** When to try again. Default: connect-failure, refused-stream, unavailable, cancelled. */
  readonly on?: readonly RetryCondition[]
  /** Time for each try. Default: the rule's timeout. */
  readonly perTry?: Duration
  /** Shortest wait between tries; grows. Default: 25ms. */
  readonly backoff?: Duration
}

/** Envoy's retry conditions, and HTTP statuses. */
export type RetryCondition =
  | '5xx'
  | 'gateway-error'
  | 'reset'
  | 'reset-before-request'
  | 'connect-failure'
  | 'retriable-4xx'
  | 'refused-stream'
  | 'retriable-status-codes'
  | 'retriable-headers'
  | 'cancelled'
  | 'deadline-exceeded'
  | 'internal'
  | 'resource-exhausted'
  | 'unavailable'
  | `${number}`

export interface AbortOptions {
  /** The gRPC status to answer with, by name. */
  readonly grpc: GrpcError
}

/** gRPC's statuses (grpc/doc/statuscodes) but `OK`, which is no error. */
export type GrpcError = Exclude<GrpcStatus, 'OK'>

export interface ShareOptions {
  /** Share of the requests, 0–100, as fine as 0.0001. Default: 100. */
  readonly percent?: number
}

export interface HeaderEdits {
  /** Replaces values, by the header's name. Default: none. */
  readonly set?: { readonly [name: string]: string }
  /** Adds values to what is there, by the header's name. Default: none. */
  readonly add?: { readonly [name: string]: string }
  /** Names of headers to take away. Default: none. */
  readonly remove?: readonly string[]
}

export interface CorsOptions {
  /** Origins that may call: exactly (`https://shop.example`), all (`*`), or by how they begin or look. */
  readonly origins: readonly CorsOrigin[]
  /** Methods to allow, such as `GET`. Default: those that need no permission (GET, HEAD, POST). */
  readonly methods?: readonly string[]
  /** Request headers to allow. Default: those that need no permission. */
  readonly headers?: readonly string[]
  /** Response headers that scripts may read. Default: those that need no permission. */
  readonly expose?: readonly string[]
  /** How long browsers may keep a preflight answer; whole seconds. Default: as they like (5 s). */
  readonly maxAge?: Duration
  /** May requests carry credentials? Default: no. */
  readonly credentials?: boolean
}

/**
 * One origin as a browser names it (scheme, host, and port where it is not the usual one), `*` for all, or many by a
 * prefix or by an RE2 regular expression that matches the whole origin.
 */
export type CorsOrigin =
  | string
  | { readonly prefix: string; readonly regex?: never }
  | { readonly regex: string; readonly prefix?: never }

/** A path to put in place of the matched one, or a regular expression to apply to it; or another authority. */
export type RewriteOptions = RewriteByPath | RewriteByRegex

export interface RewriteByPath extends RewriteAuthority {
  /** Replaces the path, or the matched prefix of it. Default: the path stays. */
  readonly path?: string
  readonly regex?: never
}

export interface RewriteByRegex extends RewriteAuthority {
  /** RE2; `\1` in `to` names a group. Default: the path stays. */
  readonly regex: { readonly match: string; readonly to: string }
  readonly path?: never
}

export interface RewriteAuthority {
  /** Replaces the host that the target sees. Default: the client's. */
  readonly authority?: string
}

/** A path to put in place of the whole one or of the matched prefix; or another place altogether. */
export type RedirectOptions = (RedirectByPath | RedirectByPrefix) & (RedirectToScheme | RedirectInScheme)

export interface RedirectByPath extends RedirectParts {
  /** Replaces the whole path. Default: the path stays. */
  readonly path?: string
  readonly prefix?: never
}

export interface RedirectByPrefix extends RedirectParts {
  /** Replaces what `path('/old/*')` matched and keeps the rest; each alternative of the rule needs such a path. */
  readonly prefix: string
  readonly path?: never
}

export interface RedirectToScheme {
  /** Replaces the scheme. */
  readonly scheme: 'http' | 'https'
  /**
   * Replaces the port, 1–65535; `from-scheme`: the new scheme's usual one (80, 443), `from-request`: the one that was
   * called. Default: the port stays, unless it was the old scheme's usual one.
   */
  readonly port?: number | 'from-scheme' | 'from-request'
}

export interface RedirectInScheme {
  /** Replaces the port, 1–65535; `from-request`: names the one that was called. Default: the port stays. */
  readonly port?: number | 'from-request'
  readonly scheme?: never
}

export interface RedirectParts {
  /** Replaces the host. Default: the host stays. */
  readonly authority?: string
  /** The HTTP status. Default: 301. */
  readonly code?: 301 | 302 | 303 | 307 | 308
}

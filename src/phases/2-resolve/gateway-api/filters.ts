/** HTTPRoutes' filters as what the Mesh has for them. */

import { parseDuration } from '../../../kinds/duration.ts'
import { isFirstOfName } from '../../../kinds/gateway-api/header-names.ts'
import type {
  HTTPCORSFilter,
  HTTPHeaderFilter,
  HTTPPathModifier,
  HTTPRequestMirrorFilter,
  HTTPRequestRedirectFilter,
  HTTPRouteFilter,
  HTTPURLRewriteFilter,
} from '../../../kinds/gateway-api/http-filters.ts'
import type { HTTPRouteRule } from '../../../kinds/gateway-api/http-route.ts'
import type {
  Cors,
  HeaderChanges,
  HeaderOperations,
  HttpMatch,
  HttpRule,
  Redirect,
  Retries,
  Rewrite,
  StringMatch,
} from '../../../model/http-route.ts'
import type { At } from '../../../model/node.ts'
import { literalExpression } from '../../../util/literal-expression.ts'

/** @param host what requests name as their host from here on. Absent: what they name anyway */
export function headersOf(
  filters: readonly HTTPRouteFilter[] = [],
  host?: string,
): { readonly headers?: HeaderChanges } {
  const request = filters.find(({ requestHeaderModifier }) => requestHeaderModifier !== undefined)
  const response = filters.find(({ responseHeaderModifier }) => responseHeaderModifier !== undefined)
  if (request === undefined && response === undefined && host === undefined) return {}
  const changes = operations(request?.requestHeaderModifier)
  return {
    headers: {
      request: host === undefined ? changes : { ...changes, set: { ...changes.set, ':authority': host } },
      response: operations(response?.responseHeaderModifier),
    },
  }
}

function operations(filter: HTTPHeaderFilter | undefined): HeaderOperations {
  const values = (list: HTTPHeaderFilter['set']) =>
    Object.fromEntries((list ?? []).filter(isFirstOfName).map(({ name, value }) => [name, formatted(value)]))
  return { set: values(filter?.set), add: values(filter?.add), remove: filter?.remove ?? [] }
}

/** Here a percent sign is one; Envoy takes it for the beginning of a command. */
function formatted(value: string): string {
  return value.replaceAll('%', '%%')
}

export function redirectOf(filter: HTTPRequestRedirectFilter, match: HttpMatch): Redirect {
  const { scheme, hostname, port, statusCode = 302, path } = filter
  return {
    ...(hostname === undefined ? {} : { authority: hostname }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(path?.replaceFullPath === undefined ? {} : { uri: path.replaceFullPath }),
    ...(path === undefined ? {} : prefixChange(path, match, 'prefixRewrite')),
    port:
      port !== undefined
        ? { kind: 'number', number: port }
        : scheme !== undefined
          ? { kind: 'fromProtocol' }
          : { kind: 'fromRequest' },
    code: statusCode,
  }
}

export function rewriteOf({ hostname, path }: HTTPURLRewriteFilter, match: HttpMatch): Rewrite {
  const whole = path?.replaceFullPath
  return {
    ...(whole === undefined ? {} : { uriRegex: { match: '^/.*$', rewrite: substitution(whole) } }),
    ...(path === undefined ? {} : prefixChange(path, match, 'uri')),
    ...(hostname === undefined ? {} : { authority: hostname }),
  }
}

/**
 * Parts of the path are replaced by parts: `/a/b` with `/` for `/a` is `/b`, and with `/x` for `/` is `/x/a/b`. Envoy replaces
 * letters by letters, which comes to the same unless one of the two is nothing but a slash.
 */
function prefixChange<Field extends 'uri' | 'prefixRewrite'>(
  { replacePrefixMatch }: HTTPPathModifier,
  { uri }: HttpMatch,
  field: Field,
): { readonly [name in Field | 'uriRegex']?: never } | object {
  if (replacePrefixMatch === undefined || uri?.kind !== 'prefix') return {}
  const replacement = replacePrefixMatch.replace(/\/$/, '')
  if (uri.value === '/') return { uriRegex: { match: '^/(.*)$', rewrite: `${substitution(replacement)}/\\1` } }
  if (replacement === '') return { uriRegex: { match: `^${literalExpression(uri.value)}/*(.*)$`, rewrite: '/\\1' } }
  return { [field]: replacement }
}

/** RE2's substitutions have a backslash before what they put in. */
function substitution(text: string): string {
  return text.replaceAll('\\', '\\\\')
}

/** 0–100. */
export function percentOf({ percent, fraction }: HTTPRequestMirrorFilter): number {
  return percent ?? (fraction === undefined ? 100 : (fraction.numerator * 100) / (fraction.denominator ?? 100))
}

export function corsOf(cors: HTTPCORSFilter): Cors {
  return {
    allowOrigins: (cors.allowOrigins ?? []).map(originMatch),
    allowMethods: cors.allowMethods ?? [],
    allowHeaders: cors.allowHeaders ?? [],
    exposeHeaders: cors.exposeHeaders ?? [],
    maxAgeMs: (cors.maxAge ?? 5) * 1000,
    ...(cors.allowCredentials === undefined ? {} : { allowCredentials: cors.allowCredentials }),
    unmatchedPreflights: 'IGNORE',
  }
}

function originMatch(origin: string): StringMatch {
  if (origin === '*') return { kind: 'prefix', value: '' }
  if (!origin.includes('*')) return { kind: 'exact', value: origin }
  return { kind: 'regex', value: origin.split('*').map(literalExpression).join('.+') }
}

/** Limits of time and tries, where a rule names any. */
export function limitsOf(
  { timeouts, retry }: HTTPRouteRule,
  at: At,
): Pick<HttpRule, 'timeoutMs' | 'perTryTimeoutMs' | 'retries'> {
  const ms = (text: string | undefined) => (text === undefined ? 0 : (parseDuration(text) ?? 0))
  const timeoutMs = ms(timeouts?.request)
  const perTryTimeoutMs = ms(timeouts?.backendRequest)
  const backoffMs = ms(retry?.backoff)
  const codes = retry?.codes?.map(String) ?? []
  // As by default, where nothing is said of tries; with codes, failed connections are tried again, too.
  const connections = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled']
  const retries: Retries = {
    attempts: retry?.attempts ?? 1,
    retryOn: codes.length === 0 ? [] : [...connections, ...codes],
    retryRemoteLocalities: false,
    retryIgnorePreviousHosts: true,
    ...(backoffMs === 0 ? {} : { backoffMs }),
    at,
  }
  return {
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    // Whoever says nothing of tries leaves them to the mesh, and their time to nobody else.
    ...(perTryTimeoutMs === 0 ? {} : { perTryTimeoutMs }),
    ...(retry === undefined ? {} : { retries }),
  }
}

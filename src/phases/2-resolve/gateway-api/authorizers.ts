/** Services that filters ask whether requests may go on. */
import { hash } from 'node:crypto'
import type { HTTPExternalAuthFilter } from '../../../kinds/gateway-api/http-filters.ts'
import type { RouteAuthorizer } from '../../../model/http-route.ts'
import { canonicalJson } from '../digest.ts'
import { destinationFor, type RouteContext } from './backends.ts'
import type { Referrer } from './resources.ts'

/** A filter that asks, or that nobody here knows. */
interface AskingFilter {
  readonly type: string
  readonly externalAuth?: HTTPExternalAuthFilter
}

/** Those that some filters ask; undefined where requests must not go on: one is missing, or a filter is not known here. */
export function authorizersIn(
  filters: readonly AskingFilter[],
  pointer: string,
  context: RouteContext<Referrer>,
): readonly RouteAuthorizer[] | undefined {
  if (filters.some(({ type }) => type === 'ExtensionRef')) return undefined
  const all = filters.flatMap(({ externalAuth }, index) =>
    externalAuth === undefined ? [] : [authorizerOf(externalAuth, `${pointer}/${index}/externalAuth`, context)],
  )
  return all.some(({ destination }) => destination.isMissing) ? undefined : all
}

function authorizerOf(
  { protocol, backendRef, grpc, http, forwardBody: { maxSize = 0 } = {} }: HTTPExternalAuthFilter,
  pointer: string,
  context: RouteContext<Referrer>,
): RouteAuthorizer {
  const { at, ...destination } = destinationFor(backendRef, `${pointer}/backendRef`, context)
  const asks = {
    protocol: protocol === 'GRPC' ? ('grpc' as const) : ('http' as const),
    ...(http?.path === undefined ? {} : { pathPrefix: http.path }),
    toldHeaders: (protocol === 'GRPC' ? grpc : http)?.allowedHeaders ?? [],
    upstreamHeaders: http?.allowedResponseHeaders ?? [],
    ...(maxSize === 0 ? {} : { maxBodyBytes: maxSize }),
  }
  const digest = hash('sha256', canonicalJson({ ...asks, destination })).slice(0, 8)
  return { name: `external-auth-${digest}`, ...asks, destination: { ...destination, at } }
}

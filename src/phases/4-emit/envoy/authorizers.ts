/** Services that decide who comes in: a filter picks what they are asked about, the next one asks (Istio's way). */
import type { AccessPolicy } from '../../../model/access-policy.ts'
import type { RouteAuthorizer } from '../../../model/http-route.ts'
import type { Mesh } from '../../../model/mesh.ts'
import { type Authorizer, type Provider, serviceOf } from '../../../model/mesh-settings.ts'
import { memo } from '../../../util/memo.ts'
import { sameList } from '../../../util/same-list.ts'
import { anyText, edgeMatcher } from './access-strings.ts'
import { shownName } from './credentials.ts'
import { compact, type Message, seconds, typed } from './envoy-resource.ts'
import { outboundCluster } from './names.ts'

/** Under which the picking filter notes which policy a request is for (Istio's). */
export const askedPrefix = 'istio_ext_authz_'
const pickedPolicy = `${askedPrefix}shadow_effective_policy_id`

/** Begins the names of an authorizer's policies there: one filter picks for each, and each asks about its own. */
export function askedName({ name }: Pick<Authorizer, 'name'>): string {
  return `istio-ext-authz-${name}-`
}

/** Those that any of the policies asks and that are there, in MeshConfig's order; the same list for as long as they are. */
export const authorizersFor = memo(
  (
    providers: readonly Provider[],
    services: Mesh['services'],
    policies: readonly AccessPolicy[],
  ): readonly Authorizer[] => {
    const asked = new Set(policies.flatMap(({ action, provider }) => (action === 'CUSTOM' ? (provider ?? []) : [])))
    return sameList(
      providers.flatMap(each =>
        each.kind === 'authorizer' && asked.has(each.name) && serviceOf(each.service, services) !== undefined
          ? [each]
          : [],
      ),
    )
  },
)

export function authorizerCluster({ service: { host, port } }: Authorizer): string {
  return outboundCluster(host, port)
}

/** Asks about the requests that were picked. */
export function httpAuthorization(authorizer: Authorizer): Message {
  const { body, statusOnError, isOpenOnError, clearsRoute, protocol, toldHeaders } = authorizer
  return typed(
    'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
    compact({
      ...(protocol === 'http'
        ? { http_service: httpService(authorizer), allowed_headers: headerMatchers(toldHeaders) }
        : { grpc_service: grpcService(authorizer), include_peer_certificate: true }),
      transport_api_version: 'V3',
      failure_mode_allow: isOpenOnError ? true : undefined,
      status_on_error: statusOnError === undefined ? undefined : { code: statusOnError },
      clear_route_cache: clearsRoute ? true : undefined,
      with_request_body:
        body === undefined
          ? undefined
          : compact({
              max_request_bytes: body.maxBytes,
              allow_partial_message: body.isPartial ? true : undefined,
              pack_as_bytes: body.isBytes ? true : undefined,
            }),
      filter_enabled_metadata: isPicked('envoy.filters.http.rbac', authorizer),
    }),
  )
}

/** The same for connections, of which by HTTP nobody can be asked; undefined there. */
export function networkAuthorization(authorizer: Authorizer): Message | undefined {
  if (authorizer.protocol === 'http') return undefined
  return typed(
    'envoy.extensions.filters.network.ext_authz.v3.ExtAuthz',
    compact({
      stat_prefix: 'tcp.',
      grpc_service: grpcService(authorizer),
      transport_api_version: 'V3',
      include_peer_certificate: true,
      failure_mode_allow: authorizer.isOpenOnError ? true : undefined,
      filter_enabled_metadata: isPicked('envoy.filters.network.rbac', authorizer),
    }),
  )
}

/** Where a service may say all that a backend is told: what makes a request one, and what Envoy says of it, is not the service's to say. */
const ownHeaders = '(?i)(:.*|host|content-length|transfer-encoding|connection|date|server|x-envoy-.*)'
const askingMs = 10_000

/** Asks about all requests of the routes that switch it on. Without an answer they are refused. */
export function httpAsking(authorizer: RouteAuthorizer): Message {
  const { protocol, destination, toldHeaders, upstreamHeaders, pathPrefix, maxBodyBytes } = authorizer
  const cluster = routeAuthorizerCluster(authorizer)
  const timeout = seconds(askingMs)
  const service =
    protocol === 'grpc'
      ? {
          grpc_service: { envoy_grpc: { cluster_name: cluster, authority: destination.host }, timeout },
          include_peer_certificate: true,
        }
      : {
          http_service: compact({
            server_uri: { uri: `http://${destination.host}`, cluster, timeout },
            path_prefix: pathPrefix,
            authorization_response: {
              allowed_upstream_headers: headerMatchers(upstreamHeaders.length === 0 ? ['*'] : upstreamHeaders),
            },
          }),
          decoder_header_mutation_rules: { disallow_expression: { regex: ownHeaders } },
        }
  return typed(
    'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
    compact({
      ...service,
      allowed_headers: headerMatchers(toldHeaders),
      transport_api_version: 'V3',
      with_request_body: maxBodyBytes === undefined ? undefined : { max_request_bytes: maxBodyBytes },
    }),
  )
}

export function routeAuthorizerCluster({ destination: { host, port, shows } }: RouteAuthorizer): string {
  // Rules demand the port.
  return outboundCluster(host, port ?? 0, shows === undefined ? undefined : shownName(shows))
}

function isPicked(filter: string, authorizer: Authorizer): Message {
  return {
    filter,
    path: [{ key: pickedPolicy }],
    // Behind it stands a policy's name, which begins so: "a" is then no beginning of "a-b".
    value: { string_match: { prefix: `${askedName(authorizer)}ns[` } },
  }
}

function httpService(authorizer: Authorizer): Message {
  const { service, timeoutMs, pathPrefix, addedHeaders } = authorizer
  const answer = compact({
    allowed_upstream_headers: headerMatchers(authorizer.upstreamHeaders),
    allowed_client_headers: headerMatchers(authorizer.refusalHeaders),
    allowed_client_headers_on_success: headerMatchers(authorizer.consentHeaders),
  })
  return compact({
    // The address is asked for, and not used.
    server_uri: {
      uri: `http://${service.host}`,
      cluster: authorizerCluster(authorizer),
      timeout: seconds(timeoutMs),
    },
    path_prefix: pathPrefix,
    authorization_request:
      addedHeaders.length === 0
        ? undefined
        : { headers_to_add: addedHeaders.map(({ name, value }) => ({ key: name, value })) },
    authorization_response: Object.keys(answer).length === 0 ? undefined : answer,
  })
}

function grpcService(authorizer: Authorizer): Message {
  const { service, timeoutMs } = authorizer
  return {
    envoy_grpc: { cluster_name: authorizerCluster(authorizer), authority: service.host },
    timeout: seconds(timeoutMs),
  }
}

function headerMatchers(names: readonly string[]): Message | undefined {
  if (names.length === 0) return undefined
  return {
    patterns: names.map(name => {
      const matcher = edgeMatcher(name)
      return matcher === anyText ? matcher : { ...matcher, ignore_case: true }
    }),
  }
}

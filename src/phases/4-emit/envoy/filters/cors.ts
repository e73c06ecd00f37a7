import type { Cors, StringMatch } from '../../../../model/http-route.ts'
import { compact, type Message, typed } from '../envoy-resource.ts'
import { fraction } from '../route-action.ts'
import { stringMatcher } from '../route-match.ts'
import type { HttpFilter } from './filter.ts'

/** Answers preflight requests. The filter stands in the chain without effect; routes switch it on. */
export const cors: HttpFilter = {
  name: 'envoy.filters.http.cors',
  config: ({ direction }) =>
    direction === 'inbound' ? undefined : typed('envoy.extensions.filters.http.cors.v3.Cors'),
  perRoute: rule =>
    rule.cors === undefined ? undefined : typed('envoy.extensions.filters.http.cors.v3.CorsPolicy', policy(rule.cors)),
}

function policy(cors: Cors): Message {
  return compact({
    allow_origin_string_match: cors.allowOrigins.map(origin =>
      stringMatcher(origin as Exclude<StringMatch, { readonly kind: 'present' }>),
    ),
    allow_methods: joined(cors.allowMethods),
    allow_headers: joined(cors.allowHeaders),
    expose_headers: joined(cors.exposeHeaders),
    max_age: cors.maxAgeMs === undefined ? undefined : String(Math.round(cors.maxAgeMs / 1000)),
    allow_credentials: cors.allowCredentials,
    filter_enabled: { default_value: fraction(100) },
    forward_not_matching_preflights: cors.unmatchedPreflights === 'FORWARD',
  })
}

function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(',')
}

/** What a verified token says, as matchers of Envoy's. */
import type { Message } from './envoy-resource.ts'

/** A matcher of what the filter for tokens leaves. */
export function claimMetadata(path: readonly string[], value: Message): Message {
  const keys = ['payload', ...path].map(key => ({ key }))
  return { filter: 'envoy.filters.http.jwt_authn', path: keys, value }
}

export function stringValue(matcher: Message): Message {
  return { string_match: matcher }
}

export function listOf(matcher: Message): Message {
  return { list_match: { one_of: stringValue(matcher) } }
}

/** A claim is a text, or a list of which one item fits. */
export function textOrList(matcher: Message): Message {
  return { or_match: { value_matchers: [stringValue(matcher), listOf(matcher)] } }
}

import type { Session } from '../../../../model/session.ts'
import { compact, type Message, seconds, typed } from '../envoy-resource.ts'
import type { HttpFilter } from './filter.ts'

const type = 'envoy.extensions.filters.http.stateful_session.v3.StatefulSession'

/** Leads clients back to the endpoint that they had. In the chain it has no effect; routes switch it on. */
export const session: HttpFilter = {
  name: 'envoy.filters.http.stateful_session',
  config: ({ asked }) => (asked?.hasSessions === true ? typed(type) : undefined),
  perRoute: rule =>
    rule.session === undefined
      ? undefined
      : typed(`${type}PerRoute`, { stateful_session: { session_state: stateOf(rule.session) } }),
}

/** An endpoint that is gone is replaced: a session is no reason to answer nothing. */
function stateOf(session: Session): Message {
  if (session.kind === 'header')
    return {
      name: 'envoy.http.stateful_session.header',
      typed_config: typed('envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState', {
        name: session.name,
      }),
    }
  const { name, path, ttlMs } = session
  return {
    name: 'envoy.http.stateful_session.cookie',
    typed_config: typed('envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState', {
      cookie: compact({ name, path, ttl: ttlMs === undefined ? undefined : seconds(ttlMs) }),
    }),
  }
}

import { grpcStatuses } from '../../../../model/grpc-status.ts'
import type { Fault } from '../../../../model/http-route.ts'
import { compact, type Message, seconds, typed } from '../envoy-resource.ts'
import { fraction } from '../route-action.ts'
import type { HttpFilter } from './filter.ts'

const type = 'envoy.extensions.filters.http.fault.v3.HTTPFault'

/** Delays and aborts on purpose. The filter stands in the chain without effect; routes switch it on. */
export const fault: HttpFilter = {
  name: 'envoy.filters.http.fault',
  config: ({ direction }) => (direction === 'inbound' ? undefined : typed(type)),
  perRoute: rule => (rule.fault === undefined ? undefined : typed(type, faultConfig(rule.fault))),
}

function faultConfig({ delay, abort }: Fault): Message {
  return compact({
    delay:
      delay === undefined ? undefined : { fixed_delay: seconds(delay.fixedMs), percentage: fraction(delay.percent) },
    abort: abort === undefined ? undefined : { ...abortStatus(abort), percentage: fraction(abort.percent) },
  })
}

function abortStatus(abort: NonNullable<Fault['abort']>): Message {
  if (abort.kind === 'http') return { http_status: abort.status }
  const code = (grpcStatuses as readonly string[]).indexOf(abort.status.toUpperCase())
  return { grpc_status: code < 0 ? Number(abort.status) || 2 : code }
}

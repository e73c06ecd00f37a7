import { grpcStatuses } from '../../model/grpc-status.ts'
import { duration } from '../forms.ts'
import { missing, noEffect, outdated, type RuleFinding, range, unknownWord } from '../rule-finding.ts'
import type { FaultAbort, FaultDelay, HTTPFaultInjection, Percent } from './virtual-service.ts'

const knownStatuses: ReadonlySet<string> = new Set(grpcStatuses)

/** Delays and aborts on purpose. */
export function* faultRules(fault: HTTPFaultInjection | undefined, pointer: string): Iterable<RuleFinding> {
  if (fault === undefined) return
  if (fault.delay === undefined && fault.abort === undefined) yield missing(pointer, 'delay or abort')
  if (fault.delay !== undefined) yield* delayRules(fault.delay, `${pointer}/delay`)
  if (fault.abort !== undefined) yield* abortRules(fault.abort, `${pointer}/abort`)
}

function* delayRules(delay: FaultDelay, pointer: string): Iterable<RuleFinding> {
  if (delay.exponentialDelay !== undefined)
    yield unknownWord(`${pointer}/exponentialDelay`, delay.exponentialDelay, 'supported by Envoy', 'use fixedDelay')
  else if (delay.fixedDelay === undefined) yield missing(pointer, 'fixedDelay')
  yield* duration(`${pointer}/fixedDelay`, delay.fixedDelay)
  yield* range(`${pointer}/percent`, delay.percent, { min: 0, max: 100 })
  if (delay.percent !== undefined)
    yield outdated(`${pointer}/percent`, 'shares may have fractions now', 'write percentage: { value: … }')
  if (delay.percent === undefined) yield* share(delay, pointer)
  yield* percentage(delay.percentage, `${pointer}/percentage`)
}

/** Without a share there is none: so Istio has it, whose proxies leave such a fault out. */
function* share({ percentage: given }: FaultDelay | FaultAbort, pointer: string): Iterable<RuleFinding> {
  if (given === undefined)
    yield noEffect(
      pointer,
      'it says no percentage, and then it is for no request (for all: percentage: { value: 100 })',
    )
}

function* abortRules(abort: FaultAbort, pointer: string): Iterable<RuleFinding> {
  const { httpStatus, grpcStatus, http2Error } = abort
  if (http2Error !== undefined)
    yield unknownWord(`${pointer}/http2Error`, http2Error, 'supported by Envoy', 'use httpStatus or grpcStatus')
  else if (httpStatus === undefined && grpcStatus === undefined)
    yield noEffect(pointer, 'it says neither httpStatus nor grpcStatus')
  if (httpStatus !== undefined && grpcStatus !== undefined)
    yield { slug: 'field-conflict', pointer: `${pointer}/grpcStatus`, params: { other: 'httpStatus' } }
  // 600, which Istio lets pass, is refused by Envoy.
  yield* range(`${pointer}/httpStatus`, httpStatus, { min: 200, max: 599 })
  if (grpcStatus !== undefined && !knownStatuses.has(grpcStatus.toUpperCase()))
    yield unknownWord(`${pointer}/grpcStatus`, grpcStatus, 'a gRPC status', [...knownStatuses])
  yield* share(abort, pointer)
  yield* percentage(abort.percentage, `${pointer}/percentage`)
}

/** Nothing, or a share that Envoy can count: a ten-thousandth of a percent is its smallest. */
function* percentage(percent: Percent | undefined, pointer: string): Iterable<RuleFinding> {
  if (percent === undefined) return
  const value = percent.value ?? 0
  if (value === 0) yield noEffect(pointer, 'it is 0 % of the requests')
  else yield* range(`${pointer}/value`, value, { min: 0.0001, max: 100 })
}

import { standardLog, type TraceTag } from '../../model/recording.ts'
import type { AccessLogRule, TelemetryPolicy, TracingRule, TrafficSide } from '../../model/telemetry-policy.ts'
import { celBeyondEnvoy } from '../cel-for-envoy.ts'
import { at, type Contribution, nodeOf } from '../definition.ts'
import { formatProblem } from '../http-forms.ts'
import type { Resource } from '../resource.ts'
import { lowerTarget } from './policy-target.ts'
import type { AccessLogging, Telemetry, TelemetryMode, TelemetryProvider, Tracing, TracingTag } from './telemetry.ts'

/** Istio looks for its own name of the standard output in any case. */
function logProvider({ name }: TelemetryProvider): string {
  const lower = name.toLowerCase()
  return lower === standardLog.name ? lower : name
}

export function lowerTelemetry(resource: Resource): Contribution {
  const { spec = {} } = resource as unknown as Telemetry
  const policy: TelemetryPolicy = {
    ...nodeOf(resource),
    ...lowerTarget(spec, resource),
    accessLog: (spec.accessLogging ?? []).flatMap((logging, index) =>
      lowerLogging(logging, at(resource, `/spec/accessLogging/${index}`)),
    ),
    // Of several, Istio's own checks know the first alone.
    tracing: (spec.tracing ?? []).slice(0, 1).map(tracing => lowerTracing(tracing, at(resource, '/spec/tracing/0'))),
  }
  return { telemetries: [policy] }
}

/** Nothing of an entry whose condition no proxy takes: a check says so. */
function lowerLogging({ match, providers = [], disabled, filter }: AccessLogging, place: string): AccessLogRule[] {
  const condition = filter?.expression
  if (condition !== undefined && celBeyondEnvoy(condition) !== undefined) return []
  return [
    {
      ...sideOf(match),
      providers: providers.map(logProvider),
      isOff: disabled === true,
      ...(condition === undefined ? {} : { condition }),
      at: place,
    },
  ]
}

function lowerTracing(tracing: Tracing, place: string): TracingRule {
  const { match, providers = [], randomSamplingPercentage, customTags } = tracing
  const [provider] = providers
  const { disableSpanReporting, disableContextPropagation, useRequestIdForTraceSampling, enableIstioTags } = tracing
  return {
    ...sideOf(match),
    ...(provider === undefined ? {} : { collector: provider.name }),
    ...(randomSamplingPercentage === undefined ? {} : { sampling: randomSamplingPercentage }),
    ...(disableSpanReporting === undefined ? {} : { isOff: disableSpanReporting }),
    ...(customTags === undefined ? {} : { tags: lowerTags(customTags) }),
    ...(disableContextPropagation === undefined ? {} : { isHidden: disableContextPropagation }),
    ...(enableIstioTags === undefined ? {} : { isUntagged: !enableIstioTags }),
    ...(useRequestIdForTraceSampling === undefined ? {} : { isUnmarked: !useRequestIdForTraceSampling }),
    at: place,
  }
}

/** By name: the order in which they are written means nothing. */
export function lowerTags(tags: { readonly [name: string]: TracingTag }): TraceTag[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, tag]) => lowerTag(name, tag) ?? [])
}

/** Undefined where no proxy could fill it in: a check says so. */
function lowerTag(name: string, { literal, environment, header, formatter }: TracingTag): TraceTag | undefined {
  if (literal !== undefined) return { kind: 'literal', name, value: literal.value }
  if (formatter !== undefined)
    return formatProblem(formatter.value) === undefined ? { kind: 'format', name, format: formatter.value } : undefined
  const source = environment ?? header
  if (source === undefined) return undefined
  const kind = environment === undefined ? 'header' : 'environment'
  // Envoy takes an empty text for none.
  const absent = (source.defaultValue ?? '') === '' ? {} : { absent: source.defaultValue! }
  return { kind, name, source: source.name, ...absent }
}

const sides: Readonly<{ [mode: string]: TrafficSide }> = { CLIENT: 'client', SERVER: 'server' }

function sideOf(match: TelemetryMode | undefined): { readonly side?: TrafficSide } {
  const side = sides[match?.mode ?? '']
  return side === undefined ? {} : { side }
}

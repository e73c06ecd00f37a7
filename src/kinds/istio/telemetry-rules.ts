import { celBeyondEnvoy } from '../cel-for-envoy.ts'
import { celProblem } from '../cel-syntax.ts'
import { duration } from '../forms.ts'
import { formatProblem } from '../http-forms.ts'
import type { Resource } from '../resource.ts'
import {
  badForm,
  cannotServe,
  conflict,
  missing,
  noEffect,
  type RuleFinding,
  token,
  withoutEffect,
} from '../rule-finding.ts'
import { targetRules } from './policy-target.ts'
import type { AccessLogging, Metrics, MetricTag, Telemetry, Tracing, TracingTag } from './telemetry.ts'

/** Istio's validation of Telemetry. */
export function* telemetryRules(resource: Resource): Iterable<RuleFinding> {
  const { spec = {} } = resource as unknown as Telemetry
  yield* targetRules(spec)
  for (const [index, tracing] of (spec.tracing ?? []).entries()) {
    const pointer = `/spec/tracing/${index}`
    if (index > 0) yield noEffect(pointer, 'only the first of several is read')
    yield* tracingRules(tracing, pointer)
  }
  for (const [index, metrics] of (spec.metrics ?? []).entries()) yield* metricsRules(metrics, `/spec/metrics/${index}`)
  for (const [index, logging] of (spec.accessLogging ?? []).entries())
    yield* loggingRules(logging, `/spec/accessLogging/${index}`)
}

function* tracingRules(tracing: Tracing, pointer: string): Iterable<RuleFinding> {
  const { providers = [], customTags } = tracing
  if (providers.length > 1) yield noEffect(`${pointer}/providers/1`, 'traces go to one provider, the first')
  yield* spanTagRules(customTags, `${pointer}/customTags`)
}

/** Of tags of spans, by name: what their values may come from depends on who says it. */
export function* spanTagRules(
  tags: { readonly [name: string]: TracingTag } | undefined,
  pointer: string,
  known: readonly (keyof TracingTag)[] = sources,
): Iterable<RuleFinding> {
  for (const [name, tag] of Object.entries(tags ?? {})) {
    const place = `${pointer}/${token(name)}`
    if (name === '') yield missing(place, 'a name')
    yield* sourceRules(tag, place, known)
    const problem = tag.formatter === undefined ? undefined : formatProblem(tag.formatter.value)
    if (problem !== undefined) yield cannotServe(`${place}/formatter/value`, `it ${problem}`)
  }
}

/** What a tag's value may come from. */
const sources = ['literal', 'environment', 'header', 'formatter'] as const

function* sourceRules(tag: TracingTag, pointer: string, known: readonly (keyof TracingTag)[]): Iterable<RuleFinding> {
  const given = known.filter(source => tag[source] !== undefined)
  if (given.length === 0) yield missing(pointer, `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`)
  for (const source of given.slice(1)) yield conflict(`${pointer}/${source}`, given[0]!)
}

function* metricsRules(metrics: Metrics, pointer: string): Iterable<RuleFinding> {
  const { reportingInterval, overrides = [] } = metrics
  for (const field of ['providers', 'overrides', 'reportingInterval'] as const)
    if (metrics[field] !== undefined)
      yield withoutEffect(
        `${pointer}/${field}`,
        'Istio’s metrics are counted by a filter that Istio’s own Envoy alone has',
      )
  yield* duration(`${pointer}/reportingInterval`, reportingInterval)
  for (const [index, { match, tagOverrides = {} }] of overrides.entries()) {
    const place = `${pointer}/overrides/${index}`
    if (match?.metric !== undefined && match.customMetric !== undefined)
      yield conflict(`${place}/match/customMetric`, 'metric')
    for (const [name, tag] of Object.entries(tagOverrides)) {
      const tagPlace = `${place}/tagOverrides/${token(name)}`
      if (name === '') yield missing(tagPlace, 'a name')
      yield* tagRules(tag, tagPlace)
    }
  }
}

function* tagRules({ operation = 'UPSERT', value }: MetricTag, pointer: string): Iterable<RuleFinding> {
  if (operation === 'REMOVE' && value !== undefined) yield conflict(`${pointer}/value`, 'operation: REMOVE')
  if (operation === 'UPSERT' && (value ?? '') === '') yield missing(pointer, 'a value')
}

function* loggingRules({ filter }: AccessLogging, pointer: string): Iterable<RuleFinding> {
  const { expression } = filter ?? {}
  if (expression === undefined) return
  const place = `${pointer}/filter/expression`
  const problem = celProblem(expression)
  if (expression.trim() === '') yield missing(place, 'a condition')
  else if (problem !== undefined) yield badForm(place, expression, `an expression of CEL: ${problem}`)
  const beyond = problem === undefined ? celBeyondEnvoy(expression) : undefined
  if (beyond !== undefined) yield cannotServe(place, beyond)
}

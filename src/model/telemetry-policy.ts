import type { At, Node } from './node.ts'
import { isAbout, type PolicySubject, type TargetedNode } from './policy-target.ts'
import type { Recording, TraceTag } from './recording.ts'

/** What the proxies of some workloads note down (a Telemetry): of what it is silent about, the next wider one decides. */
export interface TelemetryPolicy extends TargetedNode {
  /** In order: what a later one says goes before what an earlier one does. */
  readonly accessLog: readonly AccessLogRule[]
  readonly tracing: readonly TracingRule[]
  /** When it came to be, ISO 8601: of two for the same, the older is read first. Absent: unknown, the name decides. */
  readonly createdAt?: string
}

/** What a proxy's workload is in the traffic: who calls, or who is called. Gateways call. */
export type TrafficSide = 'client' | 'server'

/** Whether requests have their line. */
export interface AccessLogRule {
  /** Absent: both. */
  readonly side?: TrafficSide
  /** Does it say itself that lines go to the standard output? Else it is about lines that go there anyway. */
  readonly isNamed: boolean
  readonly isOff: boolean
  /** Which requests, in CEL over Envoy's attributes. */
  readonly condition?: string
  readonly at: At
}

/** What becomes of traces; each field that is absent is as wider rules say. */
export interface TracingRule {
  /** Absent: both. */
  readonly side?: TrafficSide
  /** Who is told, by name. */
  readonly collector?: string
  /** Percent of requests. */
  readonly sampling?: number
  /** Does the proxy leave traces alone? */
  readonly isOff?: boolean
  /** Instead of those of wider rules. */
  readonly tags?: readonly TraceTag[]
  readonly isHidden?: boolean
  readonly isUnmarked?: boolean
  readonly at: At
}

/** What a proxy notes down on either side. */
export type ProxyRecording = Readonly<Record<TrafficSide, Recording>>

/**
 * Those that hold for a proxy, from the widest to the narrowest: the mesh's, the namespace's, and all that pick it (Istio's
 * order). Unlike policies of security, one that selects holds in its own namespace alone, be that the root.
 */
export function telemetriesFor(
  policies: readonly TelemetryPolicy[],
  rootNamespaces: readonly string[],
  subject: PolicySubject,
): readonly TelemetryPolicy[] {
  const ordered = oldestFirst(policies)
  const root = ordered.find(policy => rootNamespaces.includes(policy.namespace) && isWide(policy))
  const wide = ordered.find(policy => policy.namespace === subject.namespace && isWide(policy))
  const picking = ordered.filter(policy => !isWide(policy) && isAbout(policy, subject, []))
  return [...new Set([root, wide, ...picking].filter(policy => policy !== undefined))]
}

/** What holds for the whole installation, and who collects traces where nothing else is said. */
export function withCollector(base: Recording, collector: string | undefined): Recording {
  if (collector === undefined) return base
  return { ...base, collector, traceSampling: base.traceSampling ?? defaultSampling }
}

/** What they say together, over what holds for the whole installation. */
export function mergeTelemetries(base: Recording, policies: readonly TelemetryPolicy[]): ProxyRecording {
  return { client: recordingOn('client', base, policies), server: recordingOn('server', base, policies) }
}

function recordingOn(side: TrafficSide, base: Recording, policies: readonly TelemetryPolicy[]): Recording {
  const logging = policies.flatMap(({ accessLog }) => accessLog).filter(rule => isOn(side, rule))
  const tracing = policies.flatMap(policy => policy.tracing).filter(rule => isOn(side, rule))
  if (logging.length + tracing.length === 0) return base
  const { condition, isOff } = mergedLog(base, logging)
  return {
    accessLog: !isOff,
    ...(condition === undefined || isOff ? {} : { logCondition: condition }),
    ...mergedTracing(base, tracing),
    from: [...logging, ...tracing].map(({ at }) => at).reverse(),
  }
}

/** Percent, where somebody collects and nobody says how much (Istio's). */
const defaultSampling = 1

/** Field by field, the narrowest rule that has it. */
function mergedTracing(base: Recording, rules: readonly TracingRule[]): Partial<Recording> {
  const merged: Partial<TracingRule> = Object.assign({}, ...rules)
  const { isOff, sampling, tags, isHidden, isUnmarked, collector = base.collector } = merged
  const traceSampling = sampling ?? base.traceSampling ?? (collector === undefined ? undefined : defaultSampling)
  if (isOff === true || traceSampling === undefined) return {}
  return {
    traceSampling,
    ...(collector === undefined ? {} : { collector }),
    ...(tags === undefined ? {} : { traceTags: tags }),
    ...(isHidden === true ? { isTraceHidden: true } : {}),
    ...(isUnmarked === true ? { isTraceUnmarked: true } : {}),
  }
}

interface LogState {
  readonly isNamed: boolean
  readonly isOff: boolean
  readonly condition?: string | undefined
}

/**
 * Istio's merge. A rule that names where lines go brings its own condition or takes away what wider ones say; one that does
 * not is about what lines there are.
 */
function mergedLog({ accessLog, logCondition }: Recording, rules: readonly AccessLogRule[]): LogState {
  let state: LogState = { isNamed: accessLog, isOff: !accessLog, condition: logCondition }
  for (const { isNamed, isOff, condition } of rules) {
    if (isNamed) state = { isNamed, isOff, condition }
    else if (state.isNamed) state = { isNamed: true, isOff, condition: condition ?? state.condition }
  }
  return state
}

function isOn(side: TrafficSide, rule: { readonly side?: TrafficSide }): boolean {
  return rule.side === undefined || rule.side === side
}

function isWide({ selector, targets }: TelemetryPolicy): boolean {
  return selector === undefined && targets === undefined
}

function oldestFirst<Policy extends Node & { readonly createdAt?: string }>(policies: readonly Policy[]): Policy[] {
  // By name where the age is unknown; the lists of a Mesh are in that order, and sorting keeps it.
  return policies.toSorted((a, b) => compare(a.createdAt ?? '~', b.createdAt ?? '~'))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

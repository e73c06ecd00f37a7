import { type At, byPrecedence } from './node.ts'
import { isAbout, type PolicySubject, type TargetedNode } from './policy-target.ts'
import { type Log, logsOf, type Recording, type TraceTag } from './recording.ts'

/** What the proxies of some workloads note down (a Telemetry): of what it is silent about, the next wider one decides. */
export interface TelemetryPolicy extends TargetedNode {
  /** In order: what a later one says goes before what an earlier one does. */
  readonly accessLog: readonly AccessLogRule[]
  readonly tracing: readonly TracingRule[]
}

/** What a proxy's workload is in the traffic: who calls, or who is called. Gateways call. */
export type TrafficSide = 'client' | 'server'

/** Whether requests have their line. */
export interface AccessLogRule {
  /** Absent: both. */
  readonly side?: TrafficSide
  /** Where lines go, by name; none: it is about lines that there are anyway. */
  readonly providers: readonly string[]
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
  readonly isUntagged?: boolean
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
  const ordered = policies.toSorted(byPrecedence)
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

/** What they say together, over what holds for the whole installation. Lines go to those of a known name alone. */
export function mergeTelemetries(
  base: Recording,
  policies: readonly TelemetryPolicy[],
  known: ReadonlySet<string>,
): ProxyRecording {
  const on = (side: TrafficSide) => recordingOn(side, base, policies, known)
  return { client: on('client'), server: on('server') }
}

function recordingOn(
  side: TrafficSide,
  base: Recording,
  policies: readonly TelemetryPolicy[],
  known: ReadonlySet<string>,
): Recording {
  const logging = policies.map(({ accessLog }) => accessLog.filter(rule => isOn(side, rule)))
  const tracing = policies.flatMap(policy => policy.tracing).filter(rule => isOn(side, rule))
  if (logging.flat().length + tracing.length === 0) return base
  const logs = mergedLogs(logsOf(base), logging, known)
  return {
    accessLog: logs.length > 0,
    logs,
    ...mergedTracing(base, tracing),
    from: [...logging.flat(), ...tracing].map(({ at }) => at).reverse(),
  }
}

/** Percent, where somebody collects and nobody says how much (Istio's). */
const defaultSampling = 1

/** Field by field, the narrowest rule that has it. */
function mergedTracing(base: Recording, rules: readonly TracingRule[]): Partial<Recording> {
  const merged: Partial<TracingRule> = Object.assign({}, ...rules)
  const { isOff, sampling, tags = base.traceTags, isHidden, isUnmarked, isUntagged } = merged
  const { collector = base.collector } = merged
  const traceSampling = sampling ?? base.traceSampling ?? (collector === undefined ? undefined : defaultSampling)
  if (isOff === true || traceSampling === undefined) return {}
  return {
    traceSampling,
    ...(collector === undefined ? {} : { collector }),
    ...(tags === undefined ? {} : { traceTags: tags }),
    ...(base.maxPathBytes === undefined ? {} : { maxPathBytes: base.maxPathBytes }),
    ...(isHidden === true ? { isTraceHidden: true } : {}),
    ...(isUnmarked === true ? { isTraceUnmarked: true } : {}),
    ...(isUntagged === true ? { isUntagged: true } : {}),
  }
}

interface LogState extends Log {
  readonly isOff: boolean
}

/**
 * Istio's merge. A policy that names where lines go says so in place of wider ones. There, a rule that names somebody brings its
 * own condition or takes away what wider ones say; one that does not is about whoever was named last.
 */
function mergedLogs(
  base: readonly Log[],
  policies: readonly (readonly AccessLogRule[])[],
  known: ReadonlySet<string>,
): readonly Log[] {
  let named = base.map(({ name }) => name)
  const states = new Map<string, LogState>(base.map(log => [log.name, { ...log, isOff: false }]))
  for (const rules of policies) {
    const here = new Set(rules.flatMap(({ providers }) => providers.filter(name => known.has(name))))
    for (const name of here.size === 0 ? [] : [...states.keys()]) if (!here.has(name)) states.delete(name)
    for (const { providers, isOff, condition } of rules) {
      const own = providers.filter(name => known.has(name))
      if (own.length > 0) named = own
      else if (providers.length > 0) continue
      for (const name of named) {
        const wider = states.get(name)
        if (own.length > 0) states.set(name, { ...conditionOf(condition), name, isOff })
        else if (wider !== undefined) states.set(name, { ...wider, ...conditionOf(condition), isOff })
      }
    }
  }
  return [...states.values()].filter(({ isOff }) => !isOff).map(({ isOff: _, ...log }) => log)
}

function conditionOf(condition: string | undefined): Pick<Log, 'condition'> {
  return condition === undefined ? {} : { condition }
}

function isOn(side: TrafficSide, rule: { readonly side?: TrafficSide }): boolean {
  return rule.side === undefined || rule.side === side
}

function isWide({ selector, targets }: TelemetryPolicy): boolean {
  return selector === undefined && targets === undefined
}

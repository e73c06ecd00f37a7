/**
 * Check: what the policies find in a resolved mesh.
 *
 * Owns which rules run, how strictly they are taken, and waivers. Built-in rules run natively, users' own in the
 * sandbox, both by the same function over the same plain Mesh. Knows no rule by name.
 */
import { ruleFailed } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Severity } from '../../diagnostics/diagnostic.ts'
import type { AnyPolicy } from '../../policy.ts'
import type { MeshConfig } from '../1-load/loaded.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { placeOf, type SpanTable } from '../2-resolve/span-table.ts'
import { configPlaces } from './config-places.ts'
import { rerunPolicies } from './remembered-runs.ts'
import { type KnownRule, knownRule, type RuleSettings, ruleSettings } from './rule-settings.ts'
import type { FoundProblem, PolicyRun } from './run-policies.ts'
import { applyWaivers } from './waivers.ts'

export interface CheckOptions {
  readonly config: MeshConfig
  /** Text of mesh.config.ts, for the places of findings about it. */
  readonly configSource?: string
  /** The built-in policies. */
  readonly policies: readonly AnyPolicy[]
  /** The user's own, as their sandbox described and ran them; absent where there are none. */
  readonly own?: OwnPolicies
  /** `YYYY-MM-DD`: waivers end on a day. */
  readonly today: string
}

/** Rules of mesh.config.ts, behind the sandbox. */
export interface OwnPolicies {
  readonly rules: readonly Omit<KnownRule, 'isOwn'>[]
  readonly run: PolicyRun
}

export interface CheckResult {
  readonly diagnostics: readonly Diagnostic[]
  /** How many findings waivers took out. */
  readonly waived: number
}

export function check(resolved: Resolved, options: CheckOptions): CheckResult {
  const places = configPlaces(options.configSource)
  const known = [
    ...options.policies.map(policy => knownRule(policy, false)),
    ...(options.own?.rules ?? []).map(rule => ({ ...rule, isOwn: true })),
  ]
  // Where the user's own rules could not be read, a setting may well be for one of them.
  const isComplete = options.config.policyBundle === undefined || options.own !== undefined
  const settings = ruleSettings({ rules: known, isComplete }, options.config, places)
  const active = options.policies.filter(policy => settings.severities.has(policy.id))
  const runs = [
    rerunPolicies(active, resolved.mesh, settings.options),
    ...(options.own === undefined ? [] : [options.own.run]),
  ]
  const findings = runs.flatMap(run => [
    ...run.problems.flatMap(problem => finding(problem, settings, resolved.spans)),
    ...run.failures.map(failure => ruleFailed({ span: places.spanOf(failure.rule) }, failure)),
  ])
  const { kept, waived } = applyWaivers(findings, options.config.waivers ?? [], { today: options.today, places })
  return { diagnostics: [...settings.diagnostics, ...kept], waived }
}

/** A problem of a rule that is on, at the author's line. */
function finding(problem: FoundProblem, settings: RuleSettings, spans: SpanTable): Diagnostic[] {
  const severity: Severity | undefined = settings.severities.get(problem.rule)
  if (severity === undefined) return []
  const related = (problem.related ?? []).flatMap(({ at, message }) => {
    const { span, ...rest } = placeOf(spans, at)
    return span === undefined ? [] : [{ ...rest, span, message }]
  })
  return [
    {
      code: problem.rule,
      severity,
      message: problem.text,
      ...placeOf(spans, problem.at),
      related,
      notes: [],
      ...(problem.help === undefined ? {} : { help: problem.help }),
    },
  ]
}

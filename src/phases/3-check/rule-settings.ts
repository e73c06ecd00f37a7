import { ruleSettingInvalid, unknownRule } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Severity } from '../../diagnostics/diagnostic.ts'
import type { AnyPolicy, RuleSetting } from '../../policy.ts'
import type { MeshConfig } from '../1-load/loaded.ts'
import type { ConfigPlaces } from './config-places.ts'

/** How strictly each rule that is on is taken. */
export interface RuleSettings {
  readonly severities: ReadonlyMap<string, Severity>
  readonly options: { readonly [rule: string]: object }
  readonly diagnostics: readonly Diagnostic[]
}

const severities: ReadonlySet<unknown> = new Set(['error', 'warning', 'info'])

/** Presets first, then what mesh.config.ts says of each rule; the user's own rules are on unless switched off. */
export function ruleSettings(known: KnownRules, config: MeshConfig, places: ConfigPlaces): RuleSettings {
  const { rules, isComplete } = known
  const presets = new Set(config.presets ?? ['recommended'])
  const chosen = new Map<string, Severity>()
  for (const rule of rules) {
    if (rule.isOwn || presets.has('strict') || (presets.has('recommended') && rule.recommended))
      chosen.set(rule.id, rule.severity)
  }
  const options = new Map<string, object>()
  const diagnostics: Diagnostic[] = []
  for (const [id, value] of Object.entries(config.rules ?? {})) {
    const setting = readSetting(value)
    const place = { span: places.spanOf(id) }
    if (!rules.some(rule => rule.id === id)) {
      if (isComplete) diagnostics.push(unknownRule(place, { rule: id }))
    } else if (setting === undefined) diagnostics.push(ruleSettingInvalid(place, { rule: id }))
    else if (setting === 'off') chosen.delete(id)
    else {
      chosen.set(id, setting.severity)
      options.set(id, setting.options)
    }
  }
  // A rule may be called __proto__, which assigning would not keep.
  return { severities: chosen, options: Object.fromEntries(options), diagnostics }
}

export interface KnownRules {
  readonly rules: readonly KnownRule[]
  /** Are these all? Only then is a rule unknown that is none of them. */
  readonly isComplete: boolean
}

/** What the engine must know of a rule before it runs. */
export interface KnownRule {
  readonly id: string
  readonly severity: Severity
  readonly recommended: boolean
  /** Is it the user's own? */
  readonly isOwn: boolean
}

export function knownRule(policy: Pick<AnyPolicy, 'id' | 'meta'>, isOwn: boolean): KnownRule {
  return { id: policy.id, severity: policy.meta.severity, recommended: policy.meta.recommended ?? false, isOwn }
}

function readSetting(value: unknown): 'off' | { readonly severity: Severity; readonly options: object } | undefined {
  if (value === 'off') return 'off'
  const [severity, options = {}] = (Array.isArray(value) ? value : [value]) as [RuleSetting, unknown]
  if (!severities.has(severity) || typeof options !== 'object' || options === null) return undefined
  return { severity: severity as Severity, options }
}

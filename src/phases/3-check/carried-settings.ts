/**
 * What mesh.config.ts says of a resource, carried by the resource itself: a cluster judges one object at a time, and has
 * no mesh.config.ts.
 */
import { carriedSettingsInvalid } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { startOf } from '../../diagnostics/span.ts'
import { type Resource, resourceKey } from '../../kinds/resource.ts'
import type { AnyPolicy, Waiver } from '../../policy.ts'
import { isObject } from '../../util/is-object.ts'
import type { MeshConfig } from '../1-load/loaded.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { check } from './check.ts'
import { configPlaces } from './config-places.ts'
import { knownRule, ruleSettings } from './rule-settings.ts'
import { isAbout } from './waivers.ts'

/** Holds `rules` and `waivers` as mesh.config.ts has them, as JSON; its waivers are about the resource itself. */
export const settingsAnnotation = 'meshwright.dev/policies'

interface Settings {
  readonly config: MeshConfig
  readonly policies: readonly AnyPolicy[]
}

/**
 * Writes into each resource that a cluster would refuse, though its mesh accepts it, what the mesh says of that.
 *
 * @returns the same revision, where there is none such
 */
export function carrySettings(resolved: Resolved, { config, policies }: Settings): Resolved {
  const refused = check(resolved, { config: {}, policies: policies.filter(standsAlone), today: '' }).diagnostics
  const rulesByKey = Map.groupBy(
    refused.filter(({ severity }) => severity === 'error'),
    ({ subject }) => `${subject?.kind}/${subject?.namespace}/${subject?.name}`,
  )
  if (rulesByKey.size === 0) return resolved
  const resources = resolved.resources.map(entry => {
    const found = rulesByKey.get(resourceKey(entry.resource))
    const ids = [...new Set((found ?? []).map(({ code }) => code))].sort()
    const carried = settingsOf(resourceKey(entry.resource), ids, { config, policies })
    return carried === undefined ? entry : { ...entry, resource: annotated(entry.resource, carried) }
  })
  return { ...resolved, resources }
}

/** Is what the policy finds in one resource alone true of any mesh with it? */
function standsAlone({ meta }: Pick<AnyPolicy, 'meta'>): boolean {
  return meta.standsAlone === true
}

function settingsOf(key: string, ids: readonly string[], { config, policies }: Settings): object | undefined {
  const known = { rules: policies.map(policy => knownRule(policy, false)), isComplete: false }
  const { severities } = ruleSettings(known, config, configPlaces(undefined))
  const rules = ids.map(id => [id, severities.get(id) ?? 'off']).filter(([, severity]) => severity !== 'error')
  const waivers = (config.waivers as readonly Waiver[] | undefined)?.filter(
    waiver => ids.includes(waiver.rule) && isAbout(waiver, key),
  )
  if (rules.length === 0 && (waivers ?? []).length === 0) return undefined
  return {
    ...(rules.length === 0 ? {} : { rules: Object.fromEntries(rules) }),
    ...(waivers === undefined || waivers.length === 0
      ? {}
      : { waivers: waivers.map(({ rule, reason, until }) => ({ rule, reason, until })) }),
  }
}

function annotated(resource: Resource, settings: object): Resource {
  const annotations = { ...resource.metadata.annotations, [settingsAnnotation]: JSON.stringify(settings) }
  return { ...resource, metadata: { ...resource.metadata, annotations } }
}

/**
 * Judges one resource by the policies that need no other, and by what it carries.
 *
 * @param resolved of that resource alone
 */
export function checkAlone(
  { resource, resolved }: { readonly resource: Resource; readonly resolved: Resolved },
  { policies, today }: { readonly policies: readonly AnyPolicy[]; readonly today: string },
): readonly Diagnostic[] {
  const text = resource.metadata.annotations?.[settingsAnnotation]
  const carried = text === undefined ? {} : readSettings(text)
  if (carried === undefined)
    return [carriedSettingsInvalid({ span: startOf(resourceKey(resource)) }, { annotation: settingsAnnotation })]
  const { rules = {}, waivers = [] } = carried
  // What needs other resources finds too much in one alone.
  const others = policies.filter(policy => !standsAlone(policy)).map(({ id }) => [id, 'off'] as const)
  const config = {
    rules: { ...rules, ...Object.fromEntries(others) },
    waivers: waivers.map(waiver => (isObject(waiver) ? { ...waiver, subject: resourceKey(resource) } : waiver)),
  }
  return check(resolved, { config, policies, today }).diagnostics
}

function readSettings(text: string): Pick<MeshConfig, 'rules' | 'waivers'> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value)) return undefined
    const { rules, waivers } = value
    const isRight = (rules === undefined || isObject(rules)) && (waivers === undefined || Array.isArray(waivers))
    return isRight ? (value as Pick<MeshConfig, 'rules' | 'waivers'>) : undefined
  } catch {
    return undefined
  }
}

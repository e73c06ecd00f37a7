/**
 * The phases in order, and nothing else: load → check of shapes → resolve → check → emit.
 *
 * The same compile runs in the CLI, the editor, CI and the agent. Emitting is left to the caller, for it depends on
 * where things run.
 */
import { policies } from '../policies/index.generated.ts'
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import { sortDiagnostics } from './diagnostics/sort.ts'
import { load } from './phases/1-load/load.ts'
import type { Loaded, LoadOptions } from './phases/1-load/loaded.ts'
import { runOwnPolicies } from './phases/1-load/own-policies.ts'
import { type Resolved, resolve } from './phases/2-resolve/resolve.ts'
import { check } from './phases/3-check/check.ts'
import { checkRules } from './phases/3-check/rules.ts'
import { checkShapes, withoutConsequences, withoutNameEchoes, withoutTypeErrors } from './phases/3-check/shapes.ts'
import { unservedKinds } from './phases/3-check/unserved-kinds.ts'

export interface CompileOptions extends LoadOptions {
  /** What an earlier compile of the same mesh gave: what has not changed keeps its identity. */
  readonly previous?: Compiled
  /** The day on which waivers are judged, `YYYY-MM-DD`. Default: today, UTC. */
  readonly today?: string
}

/** What a folder means: a revision with everything that was found on the way. */
export interface Compiled {
  /** Absent where nothing could be made of the source. */
  readonly resolved?: Resolved
  readonly loaded?: Loaded
  /** In order of file and line. */
  readonly diagnostics: readonly Diagnostic[]
  /** How many findings waivers took out. */
  readonly waived: number
  /** Is there any finding of severity error? Then the revision must not be used. */
  readonly isBroken: boolean
}

/**
 * Compiles a mesh's folder or file.
 *
 * @returns findings and, where the source could be understood at all, the revision; never throws for what a user wrote
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const loaded = await load(options)
  if (loaded.value === undefined) return compiled(loaded.diagnostics, {})
  if (loaded.value.isProvisional) return compiled(loaded.diagnostics, { loaded: loaded.value })
  const namespace = loaded.value.config.namespace
  const previous = options.previous?.resolved
  const shaped = checkShapes(loaded.value.resources, namespace)
  const resolved = resolve(shaped.resources, {
    ...(namespace === undefined ? {} : { namespace }),
    ...(previous === undefined ? {} : { previous }),
  })
  const { config, sources } = loaded.value
  const own = await runOwnPolicies(config, resolved.value.mesh)
  const configSource = sources.get('mesh.config.ts')
  const checked = check(resolved.value, {
    config,
    policies,
    today: options.today ?? new Date().toISOString().slice(0, 10),
    ...(configSource === undefined ? {} : { configSource }),
    ...(own.value === undefined ? {} : { own: own.value }),
  })
  const later = [
    ...resolved.diagnostics,
    ...checkRules(resolved.value),
    ...unservedKinds(resolved.value),
    ...own.diagnostics,
    ...checked.diagnostics,
  ]
  const shapes = withoutTypeErrors(shaped.diagnostics, loaded.diagnostics)
  const found = [...loaded.diagnostics, ...shapes, ...withoutConsequences(withoutNameEchoes(later), shaped.misshapen)]
  return compiled(found, { loaded: loaded.value, resolved: resolved.value, waived: checked.waived })
}

function compiled(
  found: readonly Diagnostic[],
  parts: Partial<Pick<Compiled, 'loaded' | 'resolved' | 'waived'>>,
): Compiled {
  const diagnostics = sortDiagnostics(found)
  return { waived: 0, ...parts, diagnostics, isBroken: diagnostics.some(finding => finding.severity === 'error') }
}

/**
 * The phases in order, and nothing else: load → resolve → check → emit.
 *
 * The same compile runs in the CLI, the editor, CI and the agent. Emitting is left to the caller, for it depends on
 * where things run.
 */
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import { type LoadOptions, type Loaded } from './phases/1-load/loaded.ts'
import { load } from './phases/1-load/load.ts'
import { type Resolved, resolve } from './phases/2-resolve/resolve.ts'

export interface CompileOptions extends LoadOptions {
  /** What an earlier compile of the same mesh gave: what has not changed keeps its identity. */
  readonly previous?: Compiled
}

/** What a folder means: a revision with everything that was found on the way. */
export interface Compiled {
  /** Absent where nothing could be made of the source. */
  readonly resolved?: Resolved
  readonly loaded?: Loaded
  /** In order of file and line. */
  readonly diagnostics: readonly Diagnostic[]
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
  const namespace = loaded.value.config.namespace
  const previous = options.previous?.resolved
  const resolved = resolve(loaded.value.resources, {
    ...(namespace === undefined ? {} : { namespace }),
    ...(previous === undefined ? {} : { previous }),
  })
  return compiled([...loaded.diagnostics, ...resolved.diagnostics], { loaded: loaded.value, resolved: resolved.value })
}

function compiled(diagnostics: readonly Diagnostic[], parts: Pick<Compiled, 'loaded' | 'resolved'>): Compiled {
  return { ...parts, diagnostics, isBroken: diagnostics.some(finding => finding.severity === 'error') }
}

/**
 * The phases in order, and nothing else: load → check of shapes → resolve → check → emit.
 *
 * The same compile runs in the CLI, the editor, CI and the agent. Emitting is left to the caller, for it depends on
 * where things run.
 */
import { policies } from '../policies/index.generated.ts'
import type { Diagnostic, Outcome } from './diagnostics/diagnostic.ts'
import { sortDiagnostics } from './diagnostics/sort.ts'
import type { Recording } from './model/recording.ts'
import { load } from './phases/1-load/load.ts'
import type { Loaded, LoadedResource, LoadOptions } from './phases/1-load/loaded.ts'
import { runOwnPolicies } from './phases/1-load/own-policies.ts'
import { readProxyFiles } from './phases/1-load/proxy-files.ts'
import { type Resolved, resolve } from './phases/2-resolve/resolve.ts'
import { carrySettings, checkAlone } from './phases/3-check/carried-settings.ts'
import { check } from './phases/3-check/check.ts'
import { withoutErrors } from './phases/3-check/left-out.ts'
import { checkProviders } from './phases/3-check/providers.ts'
import { checkProxyFiles } from './phases/3-check/proxy-files.ts'
import { checkRules } from './phases/3-check/rules.ts'
import { checkShapes, withoutConsequences, withoutNameEchoes, withoutTypeErrors } from './phases/3-check/shapes.ts'
import { unmetConditions } from './phases/3-check/standings.ts'
import { unknownKinds } from './phases/3-check/unknown-kinds.ts'

export interface CompileOptions extends LoadOptions {
  /** What an earlier compile of the same mesh gave: what has not changed keeps its identity. */
  readonly previous?: Compiled
  /** Do the proxies run on this machine, so that all files that the mesh names must be here? Default: false. */
  readonly isLocal?: boolean
  /** File with the roots of public CAs on the proxies' disks. Default: where Debian keeps it. */
  readonly caFile?: string
  /** The day on which waivers and certificates are judged, `YYYY-MM-DD`. Default: today, UTC. */
  readonly today?: string
}

/** What a folder means: a revision with everything that was found on the way. */
export interface Compiled {
  /** Absent where nothing could be made of the source. */
  readonly resolved?: Resolved
  readonly loaded?: Loaded
  /** In order of file and line, and causes before what came of them. */
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
  const { namespace, injection } = loaded.value.config
  const previous = options.previous?.resolved
  const shaped = checkShapes(loaded.value.resources, namespace)
  const resolved = resolve(shaped.resources, {
    ...(namespace === undefined ? {} : { namespace }),
    ...(injection === undefined ? {} : { injection }),
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    ...(previous === undefined ? {} : { previous }),
  })
  const { config, sources } = loaded.value
  const own = await runOwnPolicies(config, resolved.value.mesh)
  const isHere = options.isLocal ?? false
  const files = readProxyFiles(loaded.value.root, resolved.value.mesh, isHere)
  const today = options.today ?? todayUtc()
  const configSource = sources.get('mesh.config.ts')
  const checked = check(resolved.value, {
    config,
    policies,
    today,
    ...(configSource === undefined ? {} : { configSource }),
    ...(own.value === undefined ? {} : { own: own.value }),
  })
  const later = [
    ...resolved.diagnostics,
    ...checkRules(resolved.value),
    ...checkProxyFiles(resolved.value, { files, isHere, today }),
    ...unknownKinds(resolved.value),
    ...checkProviders(resolved.value),
    ...unmetConditions(resolved.value, namespace),
    ...own.diagnostics,
    ...checked.diagnostics,
  ]
  const shapes = withoutTypeErrors(shaped.diagnostics, loaded.diagnostics)
  const found = [...loaded.diagnostics, ...shapes, ...withoutConsequences(withoutNameEchoes(later), shaped.misshapen)]
  return compiled(found, { loaded: loaded.value, resolved: resolved.value, waived: checked.waived })
}

/** Resources that come from elsewhere than files, with what an earlier compile of them gave. */
export interface ResourceSource {
  readonly resources: readonly LoadedResource[]
  readonly namespace?: string
  readonly domain?: string
  readonly rootNamespaces?: readonly string[]
  readonly recording?: Recording
  readonly caFile?: string
  readonly previous?: Resolved
}

/**
 * Compiles the resources of a running cluster, of which each stands for itself: one that has an error, or of a route a rule
 * that has one, is left out and named, and all others hold.
 *
 * @returns always a revision
 */
export function compileResources(source: ResourceSource): Outcome<Resolved> {
  const { value, diagnostics } = compileEach(source)
  // A policy whose provider is missing is no less in force, and refuses: that is said, and leaves nothing out.
  return { value, diagnostics: sortDiagnostics([...diagnostics, ...checkProviders(value).map(asWarning)]) }
}

/** Of each what it is by itself: whether others are there that it names is not looked at. */
function compileEach(source: ResourceSource): Outcome<Resolved> {
  const { resources, namespace, ...rest } = source
  const options = { ...rest, ...(namespace === undefined ? {} : { namespace }) }
  const shaped = checkShapes(resources, namespace)
  const first = resolve(shaped.resources, options)
  const rules = withoutConsequences(checkRules(first.value), shaped.misshapen)
  const found = [...shaped.diagnostics, ...first.diagnostics, ...rules]
  const left = withoutErrors(shaped.resources, found)
  const value = left.resources === shaped.resources ? first.value : resolve(left.resources, options).value
  return { value, diagnostics: sortDiagnostics(left.diagnostics) }
}

function asWarning(finding: Diagnostic): Diagnostic {
  return finding.severity === 'error' ? { ...finding, severity: 'warning' } : finding
}

/**
 * Judges one object that is applied to a cluster, as far as it alone tells: by its shape, its meaning, and the policies
 * that need no other object, with what it carries of its mesh.config.ts.
 *
 * @param use what an error of a policy is: that, a warning, or nothing
 */
export function compileAlone(
  loaded: LoadedResource,
  { use = 'enforce', today = todayUtc() }: { readonly use?: 'enforce' | 'warn' | 'off'; readonly today?: string } = {},
): readonly Diagnostic[] {
  const { value: resolved, diagnostics } = compileEach({ resources: [loaded] })
  if (use === 'off') return diagnostics
  const found = checkAlone({ resource: loaded.resource, resolved }, { policies, today })
  return [...diagnostics, ...(use === 'warn' ? found.map(asWarning) : found)]
}

/** The revision as a cluster is given it: a resource carries what mesh.config.ts accepts of it, and a cluster would not. */
export function withCarriedSettings({ resolved, loaded }: Compiled & { readonly resolved: Resolved }): Resolved {
  return carrySettings(resolved, { config: loaded?.config ?? {}, policies })
}

function todayUtc(): string {
  return new Date().toISOString().slice(0, 10)
}

function compiled(
  found: readonly Diagnostic[],
  parts: Partial<Pick<Compiled, 'loaded' | 'resolved' | 'waived'>>,
): Compiled {
  const diagnostics = sortDiagnostics(found)
  return { waived: 0, ...parts, diagnostics, isBroken: diagnostics.some(finding => finding.severity === 'error') }
}

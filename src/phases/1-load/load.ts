/**
 * Load: from a folder or file to resources with the places of their parts.
 *
 * Owns everything between the disk and plain data: the confined source tree, the type-checker's process, the bundler,
 * the sandbox and the YAML reader. Knows what a resource looks like, not what it means: names, references and schemas
 * are the business of the phases behind it. Everything that a user wrote is untrusted here.
 */
import type { Outcome } from '../../diagnostics/diagnostic.ts'
import { sortDiagnostics } from '../../diagnostics/sort.ts'
import { buildGraph, type ModuleGraph } from './bundle.ts'
import { checkFindings, withoutEchoes } from './check-messages.ts'
import { checkParams } from './check-params.ts'
import { collect } from './collect.ts'
import { configFile, loadConfig } from './config.ts'
import { defaultSandboxLimits, runJob, type SandboxAnswer, type SandboxLimits, warmUp } from './evaluate.ts'
import { explainAnswer } from './explain-answer.ts'
import { loadInput, loadYaml } from './load-yaml.ts'
import type { Loaded, LoadedResource, LoadLimits, LoadOptions, MeshConfig } from './loaded.ts'
import { ownPackages, type Packages } from './packages.ts'
import { createPlaces, type Places } from './places.ts'
import { readEvaluation } from './read-evaluation.ts'
import { meshJob } from './sandbox-entry.ts'
import { openTree, type SourceTree } from './source-tree.ts'
import { type CheckOutcome, typecheck, warmUpTypecheck } from './typecheck.ts'
import { unreadable } from './unreadable.ts'

/** Defaults: 5 s and 256 MB for an evaluation, 5 MB for a file. */
export const defaultLimits: LoadLimits = {
  timeMs: defaultSandboxLimits.timeMs,
  memoryBytes: defaultSandboxLimits.memoryBytes,
  fileBytes: 5_000_000,
}

interface Loading {
  readonly options: LoadOptions
  readonly tree: SourceTree
  readonly packages: Packages
  readonly limits: SandboxLimits
}

/** Found resources and findings of one of load's sources. */
type Part = Outcome<readonly LoadedResource[]> & Partial<Pick<Loaded, 'isProvisional'>>

/**
 * Loads a mesh.
 *
 * @param packages the packages that it may import; tests bring their own
 * @returns no value where there is nothing to load; resources also where findings are errors, so far as they go
 */
export async function load(
  options: LoadOptions,
  packages: Packages = ownPackages,
): Promise<Outcome<Loaded | undefined>> {
  const limits = { ...defaultLimits, ...options.limits }
  const { path, ignore = [], withoutMeshes = false, standardInput } = options
  const { fileBytes } = limits
  const opened = openTree({ path, ignore, withoutMeshes, fileBytes, ...(standardInput && { standardInput }) })
  if (opened.value === undefined) return { value: undefined, diagnostics: sortDiagnostics(opened.diagnostics) }
  const tree = opened.value
  const loading: Loading = { options, tree, packages, limits: { ...defaultSandboxLimits, ...limits } }
  const hasConfig = tree.read(configFile).kind !== 'missing'
  const roots = [...(tree.entry === undefined ? [] : [tree.entry]), ...(hasConfig ? [configFile] : [])]
  const checking = startCheck(loading, roots)
  const config = await loadConfig(loading)
  const yaml = standardInput === undefined ? loadYaml(tree, config.value.ignore ?? []) : loadInput(tree)
  const modules = await loadModules(loading, config.value, checking)
  const checked = checkFindings(await checking, tree.sources)
  const found = [...opened.diagnostics, ...config.diagnostics, ...yaml.diagnostics, ...modules.diagnostics]
  return {
    value: {
      root: tree.root,
      resources: [...modules.value, ...yaml.value],
      isProvisional: modules.isProvisional ?? false,
      files: [...tree.sources.keys()].sort(),
      sources: tree.sources,
      config: config.value,
    },
    diagnostics: sortDiagnostics(withoutEchoes(checked, found)),
  }
}

/** Starts what takes longest first: both the checker's process and the sandbox's thread warm while modules compile. */
function startCheck({ tree, packages, options }: Loading, roots: readonly string[]): Promise<CheckOutcome> {
  if (roots.length === 0) return Promise.resolve({ kind: 'answer', answer: { syntax: {}, messages: [] } })
  warmUpTypecheck()
  warmUp()
  return typecheck({ tree, roots, packages, skipTypes: options.skipTypes ?? false })
}

async function loadModules(
  loading: Loading,
  { namespace }: MeshConfig,
  checking: Promise<CheckOutcome>,
): Promise<Part> {
  const { tree, options } = loading
  const { entry } = tree
  if (entry === undefined) {
    const undeclared = checkParams({ declared: [], given: options.params ?? {}, spanOf: () => undefined })
    return { value: [], diagnostics: undeclared }
  }
  const source = tree.read(entry)
  if (source.kind !== 'text') return { value: [], diagnostics: [unreadable(entry, source)] }
  const graph = await buildGraph(tree, entry, loading.packages)
  if (graph.value === undefined) return { value: [], diagnostics: graph.diagnostics }
  const globals = { params: options.params ?? {}, ...(namespace === undefined ? {} : { namespace }) }
  const answer = await runJob(meshJob(graph.value, globals, loading.limits))
  const checked = await checking
  const syntax = checked.kind === 'answer' ? checked.answer.syntax : {}
  const places = createPlaces({ graph: graph.value, sources: tree.sources, syntax })
  return readAnswer(answer, { loading, entry, graph: graph.value, places })
}

interface Answered {
  readonly loading: Loading
  readonly entry: string
  readonly graph: ModuleGraph
  readonly places: Places
}

function readAnswer(answer: SandboxAnswer, { loading, entry, graph, places }: Answered): Part {
  const { options, tree, limits } = loading
  const fail = (failed: Parameters<typeof explainAnswer>[0]): Part => {
    return { value: [], diagnostics: [explainAnswer(failed, { entry, graph, places, limits })] }
  }
  if (answer.kind !== 'value') return fail(answer)
  const evaluation = readEvaluation(answer.json)
  if (evaluation === undefined) return fail({ kind: 'crashed', message: 'its result has an unknown shape' })
  const collected = collect({ evaluation, places, entry, hasYaml: tree.yaml.length > 0 })
  const params = checkParams({
    declared: evaluation.params,
    given: options.params ?? {},
    spanOf: param => places.traceSpan(evaluation.sites, { site: param.site, path: [] }),
  })
  const isProvisional = params.some(({ code }) => code !== 'MW1040')
  const found = isProvisional ? [] : collected.diagnostics
  return { value: collected.value, diagnostics: [...found, ...params], isProvisional }
}

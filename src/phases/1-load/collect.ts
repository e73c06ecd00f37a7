/** Turns an evaluation into loaded resources: what is in the mesh, and where each value was written. */
import type { Declaration, TracedResource } from '../../authoring/declaration.ts'
import type { Trace } from '../../authoring/trace.ts'
import { diagnosticBySlug } from '../../diagnostics/by-slug.ts'
import {
  authoringMistake,
  incompleteResource,
  noDeclaration,
  unusedDeclaration,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import type { LoadedResource } from './loaded.ts'
import type { Places } from './places.ts'
import { pointerTokens } from './pointer.ts'
import { type MeshEvaluation, missingField } from './read-evaluation.ts'

export interface CollectOptions {
  readonly evaluation: MeshEvaluation
  readonly places: Places
  readonly entry: string
  /** Whether YAML files belong to the mesh: then a module without declarations is no empty mesh. */
  readonly hasYaml: boolean
}

export function collect(options: CollectOptions): Outcome<readonly LoadedResource[]> {
  const { evaluation, places, entry } = options
  const at = (site: number) => places.traceSpan(evaluation.sites, { site, path: [] }) ?? startOf(entry)
  const inMesh = reachable(evaluation)
  const diagnostics: Diagnostic[] = evaluation.errors.map(error => {
    const span = places.traceSpan(evaluation.sites, error.trace) ?? startOf(entry)
    return diagnosticBySlug(error.slug, { span }, error.params) ?? authoringMistake({ span }, { reason: error.slug })
  })
  for (const { index, word, name, site } of evaluation.declarations) {
    if (!inMesh.has(index)) diagnostics.push(unusedDeclaration({ span: at(site) }, { word, name }))
  }
  if (evaluation.declarations.length === 0 && !options.hasYaml) {
    diagnostics.push(noDeclaration({ span: startOf(entry) }, { file: entry }))
  }
  const kept = evaluation.declarations.filter(declaration => inMesh.has(declaration.index))
  const value = kept.flatMap(declaration => resourcesOf(declaration, options, at(declaration.site)))
  for (const { resource, span } of value) {
    const field = missingField(resource)
    if (field !== undefined) diagnostics.push(incompleteResource({ span }, { field }))
  }
  return { value: value.filter(({ resource }) => missingField(resource) === undefined), diagnostics }
}

/** What is exported, and what that uses, and so on. */
function reachable(evaluation: MeshEvaluation): ReadonlySet<number> {
  const reached = new Set<number>()
  const pending = [...evaluation.exported]
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    if (reached.has(index)) continue
    reached.add(index)
    pending.push(...(evaluation.declarations[index]?.uses ?? []))
  }
  return reached
}

function resourcesOf(declaration: Declaration, options: CollectOptions, span: Span): LoadedResource[] {
  const by = { word: declaration.word }
  return declaration.resources.map(traced => ({
    resource: traced.resource,
    span,
    declaration: by,
    spanAt: pointer => spanAt(traced, pointer, options) ?? span,
    optionAt: pointer => optionAt(traced, pointer),
  }))
}

/**
 * The trace nearest above a pointer, followed by the rest of the pointer: a value that came from an argument as a whole
 * has its parts where the argument's literal has them.
 */
function spanAt(traced: TracedResource, pointer: string, { evaluation, places }: CollectOptions): Span | undefined {
  const found = nearestTrace(traced, pointer)
  if (found === undefined) return undefined
  const { trace, rest } = found
  const path = trace.path.length === 0 ? [] : [...trace.path, ...rest]
  return places.traceSpan(evaluation.sites, { site: trace.site, path })
}

/**
 * What is written as a whole, a header's edits say, has the same names in the resource: those need no second one. A list
 * stays a list, whatever it is called.
 */
function optionAt(traced: TracedResource, pointer: string): Trace['path'] | undefined {
  const found = nearestTrace(traced, pointer)
  const option = found?.trace.path.slice(1) ?? []
  if (found === undefined || option.length === 0) return undefined
  const written = [...option.map(String), ...found.rest]
  const isSame = pointerTokens(pointer).slice(-written.length).join('/') === written.join('/')
  if (isSame) return undefined
  return found.rest.every(token => /^\d+$/.test(token)) ? [...option, ...found.rest] : option
}

interface NearestTrace {
  readonly trace: Trace
  /** What the pointer says beyond it. */
  readonly rest: readonly string[]
}

function nearestTrace({ traces }: TracedResource, pointer: string): NearestTrace | undefined {
  for (let prefix = pointer; ; prefix = prefix.slice(0, prefix.lastIndexOf('/'))) {
    const trace = Object.hasOwn(traces, prefix) ? traces[prefix] : undefined
    if (trace !== undefined) return { trace, rest: pointerTokens(pointer.slice(prefix.length)) }
    if (prefix === '') return undefined
  }
}

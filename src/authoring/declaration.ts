/**
 * What authoring hands to load: the resources that the vocabulary's calls stand for, where they were written, and which
 * declarations use which others.
 *
 * Knows nothing of files, ranges or the sandbox around it.
 */
import type { Resource } from '../kinds/resource.ts'
import { recordedSites, type Trace, unplainIn } from './trace.ts'

/** The property under which every declaration carries its index; load finds declarations among exports by it. */
export const declarationTag: unique symbol = Symbol.for('meshwright.declaration')

/** One resource with, by JSON pointer, the places of its values. */
export interface TracedResource {
  readonly resource: Resource
  readonly traces: { readonly [pointer: string]: Trace }
}

/** @typeParam R `unknown` as it leaves the sandbox: resources whose values are marked */
export interface Declaration<R = TracedResource> {
  readonly index: number
  /** The vocabulary's word: `service`, `route`, `istio.virtualService`. */
  readonly word: string
  /** The name that the author gave it, for messages. */
  readonly name: string
  /** Index of the call's site. */
  readonly site: number
  readonly resources: readonly R[]
  /** Indexes of the declarations that this one refers to: what is used is in the mesh. */
  readonly uses: readonly number[]
}

/** A mistake that only shows when a vocabulary function runs: a name that is no DNS label, say. */
export interface AuthoringError {
  /** Slug of the message in diagnostics/messages. */
  readonly slug: string
  readonly params: { readonly [name: string]: string }
  readonly trace: Trace
}

/** A declared parameter: the only input that a mesh has. */
export interface ParamDeclaration {
  readonly name: string
  readonly type: 'string' | 'number' | 'boolean' | 'enum'
  readonly values?: readonly string[]
  readonly default?: string | number | boolean
  readonly site: number
}

/** Everything one evaluation yields; JSON, so that it can leave the sandbox. */
export interface Evaluation {
  readonly sites: readonly string[]
  readonly declarations: readonly Declaration<unknown>[]
  readonly params: readonly ParamDeclaration[]
  readonly errors: readonly AuthoringError[]
}

const declarations: PendingDeclaration[] = []
const params: ParamDeclaration[] = []
const errors: AuthoringError[] = []

interface PendingDeclaration {
  readonly word: string
  readonly name: string
  readonly site: number
  readonly uses: readonly number[]
  /** Builds the resources once the module has run, so that later statements (`calls(a, [b])`) still count. */
  readonly build: () => readonly unknown[]
}

/** Registers a declaration and returns its index. Resources may hold values marked by `traced`. */
export function declare(pending: PendingDeclaration): number {
  return declarations.push(pending) - 1
}

export function declareParam(param: ParamDeclaration): void {
  params.push(param)
}

export function reportError(error: AuthoringError): void {
  errors.push(error)
}

/** Called by the sandbox after the last module has run. */
export function evaluation(): Evaluation {
  const built = declarations.map((pending, index) => ({
    index,
    word: pending.word,
    name: pending.name,
    site: pending.site,
    uses: pending.uses,
    resources: builtOf(pending),
  }))
  return { sites: recordedSites(), declarations: built, params, errors }
}

/** Its resources; what JSON can't say in them is reported, and left out. */
function builtOf({ build, site }: PendingDeclaration): readonly unknown[] {
  const trees = build()
  const found = trees.flatMap(tree => unplainIn(tree))
  const nowhere: Trace = { site, path: [] }
  for (const { what, trace } of found)
    reportError({ slug: 'value-not-plain', params: { what }, trace: trace ?? nowhere })
  return found.length === 0 ? trees : []
}

/** Reads what a sandbox answered. The text comes from untrusted code, so nothing about it is believed unseen. */
import type { AuthoringError, Declaration, Evaluation, ParamDeclaration } from '../../authoring/declaration.ts'
import { untrace } from '../../authoring/trace.ts'
import type { Resource } from '../../kinds/resource.ts'
import { isObject } from '../../util/is-object.ts'

/** An evaluation, and which declarations are exported. */
export interface MeshEvaluation extends Omit<Evaluation, 'declarations'> {
  readonly declarations: readonly Declaration[]
  readonly exported: readonly number[]
}

/** @returns undefined where the text has another shape, which only code that works against us brings about */
export function readEvaluation(json: string): MeshEvaluation | undefined {
  const value = parse(json)
  if (!isObject(value)) return undefined
  const { sites, declarations, params, errors, exported } = value
  if (!isListOf(sites, isText) || !isListOf(exported, isIndex)) return undefined
  if (!isListOf(declarations, isDeclaration) || !isListOf(params, isParam) || !isListOf(errors, isError))
    return undefined
  const traced = declarations.map(declaration => tracedDeclaration(declaration, sites.length))
  return traced.every(declaration => declaration !== undefined)
    ? { sites, declarations: traced, params, errors, exported }
    : undefined
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

export function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isTrace(value: unknown): boolean {
  const isStep = (step: unknown): step is string | number => isText(step) || isIndex(step)
  return isObject(value) && isIndex(value['site']) && isListOf(value['path'], isStep)
}

function isDeclaration(value: unknown): value is Declaration<unknown> {
  if (!isObject(value) || !isIndex(value['index']) || !isIndex(value['site'])) return false
  return isText(value['word']) && isListOf(value['uses'], isIndex) && Array.isArray(value['resources'])
}

/** Takes the marks off; undefined where they, or the resources, are none. */
function tracedDeclaration(declaration: Declaration<unknown>, siteCount: number): Declaration | undefined {
  const untraced = declaration.resources.map(tree => untrace(tree, siteCount))
  const resources = untraced.flatMap(found =>
    found !== undefined && isObject(found.value)
      ? [{ resource: found.value as unknown as Resource, traces: found.traces }]
      : [],
  )
  if (resources.length < untraced.length) return undefined
  // Behind an `any` the name of a declaration may be anything, or missing; messages only need a text.
  return { ...declaration, name: isText(declaration.name) ? declaration.name : '', resources }
}

/** The first field that a Kubernetes object needs and this value lacks. */
export function missingField(value: { readonly [key: string]: unknown }): string | undefined {
  if (!isText(value['apiVersion'])) return 'apiVersion'
  if (!isText(value['kind'])) return 'kind'
  const metadata = isObject(value['metadata']) ? value['metadata'] : {}
  if (!isText(metadata['name'])) return 'metadata.name'
  return ['string', 'undefined'].includes(typeof metadata['namespace']) ? undefined : 'metadata.namespace'
}

function isParam(value: unknown): value is ParamDeclaration {
  if (!isObject(value) || !isText(value['name']) || !isIndex(value['site'])) return false
  const { values } = value
  return isText(value['type']) && (values === undefined || isListOf(values, isText))
}

function isError(value: unknown): value is AuthoringError {
  if (!isObject(value) || !isText(value['slug']) || !isObject(value['params'])) return false
  return Object.values(value['params']).every(isText) && isTrace(value['trace'])
}

import { configShape } from '../../diagnostics/codes.generated.ts'
import type { Outcome } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import { isObject } from '../../util/is-object.ts'
import { buildGraph, buildScript } from './bundle.ts'
import { runJob, type SandboxLimits } from './evaluate.ts'
import { explainAnswer } from './explain-answer.ts'
import { lineIndex, spanOf } from './line-index.ts'
import type { MeshConfig } from './loaded.ts'
import type { Packages } from './packages.ts'
import { createPlaces } from './places.ts'
import { configJob } from './sandbox-entry.ts'
import type { SourceTree } from './source-tree.ts'

/** The file beside a mesh's entry that holds its options and policies. */
export const configFile = 'mesh.config.ts'

export interface ConfigOptions {
  readonly tree: SourceTree
  readonly packages: Packages
  readonly limits: SandboxLimits
}

/** Evaluates mesh.config.ts apart from the mesh; empty where there is none. */
export async function loadConfig({ tree, packages, limits }: ConfigOptions): Promise<Outcome<MeshConfig>> {
  if (tree.read(configFile).kind === 'missing') return { value: {}, diagnostics: [] }
  const graph = await buildGraph(tree, configFile, packages)
  if (graph.value === undefined) return { value: {}, diagnostics: graph.diagnostics }
  const answer = await runJob(configJob(graph.value, configFile, limits))
  if (answer.kind !== 'value') {
    const places = createPlaces({ graph: graph.value, sources: tree.sources, syntax: {} })
    const found = explainAnswer(answer, { entry: configFile, graph: graph.value, places, limits })
    return { value: {}, diagnostics: [found] }
  }
  const read = readConfig(answer.json, tree.sources.get(configFile) ?? '')
  if (!read.hasPolicies) return read
  // The engine runs them later, and needs them and what they import as one script.
  const script = await buildScript(tree, configFile, packages)
  const bundle = script.value === undefined ? {} : { policyBundle: script.value }
  return { value: { ...read.value, ...bundle }, diagnostics: [...read.diagnostics, ...script.diagnostics] }
}

/** By field: what its value has to be. Functions did not survive JSON, which is what makes the rest plain data. */
const fields: Readonly<{ [name: string]: readonly [string, (value: unknown) => boolean] }> = {
  namespace: ['a text', value => typeof value === 'string'],
  injection: ['true or false', value => typeof value === 'boolean'],
  ignore: ['a list of texts', isTexts],
  presets: ['a list of texts', isTexts],
  rules: ['an object', isObject],
  waivers: ['a list', Array.isArray],
  policies: ['a list', Array.isArray],
}

function readConfig(json: string, text: string): Outcome<MeshConfig> & { readonly hasPolicies: boolean } {
  const value: unknown = JSON.parse(json)
  const fault = faultOf(value)
  if (fault !== undefined || !isObject(value)) {
    const { reason = '', field } = fault ?? {}
    const found = configShape({ span: placeOf(text, field) }, { reason })
    return { value: {}, diagnostics: [found], hasPolicies: false }
  }
  const { policies, ...config } = value
  return { value: config, diagnostics: [], hasPolicies: Array.isArray(policies) && policies.length > 0 }
}

/** The first place where the field's name stands as a key; the file's start where it is computed. */
function placeOf(text: string, field: string | undefined): Span {
  const at = field === undefined ? undefined : [...text.matchAll(/[\w$]+(?=['"]?\s*:)/g)].find(([key]) => key === field)
  return at === undefined ? startOf(configFile) : spanOf(lineIndex(configFile, text), at.index, at.index + at[0].length)
}

function faultOf(value: unknown): { readonly reason: string; readonly field?: string } | undefined {
  if (!isObject(value)) return { reason: 'the default export is no object' }
  for (const [name, field] of Object.entries(value)) {
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (known === undefined) return { reason: `there is no field "${name}"`, field: name }
    const [expected, fits] = known
    if (!fits(field)) return { reason: `${name} must be ${expected}`, field: name }
  }
  // The namespace of whatever says none is `default`, which others use too: it is not ours to label.
  if (value['injection'] === true && value['namespace'] === undefined)
    return { reason: 'injection needs a namespace', field: 'injection' }
  return undefined
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

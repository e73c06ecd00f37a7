import { configShape } from '../../diagnostics/codes.generated.ts'
import type { Outcome } from '../../diagnostics/diagnostic.ts'
import { startOf } from '../../diagnostics/span.ts'
import { buildGraph, buildScript } from './bundle.ts'
import { runJob, type SandboxLimits } from './evaluate.ts'
import { explainAnswer } from './explain-answer.ts'
import type { MeshConfig } from './loaded.ts'
import type { Packages } from './packages.ts'
import { createPlaces } from './places.ts'
import { isObject } from './read-evaluation.ts'
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
  const read = readConfig(answer.json)
  if (!read.hasPolicies) return read
  // The engine runs them later, and needs them and what they import as one script.
  const script = await buildScript(tree, configFile, packages)
  const bundle = script.value === undefined ? {} : { policyBundle: script.value }
  return { value: { ...read.value, ...bundle }, diagnostics: [...read.diagnostics, ...script.diagnostics] }
}

/** By field: what its value has to be. Functions did not survive JSON, which is what makes the rest plain data. */
const fields: Readonly<{ [name: string]: readonly [string, (value: unknown) => boolean] }> = {
  namespace: ['a text', value => typeof value === 'string'],
  ignore: ['a list of texts', isTexts],
  presets: ['a list of texts', isTexts],
  rules: ['an object', isObject],
  waivers: ['a list', Array.isArray],
  policies: ['a list', Array.isArray],
}

function readConfig(json: string): Outcome<MeshConfig> & { readonly hasPolicies: boolean } {
  const value: unknown = JSON.parse(json)
  const fault = faultOf(value)
  if (fault !== undefined || !isObject(value)) {
    const found = configShape({ span: startOf(configFile) }, { reason: fault ?? '' })
    return { value: {}, diagnostics: [found], hasPolicies: false }
  }
  const { policies, ...config } = value
  return { value: config, diagnostics: [], hasPolicies: Array.isArray(policies) && policies.length > 0 }
}

function faultOf(value: unknown): string | undefined {
  if (!isObject(value)) return 'the default export is no object'
  for (const [name, field] of Object.entries(value)) {
    const known = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (known === undefined) return `there is no field "${name}"`
    const [expected, fits] = known
    if (!fits(field)) return `${name} must be ${expected}`
  }
  return undefined
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

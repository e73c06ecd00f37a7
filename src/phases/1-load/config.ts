import { configShape } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { startOf } from '../../diagnostics/span.ts'
import { buildScript } from './bundle.ts'
import { runInSandbox, type SandboxLimits } from './evaluate.ts'
import { explainAnswer } from './explain-answer.ts'
import type { MeshConfig } from './loaded.ts'
import type { Packages } from './packages.ts'
import { createPlaces } from './places.ts'
import { isObject } from './read-evaluation.ts'
import type { SourceTree } from './source-tree.ts'

/** The file beside a mesh's entry that holds its options and policies. */
export const configFile = 'mesh.config.ts'

export interface ConfigOptions {
  readonly tree: SourceTree
  readonly packages: Packages
  readonly limits: SandboxLimits
}

/** Evaluates mesh.config.ts apart from the mesh; empty where there is none. */
export async function loadConfig(options: ConfigOptions): Promise<Outcome<MeshConfig>> {
  if (options.tree.read(configFile).kind === 'missing') return { value: {}, diagnostics: [] }
  const script = await buildScript(options.tree, configFile, options.packages)
  if (script.value === undefined) return { value: {}, diagnostics: script.diagnostics }
  const { value: code } = script
  const answer = await runInSandbox(code, { entryCall: 'default', input: null, limits: options.limits })
  if (answer.kind === 'value') return readConfig(answer.json, code)
  const graph = { user: new Map(), packages: new Map() }
  const places = createPlaces({ graph, sources: options.tree.sources, syntax: {} })
  return {
    value: {},
    diagnostics: [explainAnswer(answer, { entry: configFile, graph, places, limits: options.limits })],
  }
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

function readConfig(json: string, code: string): Outcome<MeshConfig> {
  const value: unknown = JSON.parse(json)
  const fail = (reason: string): readonly Diagnostic[] => [configShape({ span: startOf(configFile) }, { reason })]
  if (!isObject(value)) return { value: {}, diagnostics: fail('the default export is no object') }
  for (const [name, field] of Object.entries(value)) {
    const [expected, fits] = fields[name] ?? ['left out: there is no such field', () => false]
    if (!fits(field)) return { value: {}, diagnostics: fail(`${name} must be ${expected}`) }
  }
  const { policies, ...config } = value
  const hasPolicies = Array.isArray(policies) && policies.length > 0
  return { value: { ...config, ...(hasPolicies ? { policyBundle: code } : {}) }, diagnostics: [] }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

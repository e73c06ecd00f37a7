/** Makes jobs for the sandbox: a graph's modules under the names that stacks show, and an entry that collects. */
import type { ModuleGraph, SandboxModule } from './bundle.ts'
import type { SandboxJob, SandboxLimits } from './evaluate.ts'
import { collector } from './packages.ts'

/** Marks the user's modules among the frames of a stack. */
export const userModulePrefix = 'mesh:'

/** How deep declarations are looked for within exported lists and objects. */
const exportDepth = 4

/** What a mesh is given from outside. */
export interface MeshGlobals {
  readonly params: Readonly<{ [name: string]: string }>
  /** Of what names none; absent: `default`. */
  readonly namespace?: string
}

/** The job that evaluates a mesh. */
export function meshJob(
  graph: ModuleGraph,
  { params, namespace = 'default' }: MeshGlobals,
  limits: SandboxLimits,
): SandboxJob {
  const entry = entryModule([...graph.user.keys()])
  return {
    ...jobOf(graph, entry, limits),
    globals: { __meshwrightParams: JSON.stringify(params), __meshwrightNamespace: JSON.stringify(namespace) },
  }
}

/** The job that evaluates mesh.config.ts: its result is the default export, as far as JSON can say it. */
export function configJob(graph: ModuleGraph, file: string, limits: SandboxLimits): SandboxJob {
  const code =
    "import * as config from 'config'\nglobalThis.__meshwrightResult = JSON.stringify(config.default) ?? 'null'"
  return jobOf(graph, { code, imports: { config: `${userModulePrefix}${file}` } }, limits)
}

function jobOf(graph: ModuleGraph, entry: SandboxModule, limits: SandboxLimits): SandboxJob {
  const modules: { [name: string]: SandboxModule } = { 'meshwright:entry': entry }
  for (const [name, code] of graph.packages) modules[name] = { code, imports: {} }
  const rename = (target: string) => (graph.packages.has(target) ? target : `${userModulePrefix}${target}`)
  for (const [file, module] of graph.user) {
    const imports = Object.entries(module.imports).map(([specifier, target]) => [specifier, rename(target)])
    modules[`${userModulePrefix}${file}`] = { code: module.code, imports: Object.fromEntries(imports) }
  }
  return { modules, entry: 'meshwright:entry', globals: {}, limits }
}

/** Imports every module, so that what any of them exports is seen, and not only the entry's exports. */
function entryModule(files: readonly string[]): SandboxModule {
  const imports: { [specifier: string]: string } = { meshwright: 'meshwright' }
  const lines = [`import { ${collector.evaluate} as evaluate, ${collector.tag} as tag } from 'meshwright'`]
  for (const [index, file] of files.entries()) {
    imports[`m${index}`] = `${userModulePrefix}${file}`
    lines.push(`import * as m${index} from 'm${index}'`)
  }
  const modules = files.map((_, index) => `m${index}`).join(', ')
  return { code: `${lines.join('\n')}\n${collect(modules)}`, imports }
}

function collect(modules: string): string {
  return `
const exported = new Set()
const seen = new Set()
const look = (value, depth) => {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) return
  seen.add(value)
  if (typeof value[tag] === 'number') exported.add(value[tag])
  else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
    if (depth < ${exportDepth}) for (const inner of Object.values(value)) look(inner, depth + 1)
  }
}
for (const module of [${modules}]) for (const name of Object.keys(module)) look(module[name], 0)
globalThis.__meshwrightResult = JSON.stringify({ ...evaluate(), exported: [...exported] })`
}

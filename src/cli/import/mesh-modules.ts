/** From loaded YAML to the files of a mesh in TypeScript; pure. */
import { gatewayApi, istio, kubernetes } from '../../authoring/kinds.ts'
import { kindOf } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import type { LoadedResource } from '../../phases/1-load/loaded.ts'
import { checkShapes } from '../../phases/3-check/shapes.ts'
import { toYaml } from '../../phases/4-emit/resource-files.ts'
import { identifiers } from './identifiers.ts'
import { meshSettingsOf } from './mesh-settings.ts'
import { mtlsArguments } from './mtls-arguments.ts'
import { printedArguments, printedBlock, printedValue } from './printed-value.ts'

/** What an import writes. */
export interface MeshModules {
  /** Texts by path. */
  readonly files: ReadonlyMap<string, string>
  /** What stays YAML. */
  readonly left: readonly LoadedResource[]
}

/** The file that a mesh starts from. */
const entry = 'mesh.ts'

/** Of a folder's several files each becomes a module of its name; of one alone, the mesh's entry. */
export function meshModules(resources: readonly LoadedResource[], sources: ReadonlyMap<string, string>): MeshModules {
  const byFile = Map.groupBy(resources, ({ span }) => span.file)
  const files = new Map<string, string>()
  // Names that a mesh gives a meaning of its own.
  const stems = new Set(byFile.size === 1 ? [] : ['mesh', 'mesh.config'])
  const imports: string[] = []
  const left: LoadedResource[] = []
  for (const [file, own] of byFile) {
    const stem = freeStem(byFile.size === 1 ? 'mesh' : file, stems)
    const calls = own.map(item => ({ item, call: callOf(item) }))
    const withWord = calls.flatMap(({ item, call }) => (call === undefined ? [] : [{ item, call }]))
    const others = calls.flatMap(({ item, call }) => (call === undefined ? [item] : []))
    if (withWord.length > 0) files.set(`${stem}.ts`, moduleText(withWord, sources.get(file) ?? ''))
    if (withWord.length > 0) imports.push(`import './${stem}.ts'\n`)
    if (others.length > 0) files.set(`${stem}.yaml`, others.map(({ resource }) => toYaml(resource)).join('---\n'))
    left.push(...others)
  }
  if (byFile.size > 1 && imports.length > 0) files.set(entry, imports.sort().join(''))
  return { files, left }
}

/** A path that needs no quoting anywhere, that no other file has, and of which `.ts` makes no declaration file (`a.d.ts`). */
function freeStem(file: string, stems: Set<string>): string {
  const plain = file.replace(/\.(ya?ml|json)$/, '').replaceAll(/[^A-Za-z0-9._/-]+|\.(?=d$)/g, '-')
  for (let number = 1; ; number += 1) {
    const stem = number === 1 ? plain : `${plain}-${number}`
    // File systems may not tell capitals.
    if (stems.has(stem.toLowerCase())) continue
    stems.add(stem.toLowerCase())
    return stem
  }
}

interface Typed {
  readonly item: LoadedResource
  readonly call: Call
}

/** What makes a resource in TypeScript. */
interface Call {
  /** `istio.virtualService`. */
  readonly word: string
  readonly args: string
  /** What a name in TypeScript is made of. */
  readonly named: Pick<Resource, 'kind' | 'metadata'>
}

/** Undefined for what no word makes as it is: unknown kinds, and what does not fit its type. */
function callOf(item: LoadedResource): Call | undefined {
  const { resource } = item
  const word = constructorOf(resource)
  const findings = checkShapes([item]).diagnostics
  if (word === undefined || findings.some(({ severity }) => severity !== 'info')) return undefined
  const settings = meshSettingsOf(resource)
  if (settings !== undefined) {
    const { config, options } = settings
    const isAlone = Object.keys(options).length === 0
    const args = isAlone ? printedBlock(Object.entries(config), 0) : printedArguments([config, options])
    return {
      word: 'istio.meshConfig',
      args,
      named: { kind: 'Config', metadata: { ...resource.metadata, name: 'mesh' } },
    }
  }
  const mode = mtlsArguments(resource)
  if (mode !== undefined)
    return { word: 'mtls', args: mode.map(each => printedValue(each, 0, 0)).join(', '), named: resource }
  // Within a text findings stand at its lines of YAML, and nowhere else.
  return findings.length > 0 ? undefined : { word, args: printedBlock(bodyOf(resource), 0), named: resource }
}

/** `istio.virtualService`. */
function constructorOf(resource: Resource): string | undefined {
  const definition = kindOf(resource)
  if (definition === undefined) return undefined
  const { kind, apiVersions, target } = definition
  const vocabulary = apiVersions[0].startsWith('gateway.networking.k8s.io/') ? 'gatewayApi' : target
  // `httpRoute` for HTTPRoute.
  const word = kind.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z])/, capitals => capitals.toLowerCase())
  return Object.hasOwn({ gatewayApi, istio, kubernetes }[vocabulary], word) ? `${vocabulary}.${word}` : undefined
}

function moduleText(typed: readonly Typed[], source: string): string {
  const lines = source.split(/\r?\n/)
  const names = identifiers(typed.map(({ call }) => call.named))
  const words = new Set(typed.map(({ call }) => call.word.split('.')[0]!))
  const declarations = typed.map(({ item, call: { word, args } }, n) => {
    const head = commentAbove(lines, item.span.line)
    return `\n${head}export const ${names[n]} = ${word}(${args})\n`
  })
  return `import { ${[...words].sort().join(', ')} } from 'meshwright'\n${declarations.join('')}`
}

/** Whatever the source's order, a reader looks for the name first. */
function bodyOf({ apiVersion: _, kind: __, metadata, ...body }: Resource): [string, unknown][] {
  return [['metadata', metadata], ...Object.entries(body)]
}

/** The comment's lines that stand directly above a document's first. */
function commentAbove(lines: readonly string[], line: number): string {
  const comment: string[] = []
  for (let above = line - 2; above >= 0 && lines[above]!.startsWith('#'); above -= 1) comment.unshift(lines[above]!)
  // These two end a line in TypeScript, and in YAML they do not.
  return comment.map(text => `//${text.slice(1).replaceAll(/[\u2028\u2029\r]/g, ' ')}\n`).join('')
}

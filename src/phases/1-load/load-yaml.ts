import { dirname } from 'node:path/posix'
import { chartUnrendered, inputEmpty } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import type { LoadedResource } from './loaded.ts'
import type { SourceTree } from './source-tree.ts'
import { unreadable } from './unreadable.ts'
import { templateIn, unrendered } from './unrendered.ts'
import { type ParsedTexts, readYaml } from './yaml.ts'

type Read = Outcome<readonly LoadedResource[]>

/** What the last load of a folder read, by file: parsing is most of a reload, and a save changes one file. */
interface LastRead {
  readonly root: string
  readonly files: ReadonlyMap<string, { readonly text: string; readonly read: Read; readonly parsed: ParsedTexts }>
}
let last: LastRead = { root: '', files: new Map() }

/** Reads all YAML files of a tree, less those in the folders of `ignore`. Unchanged files keep their resources' identity. */
export function loadYaml(tree: SourceTree, ignore: readonly string[]): Read {
  const folders = ignore.map(folder => folder.replace(/^\.\//, '').replace(/\/+$/, ''))
  const isIgnored = (file: string) => folders.some(folder => file === folder || file.startsWith(`${folder}/`))
  const meant = tree.yaml.filter(file => !isIgnored(file))
  const left = unrendered(meant, file => textOf(tree, file))
  /** Folders with templates of a chart that is not to be seen from here. */
  const templates = new Set<string>()
  const files = new Map<string, { readonly text: string; readonly read: Read; readonly parsed: ParsedTexts }>()
  const resources: LoadedResource[] = []
  const diagnostics: Diagnostic[] = [...left.diagnostics]
  for (const file of meant) {
    if (left.files.has(file)) continue
    const source = tree.read(file)
    if (source.kind !== 'text') {
      diagnostics.push(unreadable(file, source))
      continue
    }
    const before = last.root === tree.root ? last.files.get(file) : undefined
    const isSame = before?.text === source.text
    const parsed: ParsedTexts = isSame ? before.parsed : new Map()
    const read = isSame ? before.read : readYaml(file, source.text, parsed, before?.parsed)
    files.set(file, { text: source.text, read, parsed })
    const span = templateIn(file, source.text, read.diagnostics)
    if (span !== undefined) {
      if (!templates.has(dirname(file))) diagnostics.push(chartUnrendered({ span }))
      templates.add(dirname(file))
      continue
    }
    for (const resource of read.value) resources.push(resource)
    for (const found of read.diagnostics) diagnostics.push(found)
  }
  // One folder is remembered: a process that watches, watches one.
  last = { root: tree.root, files }
  return { value: resources, diagnostics }
}

function textOf(tree: SourceTree, file: string): string | undefined {
  const source = tree.read(file)
  return source.kind === 'text' ? source.text : undefined
}

/** Reads the documents of standard input. None at all is an error: most often, what should have written them has failed. */
export function loadInput(tree: SourceTree): Read {
  const read = loadYaml(tree, [])
  const isExplained = read.diagnostics.some(({ severity }) => severity === 'error')
  if (read.value.length > 0 || isExplained) return read
  return { value: [], diagnostics: [...read.diagnostics, inputEmpty({})] }
}

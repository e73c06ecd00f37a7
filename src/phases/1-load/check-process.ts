/**
 * The type-checker's process: the only importer of TypeScript's unstable API.
 *
 * Runs apart, with an empty environment, under its parent's limits on time and memory. It sees a virtual file system: the
 * user's sources below /mesh, as the parent sent them, our own package below /meshwright, and TypeScript's own library
 * files. What is anywhere else does not exist, so that no message can quote a file of the host.
 */
import { readFileSync, realpathSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { API, type Diagnostic, type Snapshot } from 'typescript/unstable/sync'
import { extractSyntax } from './extract-syntax.ts'
import type { FileSyntax } from './syntax.ts'

/** What the parent asks. */
export interface CheckRequest {
  /** The user's sources, by path relative to the mesh's folder. */
  readonly files: Readonly<{ [file: string]: string }>
  readonly roots: readonly string[]
  /** By package name: its module, as a path below `ownRoot`. */
  readonly packages: Readonly<{ [name: string]: string }>
  /** Real path of our own package's folder. */
  readonly ownRoot: string
  readonly forbiddenNames: readonly string[]
  readonly skipTypes: boolean
}

/** One message of TypeScript's; offsets in UTF-16 code units. */
export interface CheckMessage {
  readonly file: string | undefined
  readonly start: number
  readonly end: number
  readonly code: number
  readonly text: string
  readonly isSyntax: boolean
  readonly chain: readonly string[]
  readonly related: readonly {
    readonly file: string
    readonly start: number
    readonly end: number
    readonly text: string
  }[]
}

export interface CheckAnswer {
  readonly syntax: Readonly<{ [file: string]: FileSyntax }>
  readonly messages: readonly CheckMessage[]
}

const meshRoot = '/mesh/'
const ownRootName = '/meshwright/'
/** One for each list of roots: a project that is open goes on with the files that its configuration named first. */
const configFile = () => `/mesh/tsconfig.${projects}.json`

interface Host {
  request: CheckRequest
  /** Where TypeScript keeps its lib.*.d.ts; learnt from the first path that it asks for. */
  readonly libFolder: string
}

let host: Host | undefined
let api: API | undefined
let snapshot: Snapshot | undefined
let projects = 0

process.on('message', (request: CheckRequest) => {
  process.send!(check(request))
})
// The parent is gone: so is the reason to be here.
process.on('disconnect', () => process.exit(0))

function check(request: CheckRequest): CheckAnswer {
  const isSameProject = host !== undefined && isDeepStrictEqual(shapeOf(host.request), shapeOf(request))
  const left = isSameProject || host === undefined ? [] : [configFile()]
  if (!isSameProject) projects += 1
  host = { request, libFolder: host?.libFolder ?? libFolder() }
  api ??= new API({ cwd: meshRoot, fs: virtualFiles() })
  const before = snapshot
  snapshot = api.updateSnapshot(
    isSameProject
      ? { fileChanges: { invalidateAll: true } }
      : { openProjects: [configFile()], closeProjects: left, fileChanges: { invalidateAll: true } },
  )
  before?.dispose()
  const program = snapshot.getProject(configFile())!.program
  const files = program.getSourceFileNames().filter(name => name.startsWith(meshRoot) && !name.endsWith('.d.ts'))
  const forbidden = new Set(request.forbiddenNames)
  const syntax = files.flatMap(name => {
    const file = program.getSourceFile(name)
    return file === undefined ? [] : [[relative(name), extractSyntax(file, forbidden)] as const]
  })
  const parse = files.flatMap(name => program.getSyntacticDiagnostics(name).map(found => toMessage(found, true)))
  // Behind a syntax error most type errors are but its echo.
  const isTyped = !request.skipTypes && parse.length === 0
  const types = isTyped ? files.flatMap(name => program.getSemanticDiagnostics(name)) : []
  return { syntax: Object.fromEntries(syntax), messages: [...parse, ...types.map(found => toMessage(found, false))] }
}

/** What a project is made of, beside what its files say. */
function shapeOf({ roots, packages, ownRoot }: CheckRequest): object {
  return { roots, packages, ownRoot }
}

function relative(name: string): string {
  return name.startsWith(meshRoot) ? name.slice(meshRoot.length) : name
}

function toMessage(found: Diagnostic, isSyntax: boolean): CheckMessage {
  return {
    file: found.fileName?.startsWith(meshRoot) ? relative(found.fileName) : undefined,
    start: found.pos,
    end: found.end,
    code: found.code,
    text: clean(found.text),
    isSyntax,
    chain: flatten(found.messageChain ?? []),
    related: (found.relatedInformation ?? []).flatMap(each =>
      each.fileName?.startsWith(meshRoot)
        ? [{ file: relative(each.fileName), start: each.pos, end: each.end, text: clean(each.text) }]
        : [],
    ),
  }
}

/** The chain's messages, outermost first, with their depth as indentation. */
function flatten(chain: readonly Diagnostic[], depth = 0): string[] {
  return chain.flatMap(each => [
    `${'  '.repeat(depth)}${clean(each.text)}`,
    ...flatten(each.messageChain ?? [], depth + 1),
  ])
}

/** Types of other modules are printed with their path, which is ours and means nothing to the author. */
function clean(text: string): string {
  return text.replaceAll(/import\("[^"]*"\)\./g, '').replaceAll(meshRoot, '')
}

/** The configuration is ours alone: the tree's tsconfig.json is never read. */
function configText(request: CheckRequest): string {
  const paths = Object.entries(request.packages).map(([name, path]) => [name, [`${ownRootName}${path}`]])
  return JSON.stringify({
    compilerOptions: {
      strict: true,
      noEmit: true,
      target: 'es2024',
      lib: ['es2024'],
      types: [],
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      allowImportingTsExtensions: true,
      isolatedModules: true,
      skipLibCheck: true,
      paths: Object.fromEntries(paths),
    },
    files: request.roots.map(file => `${meshRoot}${file}`),
  })
}

function virtualFiles() {
  return {
    readFile: (path: string) => readVirtual(path) ?? null,
    fileExists: (path: string) => readVirtual(path) !== undefined,
    directoryExists: (path: string) => `${path}/`.startsWith(meshRoot) || `${path}/`.startsWith(ownRootName),
    getAccessibleEntries: () => ({ files: [], directories: [] }),
    realpath: (path: string) => path,
  }
}

function readVirtual(path: string): string | undefined {
  const { request, libFolder: folder } = host!
  if (path === configFile()) return configText(request)
  if (path.startsWith(meshRoot)) {
    const file = path.slice(meshRoot.length)
    return Object.hasOwn(request.files, file) ? request.files[file] : undefined
  }
  if (path.startsWith(ownRootName)) return readOwn(request, path.slice(ownRootName.length))
  if (dirname(path) === folder && /^lib\.[a-z0-9.]*d\.ts$/.test(path.slice(folder.length + 1))) return readCached(path)
  return undefined
}

/** Our own package's TypeScript: public text, and only below the folders that hold it. */
function readOwn(request: CheckRequest, path: string): string | undefined {
  const folders = ['src/', ...Object.values(request.packages).map(file => `${dirname(file)}/`)]
  if (!path.endsWith('.ts') || path.split('/').includes('..')) return undefined
  return folders.some(folder => path.startsWith(folder)) ? readCached(`${request.ownRoot}${sep}${path}`) : undefined
}

const cache = new Map<string, string | undefined>()

function readCached(path: string): string | undefined {
  if (!cache.has(path)) cache.set(path, readOrUndefined(path))
  return cache.get(path)
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** TypeScript's library lies beside its executable, which is a package of its own for each platform. */
function libFolder(): string {
  const main = realpathSync(new URL(import.meta.resolve('typescript/package.json')))
  const require = process.getBuiltinModule('node:module').createRequire(main)
  const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`
  return `${dirname(require.resolve(platform))}/lib`
}

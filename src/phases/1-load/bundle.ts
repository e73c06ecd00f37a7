import { type BuildFailure, build, type Location, type Message, type Plugin, transform } from 'esbuild'
import { exportMissing, syntaxError, topLevelAwait } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { type Span, startOf } from '../../diagnostics/span.ts'
import { codeFile, isInstalled, type Packages, packageCode } from './packages.ts'
import { resolveImport } from './resolve-import.ts'
import type { SourceTree } from './source-tree.ts'
import { type SplitCode, splitStatements } from './split-statements.ts'
import { unreadable } from './unreadable.ts'

/** One module as the sandbox runs it. */
export interface SandboxModule {
  readonly code: string
  /** What each import specifier in it means: names of other modules. */
  readonly imports: Readonly<{ [specifier: string]: string }>
}

/** A module of the user's, with the way back to its source. */
export interface UserModule extends SandboxModule, SplitCode {
  /** Source map (version 3) to the file from `code` before it was split. */
  readonly map: string
}

/** The closure of an entry module under imports. */
export interface ModuleGraph {
  /** By file, relative to the root; the entry first. */
  readonly user: ReadonlyMap<string, UserModule>
  /** By package name: its code. */
  readonly packages: ReadonlyMap<string, string>
}

/** QuickJS runs ES2023; esbuild lowers what is newer. */
const target = 'es2023'

/** The tree's own tsconfig.json and package.json must have no say: their paths and exports could name host files. */
const tsconfigRaw = { compilerOptions: { useDefineForClassFields: true } }

const namespace = 'mesh'

/**
 * What esbuild is told to build, which then resolves to the entry's file. Told the file itself, it would look whether one
 * of that name lies in the working directory, and call it `./mesh.ts` where it does.
 */
const entryName = 'mesh:entry'

interface Recorder {
  readonly imports: Map<string, { [specifier: string]: string }>
  readonly packages: Set<string>
}

/**
 * Follows the entry's imports through the confined tree and compiles each module to JavaScript.
 *
 * Modules stay apart instead of becoming one file, because a bundler turns top-level `const` into `var`, and then an
 * import cycle that meets an uninitialised binding would read `undefined` instead of failing by name.
 */
export async function buildGraph(
  tree: SourceTree,
  entry: string,
  packages: Packages,
): Promise<Outcome<ModuleGraph | undefined>> {
  // The sandbox's entry collects through this package, also where no module of the mesh imports it.
  const record: Recorder = { imports: new Map(), packages: new Set(['meshwright']) }
  const findings = await runBuild(entry, confine(tree, packages, { entry, record }))
  if (!Array.isArray(findings)) {
    const files = [entry, ...[...record.imports.keys()].filter(file => file !== entry)]
    const modules = await Promise.all(files.map(file => compile(tree, file, record)))
    const codes = await Promise.all([...record.packages].map(async name => packageCode(name, packages[name]!)))
    return {
      value: {
        user: new Map(modules),
        packages: new Map([...record.packages].map((name, index) => [name, codes[index]!])),
      },
      diagnostics: [],
    }
  }
  return { value: undefined, diagnostics: findings }
}

/** Lets the bundle of mesh.config.ts run the policies that it declares. */
const policyRunner = "export { runPolicies as __meshwrightRunPolicies } from 'meshwright/policy'"

/** Bundles an entry with its packages into one script that sets `meshwrightBundle` to the entry's exports. */
export async function buildScript(
  tree: SourceTree,
  entry: string,
  packages: Packages,
): Promise<Outcome<string | undefined>> {
  const built = await runBuild(entry, confine(tree, packages, { entry, isRunner: true }))
  return Array.isArray(built) ? { value: undefined, diagnostics: built } : { value: built.code, diagnostics: [] }
}

async function runBuild(entry: string, plugin: Plugin): Promise<Diagnostic[] | { code: string }> {
  try {
    const result = await build({
      entryPoints: [entryName],
      bundle: true,
      write: false,
      // An IIFE cannot hold a top-level await: esbuild reports it with its place.
      format: 'iife',
      globalName: 'meshwrightBundle',
      target,
      charset: 'ascii',
      tsconfigRaw,
      logLevel: 'silent',
      logLimit: 0,
      plugins: [plugin],
    })
    return { code: result.outputFiles[0]!.text }
  } catch (failure) {
    if (!isBuildFailure(failure)) throw failure
    return failure.errors.map(message => toDiagnostic(message, entry))
  }
}

/** Keeps esbuild inside the tree: it resolves and loads nothing by itself but our own packages' inner imports. */
function confine(
  tree: SourceTree,
  packages: Packages,
  mode: { readonly entry: string; readonly record?: Recorder; readonly isRunner?: true },
): Plugin {
  return {
    name: 'confine',
    setup(setup) {
      setup.onResolve({ filter: /.*/ }, args => {
        if (args.kind === 'entry-point') return { path: mode.entry, namespace }
        // Imports within our own packages: ours, and resolved on the real disk.
        if (args.namespace !== namespace) return undefined
        const resolved = resolveImport({
          specifier: args.path,
          importer: args.importer,
          isDynamic: args.kind === 'dynamic-import',
          isRequire: args.kind === 'require-call' || args.kind === 'require-resolve',
          hasAttributes: Object.keys(args.with).length > 0,
          isPackage: name => isInstalled(packages, name),
        })
        if (resolved.kind === 'refused') return { errors: [{ text: 'refused', detail: resolved.finding }] }
        if (mode.record !== undefined) note(mode.record, args.importer, args.path, resolved)
        if (resolved.kind === 'package') {
          return mode.record === undefined
            ? { path: codeFile(resolved.name, packages[resolved.name]!) }
            : { path: args.path, external: true }
        }
        const source = tree.read(resolved.file)
        if (source.kind === 'text') return { path: resolved.file, namespace }
        const finding = (at: { span?: Span | undefined }) => unreadable(resolved.file, source, at.span)
        return { errors: [{ text: 'unreadable', detail: finding }] }
      })
      setup.onLoad({ filter: /.*/, namespace }, args => {
        const source = tree.read(args.path)
        if (source.kind !== 'text') {
          return { errors: [{ text: 'unreadable', detail: () => unreadable(args.path, source) }] }
        }
        mode.record?.imports.set(args.path, mode.record.imports.get(args.path) ?? {})
        // On a line of its own behind the author's, so that all positions hold.
        const contents = mode.isRunner && mode.entry === args.path ? `${source.text}\n${policyRunner}` : source.text
        return { contents, loader: 'ts' }
      })
    },
  }
}

function note(
  record: Recorder,
  importer: string,
  specifier: string,
  to: { readonly kind: 'file'; readonly file: string } | { readonly kind: 'package'; readonly name: string },
): void {
  const imports = record.imports.get(importer) ?? {}
  imports[specifier] = to.kind === 'file' ? to.file : to.name
  record.imports.set(importer, imports)
  if (to.kind === 'package') record.packages.add(to.name)
}

async function compile(tree: SourceTree, file: string, record: Recorder): Promise<[string, UserModule]> {
  const source = tree.read(file)
  const compiled = await transform(source.kind === 'text' ? source.text : '', {
    loader: 'ts',
    format: 'esm',
    target,
    charset: 'ascii',
    sourcemap: 'external',
    sourcefile: file,
    sourcesContent: false,
    tsconfigRaw,
    logLevel: 'silent',
  })
  return [file, { ...splitStatements(compiled.code), map: compiled.map, imports: record.imports.get(file) ?? {} }]
}

function toDiagnostic(message: Message, entry: string): Diagnostic {
  const span = message.location === null ? startOf(entry) : spanOfLocation(message.location)
  const finding: unknown = message.detail
  if (typeof finding === 'function') return finding({ span }) as Diagnostic
  if (message.text.startsWith('Top-level await')) return topLevelAwait({ span })
  const [, module, name] = /^No matching export in "(?:mesh:)?(.+)" for import "(.+)"$/.exec(message.text) ?? []
  if (name !== undefined) return exportMissing({ span }, { reason: `"${module}" exports no "${name}"` })
  const notes = message.notes.map(each => each.text)
  return syntaxError({ span, notes }, { reason: message.text })
}

/** esbuild counts columns from 0 and in bytes of UTF-8; a length never goes beyond its line. */
function spanOfLocation(location: Location): Span {
  const line = Buffer.from(location.lineText)
  const width = (bytes: number) => line.subarray(0, bytes).toString().length
  return {
    file: location.file.startsWith(`${namespace}:`) ? location.file.slice(namespace.length + 1) : location.file,
    line: location.line,
    column: width(location.column) + 1,
    endLine: location.line,
    endColumn: width(location.column + location.length) + 1,
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

/**
 * The only window from a mesh to the disk: a folder, less all that lies outside of it.
 *
 * Bundler, type-checker and YAML reader see user files through a SourceTree alone. Paths in it are relative to the root,
 * with forward slashes. A path that leaves the root, by `..` or by a symbolic link, has no content here.
 */
import { closeSync, type Dirent, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import {
  fileDenied,
  fileForeign,
  folderAboveMeshes,
  folderEmpty,
  linkOutside,
  pathMissing,
} from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { startOf } from '../../diagnostics/span.ts'
import { isObject } from '../../util/is-object.ts'
import { parsedJson } from './json-stream.ts'
import { isMeshFolder, meshFile, namedFolders } from './mesh-folders.ts'

/** What reading one file gave. */
export type Source =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'outside' }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'not-utf8'; readonly line: number }
  | { readonly kind: 'denied' }

export interface SourceTree {
  /** Real path of the folder. */
  readonly root: string
  /** The TypeScript module that the mesh starts from; absent for a mesh of YAML alone. */
  readonly entry?: string
  /** Files of YAML and JSON to load, sorted. */
  readonly yaml: readonly string[]
  /** Reads a file, once: what a load sees of a file does not change under it. */
  readonly read: (file: string) => Source
  /** What has been read so far, by path. */
  readonly sources: ReadonlyMap<string, string>
}

export interface TreeOptions {
  readonly path: string
  /** What the path `-` stands for. */
  readonly standardInput?: Uint8Array
  readonly ignore: readonly string[]
  /** Are meshes below a folder that is none left out? Default: they are named instead of a tree. */
  readonly withoutMeshes?: boolean
  /** The largest file, bytes. */
  readonly fileBytes: number
}

/** Opens the folder or file that `path` names; findings instead of a tree where there is nothing to load. */
export function openTree(options: TreeOptions): Outcome<SourceTree | undefined> {
  if (options.standardInput !== undefined) return openInput(options.standardInput, options.fileBytes)
  const path = realPath(resolve(options.path))
  if (path === undefined) return { value: undefined, diagnostics: [pathMissing({}, { path: options.path })] }
  if (!statSync(path).isDirectory()) return openFile(path, options)
  const entry = isFile(join(path, meshFile)) ? { entry: meshFile } : {}
  const { files: all, meshes, diagnostics } = listDocuments(path, options)
  const isWhole = entry.entry !== undefined || meshes.length === 0 || isFile(join(path, 'mesh.config.ts'))
  if (!isWhole && !options.withoutMeshes) {
    const folders = namedFolders(meshes).map(folder => (folder === '…' ? folder : join(options.path, folder)))
    return {
      value: undefined,
      diagnostics: [folderAboveMeshes({}, { path: options.path, folders: folders.join(', ') })],
    }
  }
  const files = isWhole ? all : all.filter(file => !meshes.some(folder => file.startsWith(`${folder}/`)))
  if (entry.entry === undefined && files.length === 0) {
    return { value: undefined, diagnostics: [...diagnostics, folderEmpty({}, { path: options.path })] }
  }
  return { value: treeOf(path, { ...entry, yaml: files }, options.fileBytes), diagnostics }
}

function openFile(path: string, options: TreeOptions): Outcome<SourceTree | undefined> {
  const name = basename(path)
  const parts =
    isYaml(name) || isJson(name) ? { yaml: [name] } : name.endsWith('.ts') ? { entry: name, yaml: [] } : undefined
  if (parts === undefined) return { value: undefined, diagnostics: [fileForeign({}, { path: options.path })] }
  return { value: treeOf(dirname(path), parts, options.fileBytes), diagnostics: [] }
}

/** How findings name standard input. */
const inputName = '<stdin>'

/** The working directory with standard input as its only document: options and policies hold as for a file there. */
function openInput(bytes: Uint8Array, fileBytes: number): Outcome<SourceTree> {
  const tree = treeOf(realpathSync('.'), { yaml: [inputName] }, fileBytes)
  const source: Source = bytes.length > fileBytes ? { kind: 'too-large', bytes: bytes.length } : decode(bytes)
  const sources = tree.sources as Map<string, string>
  if (source.kind === 'text') sources.set(inputName, source.text)
  return { value: { ...tree, read: file => (file === inputName ? source : tree.read(file)) }, diagnostics: [] }
}

function treeOf(
  root: string,
  parts: { readonly entry?: string; readonly yaml: readonly string[] },
  fileBytes: number,
): SourceTree {
  const read = new Map<string, Source>()
  const sources = new Map<string, string>()
  return {
    root,
    ...parts,
    sources,
    read(file) {
      const known = read.get(file)
      if (known !== undefined) return known
      const source = readFrom(root, file, fileBytes)
      read.set(file, source)
      if (source.kind === 'text') sources.set(file, source.text)
      return source
    },
  }
}

/**
 * Reads a file by its path from the root.
 *
 * @param isConfined whether what lies outside of the root has content. Default: it has none
 */
export function readFrom(root: string, file: string, fileBytes: number, isConfined = true): Source {
  const wanted = resolve(root, file)
  if (isConfined && !isInside(root, wanted)) return { kind: 'outside' }
  try {
    const real = realpathSync(wanted)
    return !isConfined || isInside(root, real) ? readReal(real, fileBytes) : { kind: 'outside' }
  } catch (error) {
    // Editors replace a file by removing it: between two calls it may be gone.
    return { kind: isDenied(error) ? 'denied' : 'missing' }
  }
}

function readReal(real: string, fileBytes: number): Source {
  const stat = statSync(real)
  if (!stat.isFile()) return { kind: 'missing' }
  // Before reading: a file of many gigabytes must not even be touched.
  if (stat.size > fileBytes) return { kind: 'too-large', bytes: stat.size }
  return decode(readFileSync(real))
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')
}

function decode(bytes: Uint8Array): Source {
  try {
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    const [good = ''] = new TextDecoder().decode(bytes).split('\ufffd')
    return { kind: 'not-utf8', line: good.split('\n').length }
  }
}

/** True where `path` is `root` or below it; both absolute and normalised. */
export function isInside(root: string, path: string): boolean {
  const between = relative(root, path)
  return between === '' || !(between === '..' || between.startsWith(`..${sep}`) || isAbsolute(between))
}

interface Listed {
  /** Documents, in a stable order, which no file system's own order touches. */
  readonly files: readonly string[]
  /** Folders that are meshes of their own, sorted. */
  readonly meshes: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** All that is below the root and may be meant. */
function listDocuments(root: string, { ignore, fileBytes }: TreeOptions): Listed {
  const ignored = new Set(ignore.map(folder => relative(root, resolve(root, folder)).split(sep).join('/')))
  const files: string[] = []
  const meshes: string[] = []
  const diagnostics: Diagnostic[] = []
  const read = (file: string) => {
    const source = readFrom(root, file, fileBytes)
    return source.kind === 'text' ? source.text : undefined
  }
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(root, folder, diagnostics)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.name === meshFile && !entry.isDirectory() && folder !== '' && isMeshFolder(folder, read))
        meshes.push(folder)
      if (entry.isDirectory() && isWalked(entry, path, ignored) && !isBuilt(join(root, path))) folders.push(path)
      else if (isJson(entry.name) && !isObjectFile(readFrom(root, path, fileBytes))) continue
      else if (!isYaml(entry.name) && !isJson(entry.name)) continue
      else if (entry.isFile()) files.push(path)
      else if (entry.isSymbolicLink()) addLink(root, path, files, diagnostics)
    }
  }
  return { files: files.sort(), meshes: meshes.sort(), diagnostics }
}

function entriesOf(root: string, folder: string, diagnostics: Diagnostic[]): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true })
  } catch (error) {
    // What may not be listed is named; what went away meanwhile holds nothing.
    if (isDenied(error)) diagnostics.push(fileDenied({}, { file: folder === '' ? '.' : folder }))
    return []
  }
}

/** A link to a file inside is the file; links to folders are never followed, so that nothing loads twice. */
function addLink(root: string, path: string, files: string[], diagnostics: Diagnostic[]): void {
  const real = realPath(join(root, path))
  if (real === undefined || !isInside(root, real))
    diagnostics.push(linkOutside({ span: startOf(path) }, { file: path }))
  else if (isFile(real)) files.push(path)
}

function isWalked(entry: Dirent, path: string, ignored: ReadonlySet<string>): boolean {
  return !entry.name.startsWith('.') && entry.name !== 'node_modules' && !ignored.has(path)
}

/** How `digest.json` begins, which `mesh build` writes beside its output. */
const builtMark = /^\{\s*"revision":\s*"[0-9a-f]{64}",\s*"files":/

/** Is this what an earlier build has written? Loaded, it would declare everything a second time. */
function isBuilt(folder: string): boolean {
  const file = join(folder, 'digest.json')
  if (!isFile(file)) return false
  try {
    const descriptor = openSync(file, 'r')
    const start = Buffer.alloc(256)
    const length = readSync(descriptor, start)
    closeSync(descriptor)
    return builtMark.test(start.toString('utf8', 0, length))
  } catch {
    // Not ours to read, so not ours.
    return false
  }
}

function isYaml(name: string): boolean {
  return name.endsWith('.yaml') || name.endsWith('.yml')
}

function isJson(name: string): boolean {
  return name.endsWith('.json')
}

/**
 * Is this a Kubernetes object? Folders hold all kinds of JSON (settings, schemas, fixtures), and only what names
 * apiVersion and kind is meant to be one. One with a syntax error is told by its text: left out, it would be missing.
 */
function isObjectFile(source: Source): boolean {
  if (source.kind !== 'text') return false
  const value = parsedJson(source.text)
  if (value === undefined) return /"apiVersion"\s*:\s*"/.test(source.text) && /"kind"\s*:\s*"/.test(source.text)
  return isObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string'
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    // Nothing is there, or a link that leads to itself.
    return false
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

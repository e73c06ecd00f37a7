import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { commandFailed } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'

const manifest = 'digest.json'

/** What a write has changed. */
export interface Written {
  readonly written: number
  readonly removed: number
  readonly unchanged: number
}

/**
 * Writes a build into its folder: each file whole or not at all, `digest.json` last, so that it never speaks of files
 * that are not there. Files of the last build that are no longer part of it are removed; nobody else's are touched.
 *
 * @throws Failure where the folder can't be written to
 */
export function writeOutput(folder: string, files: ReadonlyMap<string, string>): Written {
  try {
    return writeAll(folder, files)
  } catch (error) {
    const { message } = error as Error
    // `EACCES: permission denied, mkdir '/out'`
    const words = /^[A-Z]+: ([^,]+),/.exec(message)?.[1] ?? message
    const what = `the output folder ${folder} can't be written to: ${words}`
    throw new Failure(commandFailed({}, { what, remedy: 'name another one with -o, or mend its permissions' }))
  }
}

/** A file or folder there that no build has written; undefined where a build has been, whole or interrupted. */
export function foreignFile(folder: string): string | undefined {
  if (existsSync(join(folder, manifest))) return undefined
  try {
    return readdirSync(folder).find(name => !/^(kubernetes|istio|envoy)$|^digest\.json/.test(name))
  } catch {
    // Not there yet, or nothing to write to, which writing will say.
    return undefined
  }
}

/** What lies where the folder would be, or one above it, and is no folder. */
export function fileInTheWay(folder: string): string | undefined {
  let path = folder
  while (statSync(path, { throwIfNoEntry: false }) === undefined) {
    const above = dirname(path)
    if (above === path) return undefined
    path = above
  }
  return statSync(path).isDirectory() ? undefined : path
}

function writeAll(folder: string, files: ReadonlyMap<string, string>): Written {
  const before = readManifest(folder)
  const ordered = [...files].sort(([a], [b]) => Number(a === manifest) - Number(b === manifest))
  let written = 0
  for (const [path, text] of ordered) if (writeOne(join(folder, path), text)) written += 1
  const stale = before.filter(path => !files.has(path))
  for (const path of stale) removeFile(folder, path)
  return { written, removed: stale.length, unchanged: files.size - written }
}

/** Paths of the last build. A manifest that is no longer ours to read means that we own nothing here. */
function readManifest(folder: string): string[] {
  try {
    const { files } = JSON.parse(readFileSync(join(folder, manifest), 'utf8')) as { files?: object }
    return Object.keys(files ?? {}).filter(path => /^(kubernetes|istio|envoy)\/[^/]+$/.test(path))
  } catch {
    return []
  }
}

function writeOne(path: string, text: string): boolean {
  if (isSame(path, text)) return false
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    writeFileSync(temporary, text)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  return true
}

function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text
  } catch {
    return false
  }
}

function removeFile(folder: string, path: string): void {
  rmSync(join(folder, path), { force: true })
  try {
    rmdirSync(dirname(join(folder, path)))
  } catch {
    // Not empty: other files are there.
  }
}

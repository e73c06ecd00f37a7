import { relative, sep } from 'node:path'
import { inputUnreadable, optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { folderOf, realPath } from '../local/state/state-folder.ts'
import type { LoadOptions } from '../phases/1-load/loaded.ts'

/** The argument of commands that compile a mesh once. */
export const sourceArgument = [
  '[path]',
  'a folder with mesh.ts, a *.ts, *.yaml or *.json file, or - for standard input',
  '.',
] as const

const standardInput = '-'

/** More than any source may have: what an endless stream is read of, before the loader says that it is too large. */
const readBytes = 10_000_000

/**
 * What a command is to compile; reads standard input where the path is `-`.
 *
 * @throws Failure where there is nothing at the path, or standard input can't be read
 */
export async function readSource(path: string): Promise<Pick<LoadOptions, 'path' | 'standardInput'>> {
  if (path !== standardInput) {
    folderOf(path)
    return { path }
  }
  if (process.stdin.isTTY) process.stderr.write('reading YAML or JSON from standard input; Ctrl-D ends it\n')
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > readBytes) break
    }
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new Failure(inputUnreadable({}, { file: 'standard input', reason }))
  }
  return { path, standardInput: Buffer.concat(chunks) }
}

/** The folder that a path's mesh belongs to: standard input belongs to the working directory. */
export function sourceFolder(path: string): string {
  return folderOf(path === standardInput ? '.' : path)
}

/** @throws Failure where a command that goes on with each change is to read standard input, which does not change */
export function assertWatchable(path: string, command: string): void {
  if (path !== standardInput) return
  const problem = `is standard input, and \`${command}\` goes on with each change of a file`
  throw new Failure(optionInvalid({}, { option: path, problem, remedy: 'save the documents to a file, and name that' }))
}

/** The output folder is no source, where it lies in the mesh's own folder. */
export function outputWithin(path: string, out: string): string[] {
  const inside = relative(sourceFolder(path), realPath(out))
  return inside === '' || inside.split(sep)[0] === '..' ? [] : [inside]
}

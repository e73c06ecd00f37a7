/** Which of the folders below one are meshes: many a project has a file called mesh.ts that is about something else. */
import { posix } from 'node:path'

/** The file that a mesh starts from. */
export const meshFile = 'mesh.ts'

const vocabulary = /['"]meshwright['"]/

/** What a module runs of its neighbours: types alone declare nothing. */
const neighbours = /^(?:import|export)\s+(?!type\b)(?:[^'"]*\bfrom\s+)?['"](\.\.?\/[^'"]+)['"]/gm

/** Does a folder's mesh.ts declare anything, itself or by what it imports from beside it? */
export function isMeshFolder(folder: string, read: (file: string) => string | undefined): boolean {
  const text = read(posix.join(folder, meshFile)) ?? ''
  if (vocabulary.test(text)) return true
  return [...text.matchAll(neighbours)].some(([, path]) => vocabulary.test(read(posix.join(folder, path!)) ?? ''))
}

/** Where tools put what they make. */
const output = /(?:^|\/)(?:build|dist|out|target|vendor)(?:\/|$)/

/** More folders than these are not named. */
const longestList = 5

/** Those that an author may mean: copies in an output folder are named where there is nothing else. */
export function namedFolders(folders: readonly string[]): readonly string[] {
  const own = folders.filter(folder => !output.test(folder))
  const named = own.length > 0 ? own : folders
  return named.length > longestList ? [...named.slice(0, longestList), '…'] : named
}

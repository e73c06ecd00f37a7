import { relative } from 'node:path'
import { alreadyUp } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { type Holder, liveHolder } from '../local/state/instance-lock.ts'
import { folderOf, type StateFolder, stateFolders } from '../local/state/state-folder.ts'

export interface FoundInstance {
  readonly state: StateFolder
  /** Who runs it; undefined where nobody does. */
  readonly holder: Holder | undefined
}

/** The instance of a mesh's folder: the one that runs, else the place where it would. `serve` has its own. */
export function findInstance(path: string, role: 'up' | 'serve' = 'up'): FoundInstance {
  const folders = stateFolders(path, process.env, role)
  for (const state of folders) {
    const holder = liveHolder(state)
    if (holder !== undefined) return { state, holder }
  }
  // Nothing runs there: then a path that does not exist is a mistake, and no folder that is gone.
  folderOf(path)
  return { state: folders[0], holder: undefined }
}

/** @throws Failure where the mesh is up already */
export function assertNotUp({ state, holder }: FoundInstance): void {
  if (holder !== undefined) throw new Failure(alreadyUp({}, { folder: shortPath(state.dir), pid: holder.pid }))
}

/** A folder as the user would type it. */
export function shortPath(dir: string): string {
  const path = relative(process.cwd(), dir)
  return path === '' ? '.' : path.startsWith('..') ? dir : path
}

import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { alreadyUp, leftBehind, notUp, severalUp } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { type ChildRecord, liveChildren } from '../local/state/child-records.ts'
import { type Holder, liveHolder, takenBelow } from '../local/state/instance-lock.ts'
import { folderOf, type StateFolder, stateFolders } from '../local/state/state-folder.ts'
import { counted } from '../util/counted.ts'

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

/** The argument of commands about what runs here: see `meantFolder`. */
export const dirArgument = [
  '[dir]',
  'the mesh’s folder, or a file in it; default: this one, else the only one below it that is up',
] as const

/**
 * The folder that a command is about where it names none: this one, or else the only one below it whose mesh runs, so
 * that `npm start` in a project is followed by `mesh status`, and not by a search for its folder.
 *
 * @param isLeftToo also one whose `mesh up` was killed: there may be something left to end
 * @throws Failure where several run
 */
export function meantFolder(named: string | undefined, isLeftToo = false): string {
  if (named !== undefined) return named
  const here = folderOf('.')
  const below = takenBelow(here).filter(({ isLive }) => isLive || isLeftToo)
  const isHere = existsSync('mesh.ts') || below.some(({ dir }) => dir === here)
  if (isHere || below.length === 0) return '.'
  if (below.length === 1) return below[0]!.dir
  throw new Failure(severalUp({}, { folders: below.map(({ dir }) => shortPath(dir)).join(', ') }))
}

/** Why nothing answers for a folder: nobody runs it, or he who did was killed and has left programs. */
export function notUpHere(named: string | undefined): Failure {
  const dir = meantFolder(named)
  const killed = named === undefined ? takenBelow(folderOf('.')).filter(({ isLive }) => !isLive) : []
  for (const each of [dir, ...killed.map(taken => taken.dir)]) {
    for (const state of (['up', 'serve'] as const).flatMap(role => stateFolders(each, process.env, role))) {
      if (liveHolder(state) !== undefined) continue
      const left = liveChildren(state)
      if (left.length > 0) return new Failure(leftBehind({}, { folder: shortPath(state.dir), ...described(left) }))
    }
  }
  const elsewhere = named === undefined ? upElsewhere() : undefined
  return new Failure(
    notUp({ ...(elsewhere === undefined ? {} : { notes: [elsewhere] }) }, { folder: shortPath(folderOf(dir)) }),
  )
}

/** What may have been meant where no folder is named, and nothing is up here or below. */
export function upElsewhere(): string | undefined {
  const live = takenBelow('/').filter(({ isLive }) => isLive)
  return live.length === 0 ? undefined : `up elsewhere: ${listed(live.map(({ dir }) => shortPath(dir)))}`
}

/** More than these are not named. */
const longestList = 5

function described(left: readonly ChildRecord[]): { readonly processes: string; readonly names: string } {
  const texts = left.map(({ id, pid }) => (id === 'unrecorded' ? `process ${pid}` : `${id} (${pid})`))
  return { processes: counted(left.length, 'process', 'processes'), names: listed(texts) }
}

function listed(texts: readonly string[]): string {
  const more = texts.length > longestList ? ` and ${texts.length - longestList} more` : ''
  return texts.slice(0, longestList).join(', ') + more
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

import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import { alreadyUp } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'
import { type Env, folderOf, lockFiles, type StateFolder } from './state-folder.ts'

/** Who runs an instance. */
export interface Holder extends ProcessIdentity {
  /** ISO 8601. */
  readonly since: string
  /** The mesh's folder, by which an instance is found that nobody has named. */
  readonly dir?: string
}

/**
 * Takes the instance for this process.
 *
 * A holder that no longer lives is replaced; one that does is named in the error.
 *
 * @throws Failure where another process runs this instance
 */
export function takeLock(state: StateFolder): Holder {
  const identity = identify(process.pid)
  if (identity === undefined) throw new Error('this process has no start time')
  const holder: Holder = { ...identity, since: new Date().toISOString(), dir: state.dir }
  const mine = `${state.lock}.${process.pid}`
  writeFileSync(mine, JSON.stringify(holder), { mode: 0o600 })
  try {
    // Twice at most: the second time round the stale lock is gone, and whoever holds it then is alive.
    while (!linked(mine, state.lock)) {
      const other = readLock(state)
      if (other !== undefined && isAlive(other)) {
        throw new Failure(alreadyUp({}, { folder: state.dir, pid: other.pid }))
      }
      removeStale(state, other)
    }
    return holder
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Gives the instance up, if this process holds it. */
export function releaseLock(state: StateFolder): void {
  if (readLock(state)?.pid === process.pid) rmSync(state.lock, { force: true })
}

/** Who took the instance last; undefined where nobody did, or gave it up properly. */
export function readLock(state: StateFolder): Holder | undefined {
  return readLockFile(state.lock)
}

function readLockFile(path: string): Holder | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isHolder(read) ? read : undefined
  } catch {
    return undefined
  }
}

/** Who runs the instance now. */
export function liveHolder(state: StateFolder): Holder | undefined {
  const holder = readLock(state)
  return holder !== undefined && isAlive(holder) ? holder : undefined
}

/** A folder whose mesh somebody runs or serves, or did until he was killed. */
export interface TakenFolder {
  readonly dir: string
  readonly isLive: boolean
}

/** Those at or below a folder, each once, sorted. */
export function takenBelow(path: string, env: Env = process.env): readonly TakenFolder[] {
  const above = folderOf(path)
  const live = new Map<string, boolean>()
  for (const holder of lockFiles(env).map(readLockFile)) {
    if (typeof holder?.dir !== 'string' || !isWithin(above, holder.dir)) continue
    live.set(holder.dir, live.get(holder.dir) === true || isAlive(holder))
  }
  return [...live].map(([dir, isLive]) => ({ dir, isLive })).sort((a, b) => (a.dir < b.dir ? -1 : 1))
}

function isWithin(above: string, dir: string): boolean {
  const path = relative(above, dir)
  return path.split(sep)[0] !== '..' && !isAbsolute(path)
}

// A link appears with its content, or not at all: unlike a file that is created first and written then.
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Moves a stale lock away first, so that of two who find it only one removes it, and nobody a fresh one. */
function removeStale(state: StateFolder, stale: Holder | undefined): void {
  const aside = `${state.lock}.stale.${process.pid}`
  try {
    renameSync(state.lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = readLock({ ...state, lock: aside })
  if (moved?.pid !== stale?.pid || moved?.started !== stale?.started) linked(aside, state.lock)
  rmSync(aside, { force: true })
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, started, since } = value as Partial<Record<keyof Holder, unknown>>
  return Number.isSafeInteger(pid) && typeof started === 'string' && typeof since === 'string'
}

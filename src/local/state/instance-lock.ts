import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { alreadyUp } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'
import type { StateFolder } from './state-folder.ts'

/** Who runs an instance. */
export interface Holder extends ProcessIdentity {
  /** ISO 8601. */
  readonly since: string
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
  const holder: Holder = { ...identity, since: new Date().toISOString() }
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
  try {
    const read: unknown = JSON.parse(readFileSync(state.lock, 'utf8'))
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

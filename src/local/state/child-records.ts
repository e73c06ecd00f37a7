import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts'
import type { StateFolder } from './state-folder.ts'

/** A process that an instance started; it leads a process group of its own. */
export interface ChildRecord extends ProcessIdentity {
  /** The supervised process' id, `app:details-v1`. */
  readonly id: string
  readonly command: string
}

/**
 * Names the instance in the environment of all that it starts: a process that was started, but not recorded before a
 * kill -9, is recognised by it, and so are the children of one that has gone.
 */
export const instanceVariable = 'MESHWRIGHT_INSTANCE'

/** Between the polite signal and the other. ms */
const graceMs = 2000

/** Writes who runs, in one step: a reader sees the old list or the new one. */
export function writeChildren(state: StateFolder, children: readonly ChildRecord[]): void {
  const next = `${state.children}.next`
  writeFileSync(next, JSON.stringify(children), { mode: 0o600 })
  renameSync(next, state.children)
}

/** Who was recorded last. */
export function readChildren(state: StateFolder): readonly ChildRecord[] {
  try {
    const read: unknown = JSON.parse(readFileSync(state.children, 'utf8'))
    return Array.isArray(read) ? read.filter(isChild) : []
  } catch {
    return []
  }
}

/**
 * What runs of an instance: exactly its own processes, known by number and start time, or by the instance's name in their
 * environment (Linux).
 */
export function liveChildren(state: StateFolder): readonly ChildRecord[] {
  const recorded = readChildren(state).filter(isAlive)
  const known = new Set(recorded.map(child => child.pid))
  const marked = markedProcesses(state.id).filter(identity => !known.has(identity.pid))
  return [...recorded, ...marked.map(identity => ({ ...identity, id: 'unrecorded', command: '' }))]
}

/**
 * Ends what an instance that was killed left running.
 *
 * @returns those that it ended, for the report
 */
export async function reapChildren(state: StateFolder): Promise<readonly ChildRecord[]> {
  const all = liveChildren(state)
  if (all.length === 0) return []
  for (const child of all) kill(child, 'SIGTERM')
  const deadline = Date.now() + graceMs
  while (all.some(isAlive) && Date.now() < deadline) await sleep(20)
  for (const child of all.filter(isAlive)) kill(child, 'SIGKILL')
  while (all.some(isAlive) && Date.now() < deadline + graceMs) await sleep(20)
  return all
}

function kill(child: ChildRecord, signal: NodeJS.Signals): void {
  for (const target of child.id === 'unrecorded' ? [child.pid] : [-child.pid, child.pid]) {
    try {
      process.kill(target, signal)
      // A stopped process (SIGSTOP) takes no other signal before it goes on.
      if (signal === 'SIGTERM') process.kill(target, 'SIGCONT')
    } catch {
      // It has ended by itself.
    }
  }
}

/** Processes of this user whose environment names the instance; none where the system doesn't tell. */
function markedProcesses(instance: string): readonly ProcessIdentity[] {
  if (process.platform !== 'linux') return []
  const mark = `\0${instanceVariable}=${instance}\0`
  const found: ProcessIdentity[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    try {
      if (!`\0${readFileSync(`/proc/${name}/environ`, 'utf8')}`.includes(mark)) continue
    } catch {
      continue
    }
    const identity = identify(Number(name))
    if (identity !== undefined) found.push(identity)
  }
  return found
}

function isChild(value: unknown): value is ChildRecord {
  if (typeof value !== 'object' || value === null) return false
  const { pid, started, id } = value as Partial<Record<keyof ChildRecord, unknown>>
  return Number.isSafeInteger(pid) && Number(pid) > 1 && typeof started === 'string' && typeof id === 'string'
}

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A process, such that a later one with the same number is not mistaken for it. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, in the words of the system: compared, never interpreted. */
  readonly started: string
}

/** The identity of a running process; undefined where there is none with this number, or only a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid)
  return started === undefined ? undefined : { pid, started }
}

/** Does this very process still run? */
export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started
}

/** The command line of a process, for a person to read; undefined where it can't be had. */
export function commandOf(pid: number): string | undefined {
  try {
    const text =
      process.platform === 'linux'
        ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        : spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout
    return text.trim() || undefined
  } catch {
    return undefined
  }
}

// proc(5): field 3 is the state, field 22 the start time in clock ticks since boot. Field 2, the name, may hold
// blanks and brackets, so counting starts after its last closing one.
function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : fields[22 - 3]
  } catch {
    return undefined
  }
}

function startedByPs(pid: number): string | undefined {
  const run = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(run.stdout ?? '') ?? []
  return state === undefined || state.startsWith('Z') ? undefined : started
}

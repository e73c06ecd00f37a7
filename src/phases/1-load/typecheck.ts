import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CheckAnswer, CheckRequest } from './check-process.ts'
import { isInstalled, ownFolder, type Packages } from './packages.ts'
import { forbiddenGlobals } from './sandbox-prelude.ts'
import type { SourceTree } from './source-tree.ts'

export type { CheckAnswer, CheckMessage } from './check-process.ts'

/** Either an answer or why there is none. */
export type CheckOutcome =
  | { readonly kind: 'answer'; readonly answer: CheckAnswer }
  | { readonly kind: 'failed'; readonly reason: string }

export interface CheckOptions {
  readonly tree: SourceTree
  readonly roots: readonly string[]
  readonly packages: Packages
  readonly skipTypes: boolean
  /** Wall time, ms. Default: a minute, far above what a mesh of 5,000 services needs. */
  readonly timeMs?: number
}

const defaultTimeMs = 60_000
const memoryBytes = 2 * 1024 * 1024 * 1024
const memoryPollMs = 100

const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
const ownRoot = dirname(ownFolder)

/** One warm process is kept, with its parsed library files. */
let idle: ChildProcess | undefined

/** Type-checks modules and extracts their syntax, in a process of its own. Never rejects. */
export function typecheck(options: CheckOptions): Promise<CheckOutcome> {
  const timeMs = options.timeMs ?? defaultTimeMs
  const child = idle ?? startProcess()
  idle = undefined
  hold(child)
  return new Promise(resolve => {
    const listeners = {
      message: (answer: unknown) => settle({ kind: 'answer', answer: answer as CheckAnswer }),
      error: (error: Error) => settle({ kind: 'failed', reason: error.message }),
      exit: () => settle({ kind: 'failed', reason: 'its process ended' }),
    }
    const settle = (outcome: CheckOutcome) => {
      clearTimeout(deadline)
      clearInterval(watch)
      for (const [event, listener] of Object.entries(listeners)) child.off(event, listener)
      if (outcome.kind === 'answer' && idle === undefined) letGo(child)
      else kill(child)
      resolve(outcome)
    }
    for (const [event, listener] of Object.entries(listeners)) child.on(event, listener)
    const deadline = setTimeout(
      () => settle({ kind: 'failed', reason: `it took more than ${timeMs / 1000} s` }),
      timeMs,
    )
    const watch = setInterval(() => {
      if (residentBytes(child) > memoryBytes) settle({ kind: 'failed', reason: 'it took more than 2 GB of memory' })
    }, memoryPollMs)
    child.send(requestOf(options))
  })
}

/** Starts the process ahead of the first check. */
export function warmUpTypecheck(): void {
  if (idle === undefined) letGo(startProcess())
}

function requestOf(options: CheckOptions): CheckRequest {
  const installed = Object.keys(options.packages).filter(name => isInstalled(options.packages, name))
  const path = (name: string) => relative(ownRoot, options.packages[name]!).split(sep).join('/')
  return {
    files: typeClosure(options.tree, options.roots),
    roots: options.roots,
    packages: Object.fromEntries(installed.map(name => [name, path(name)])),
    ownRoot,
    forbiddenNames: Object.keys(forbiddenGlobals),
    skipTypes: options.skipTypes,
  }
}

/**
 * The sources that a check may ask for: whatever a relative path in a source may name, types included, which the
 * bundler never sees. Too many do no harm: all are the tree's own.
 */
function typeClosure(tree: SourceTree, roots: readonly string[]): { [file: string]: string } {
  const files: { [file: string]: string } = {}
  const pending = [...roots]
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (Object.hasOwn(files, file)) continue
    const source = tree.read(file)
    if (source.kind !== 'text') continue
    files[file] = source.text
    for (const [, path = ''] of source.text.matchAll(/['"](\.\.?\/[^'"\n]+)['"]/g)) {
      const target = posix.normalize(posix.join(posix.dirname(file), path))
      if (target.startsWith('../')) continue
      pending.push(...(target.endsWith('.ts') ? [target] : [`${target}.ts`, `${target}.d.ts`]))
    }
  }
  return files
}

function startProcess(): ChildProcess {
  const child = fork(fileURLToPath(new URL(`./check-process${extension}`, import.meta.url)), {
    // GOMEMLIMIT makes the checker, which is written in Go, collect its garbage before our own limit is reached.
    env: { GOMEMLIMIT: '1500MiB' },
    execArgv: ['--max-old-space-size=512', '--no-warnings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    cwd: '/',
    // A group of its own, so that the checker and the process that talks to it end together.
    detached: true,
    serialization: 'advanced',
  })
  live.add(child)
  child.once('exit', () => {
    live.delete(child)
    if (idle === child) idle = undefined
  })
  // Without a listener an error would be thrown; 'exit' tells the rest.
  child.on('error', () => {})
  return child
}

function hold(child: ChildProcess): void {
  child.ref()
  child.channel?.ref()
}

function letGo(child: ChildProcess): void {
  child.unref()
  child.channel?.unref()
  idle = child
}

const live = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of live) kill(child)
})

function kill(child: ChildProcess): void {
  live.delete(child)
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** Memory of the process and its checker, bytes; 0 where the system has no /proc. */
function residentBytes(child: ChildProcess): number {
  try {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')
    return [String(child.pid), ...children.filter(pid => pid !== '')].reduce((sum, pid) => sum + residentOf(pid), 0)
  } catch {
    return 0
  }
}

/** Second field of statm: pages of 4 KB that are in memory (proc(5)). */
function residentOf(pid: string): number {
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096
}

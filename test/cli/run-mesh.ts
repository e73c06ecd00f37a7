import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

/** The command's file, as sources run it. */
export const entry = join(import.meta.dirname, '../../src/cli/main.ts')

/** What a run of `mesh` gave. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of `mesh` that goes on. */
export interface Started {
  readonly child: ChildProcess
  /** What it has said so far. */
  stderr(): string
  readonly ended: Promise<Finished>
  /** Sends SIGTERM; gives the exit code, or undefined where it goes on for ten times as long as it may take. */
  stop(): Promise<number | null | undefined>
}

/** Starts `mesh` in a folder. */
export function startMesh(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Started {
  const child = spawn(process.execPath, ['--conditions=source', entry, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', chunk => {
    stdout += chunk
  })
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<Finished>(resolve => child.on('close', code => resolve({ code, stdout, stderr })))
  const stop = async () => {
    child.kill('SIGTERM')
    return Promise.race([ended.then(({ code }) => code), sleep(5000, undefined, { ref: false })])
  }
  return { child, stderr: () => stderr, ended, stop }
}

/** Runs `mesh` to its end, in a folder. */
export function meshIn(cwd: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> {
  return startMesh(cwd, args, env).ended
}

/** One process that runs command lines of `mesh` one after the other, where there are many of them. */
class MeshProcess implements Disposable {
  readonly #child = fork(join(import.meta.dirname, 'many-runs.ts'), {
    execArgv: ['--conditions=source'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  #last: Promise<unknown> = Promise.resolve()

  run(cwd: string, args: readonly string[]): Promise<Finished> {
    const ran = this.#last.then(async () => {
      this.#child.send({ cwd, args })
      const done = new AbortController()
      const told = (event: 'message' | 'exit') => once(this.#child, event, { signal: done.signal })
      const gone = told('exit').then(([code]) => assert.fail(`mesh ended by itself, with ${code}`))
      try {
        const [finished] = await Promise.race([told('message'), gone])
        return finished as Finished
      } finally {
        gone.catch(() => undefined)
        done.abort()
      }
    })
    this.#last = ran.catch(() => undefined)
    return ran
  }

  [Symbol.dispose](): void {
    this.#child.kill()
  }
}

/** Runs `mesh` to its end, in a folder, in one process for all runs of a test file. */
export function meshOfFile(): (cwd: string, args: readonly string[]) => Promise<Finished> {
  let mesh: MeshProcess | undefined
  after(() => mesh?.[Symbol.dispose]())
  return (cwd, args) => {
    mesh ??= new MeshProcess()
    return mesh.run(cwd, args)
  }
}

/** Runs `mesh` to its end, in a folder, with a text as its standard input. */
export function meshReading(input: string, cwd: string, args: readonly string[]): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', entry, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { code: status, stdout, stderr }
}

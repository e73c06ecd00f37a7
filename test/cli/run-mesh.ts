import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The command's file, as sources run it. */
export const entry = join(import.meta.dirname, '../../src/cli/main.ts')

/** What a run of `mesh` gave. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `mesh` to its end, in a folder. */
export function meshIn(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Finished> {
  return new Promise(resolve => {
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
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}

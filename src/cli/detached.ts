import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { alreadyUp } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { makeStateFolder } from '../local/state/state-folder.ts'
import { findInstance, shortPath } from './find-instance.ts'
import type { ExitCode } from './main.ts'

/** Tells the background process what it is: it has the same command line as the one that started it. */
const daemonVariable = 'MESHWRIGHT_DAEMON'

type Message =
  | { readonly kind: 'ready'; readonly urls: readonly string[] }
  | { readonly kind: 'progress'; readonly line: string }

/** Is this the background process of `mesh up --detach`? */
export function isDaemon(): boolean {
  return process.env[daemonVariable] === '1'
}

/** In the background process: says that all is ready. Nobody waits any longer, so the connection ends. */
export function reportReady(urls: readonly string[]): void {
  if (!isDaemon() || !process.connected) return
  process.send?.({ kind: 'ready', urls } satisfies Message, () => process.disconnect?.())
}

/** In the background process: passes a line of progress on while somebody waits. */
export function reportProgress(line: string): void {
  if (isDaemon() && process.connected) process.send?.({ kind: 'progress', line } satisfies Message)
}

/**
 * Starts this very command once more, in the background, and waits until it is ready or has failed: then what it
 * printed is printed here.
 */
export async function upDetached(path: string): Promise<ExitCode> {
  const { state, holder } = findInstance(path)
  if (holder !== undefined) throw new Failure(alreadyUp({}, { folder: shortPath(state.dir), pid: holder.pid }))
  makeStateFolder(state)
  const log = join(state.logs, 'mesh-up.log')
  const out = openSync(log, 'w', 0o600)
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    stdio: ['ignore', out, out, 'ipc'],
    env: { ...process.env, [daemonVariable]: '1', NO_COLOR: '1' },
  })
  closeSync(out)
  const interrupt = () => child.kill('SIGTERM')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt)
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const ready = new Promise<Message & { kind: 'ready' }>(resolve => {
    child.on('message', (message: Message) => {
      if (message.kind === 'ready') resolve(message)
      else process.stderr.write(`${message.line}\n`)
    })
  })
  const first = await Promise.race([ready, exited])
  if (typeof first === 'object' && first !== null) {
    child.unref()
    console.error(
      `${shortPath(state.dir)} is up (pid ${child.pid}); stop it with \`mesh down ${shortPath(state.dir)}\``,
    )
    process.stdout.write(first.urls.map(url => `${url}\n`).join(''))
    return 0
  }
  process.stderr.write(readFileSync(log))
  return first === 1 ? 1 : first === 0 ? 0 : 2
}

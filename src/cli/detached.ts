import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeStateFolder, type StateFolder } from '../local/state/state-folder.ts'
import { shortPath } from './find-instance.ts'
import type { ExitCode } from './main.ts'
import { typed } from './typed-command.ts'

/** Tells the background process what it is: it has the same command line as the one that started it. */
const daemonVariable = 'MESHWRIGHT_DAEMON'

type Message =
  | { readonly kind: 'ready'; readonly urls: readonly string[] }
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'end' }

/** Is this the background process of `mesh up --detach`? */
export function isDaemon(): boolean {
  return process.env[daemonVariable] === '1'
}

/** In the background process: says that all is ready. Nobody waits any longer, so the connection ends. */
export function reportReady(urls: readonly string[]): void {
  if (!isDaemon() || !process.connected) return
  process.send?.({ kind: 'ready', urls } satisfies Message, () => process.disconnect?.())
}

/** In the background process: passes on what concerns the author, while somebody waits. */
export function reportSaid(text: string): void {
  send({ kind: 'said', text })
}

/** In the background process: it ends by itself, and why has been said. */
export function reportEnd(): void {
  send({ kind: 'end' })
}

function send(message: Message): void {
  if (isDaemon() && process.connected) process.send?.(message)
}

/**
 * Starts this very command once more, in the background, and waits until it is ready or has failed. What concerns the
 * author is printed here too; the whole of its output, only where it ended without a word.
 */
export async function upDetached(state: StateFolder): Promise<ExitCode> {
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
  // Its last words may come after its exit; the connection ends after them.
  const silent = new Promise<void>(resolve => child.once('disconnect', resolve))
  const exited = new Promise<number | null>(resolve => child.once('exit', code => silent.then(() => resolve(code))))
  let isExplained = false
  const ready = new Promise<Message & { kind: 'ready' }>(resolve => {
    child.on('message', (message: Message) => {
      if (message.kind === 'ready') resolve(message)
      else if (message.kind === 'end') isExplained = true
      else process.stderr.write(message.text.replace(/\n*$/, '\n'))
    })
  })
  const first = await Promise.race([ready, exited])
  if (typeof first === 'object' && first !== null) {
    child.unref()
    console.error(
      `${shortPath(state.dir)} is up (pid ${child.pid}); stop it with \`${typed} down ${shortPath(state.dir)}\``,
    )
    process.stdout.write(first.urls.map(url => `${url}\n`).join(''))
    return 0
  }
  if (!isExplained) process.stderr.write(readFileSync(log))
  if (first === 0) return 0
  // Node ends with 1 too, where a mistake of ours is thrown.
  return first === 1 && isExplained ? 1 : 2
}

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StateFolder } from '../state/state-folder.ts'

/** Bytes; a file and its predecessor together hold at most twice this. */
export const maxLogBytes = 1024 * 1024

/**
 * The output of one process: appended to a file, which is put aside once when it is full, so that a chatty program
 * cannot fill the disk.
 */
export class LogFile {
  readonly path: string
  #file: number
  #size: number
  // A descriptor's number is reused: a late chunk must not land in somebody else's file.
  #closed = false
  readonly #maxBytes: number

  constructor(path: string, maxBytes = maxLogBytes) {
    this.path = path
    this.#maxBytes = maxBytes
    this.#file = openSync(path, 'a', 0o600)
    this.#size = fstatSync(this.#file).size
  }

  /** Appends bytes; never throws, for a full disk must not stop the mesh. */
  write(chunk: Uint8Array): void {
    if (this.#closed) return
    try {
      if (this.#size + chunk.length > this.#maxBytes && this.#size > 0) this.#rotate()
      this.#size += writeSync(this.#file, chunk)
    } catch {
      // Nowhere is left to say so.
    }
  }

  /** A line of our own between those of the process. */
  note(text: string): void {
    this.write(Buffer.from(`[mesh] ${text}\n`))
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    closeSync(this.#file)
  }

  #rotate(): void {
    closeSync(this.#file)
    renameSync(this.path, `${this.path}.1`)
    this.#file = openSync(this.path, 'a', 0o600)
    this.#size = 0
  }
}

/** Puts the logs of the run before aside, so that what a run prints is in files of its own; those of the one before it go. */
export function putAsideLogs({ logs, previousLogs }: Pick<StateFolder, 'logs' | 'previousLogs'>): void {
  const files = readdirSync(logs).filter(file => /\.(?:app|proxy)\.log(?:\.1)?$/.test(file))
  if (files.length === 0) return
  rmSync(previousLogs, { recursive: true, force: true })
  mkdirSync(previousLogs, { mode: 0o700 })
  for (const file of files) renameSync(join(logs, file), join(previousLogs, file))
}

/** The last lines of a log, from the file that was put aside too if need be; without the final newline. */
export function tailLog(path: string, lines: number): readonly string[] {
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  let text = read(path)
  if (text.split('\n').length <= lines) text = read(`${path}.1`) + text
  return lines <= 0 ? [] : text.replace(/\n$/, '').split('\n').slice(-lines)
}

/**
 * What is appended to a log from now on, until `signal` aborts; goes on in the new file when one is put aside.
 */
export async function* followLog(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  let file = existsSync(path) ? openSync(path, 'r') : undefined
  let at = file === undefined ? 0 : fstatSync(file).size
  const chunk = Buffer.alloc(64 * 1024)
  while (!signal.aborted) {
    const count = file === undefined ? 0 : readSync(file, chunk, 0, chunk.length, at)
    if (count > 0) {
      at += count
      yield Buffer.from(chunk.subarray(0, count))
      continue
    }
    const now = statSync(path, { throwIfNoEntry: false })
    if (now !== undefined && (file === undefined || now.ino !== fstatSync(file).ino)) {
      if (file !== undefined) closeSync(file)
      file = openSync(path, 'r')
      at = 0
      continue
    }
    await sleep(100, undefined, { signal }).catch(() => {})
  }
  if (file !== undefined) closeSync(file)
}

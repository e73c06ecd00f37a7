import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeStateFolder, type StateFolder, stateFolders } from '../../src/local/state/state-folder.ts'

const { NODE_COMPILE_CACHE: compiled } = process.env

/** For environments that have nothing else of ours: the published command keeps what Node has compiled, too. */
export const keptCompiled: { readonly NODE_COMPILE_CACHE?: string } =
  compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }

/** An empty mesh folder and its state folder, both of this test alone. */
export interface TempState {
  readonly root: string
  readonly dir: string
  readonly env: {
    readonly XDG_RUNTIME_DIR: string
    readonly HOME: string
    readonly PATH: string
    readonly NODE_COMPILE_CACHE?: string
  }
  readonly state: StateFolder
  remove(): void
}

export function tempState(): TempState {
  const root = mkdtempSync(join(tmpdir(), 'mesh-local-'))
  const dir = join(root, 'shop')
  const env = { XDG_RUNTIME_DIR: join(root, 'run'), HOME: root, PATH: process.env['PATH'] ?? '', ...keptCompiled }
  for (const path of [dir, env.XDG_RUNTIME_DIR]) mkdirSync(path, { mode: 0o700 })
  const [state] = stateFolders(dir, env)
  makeStateFolder(state)
  return { root, dir, env, state, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** Polls until `check` gives something other than undefined or false; the deadline is generous, for loaded machines. */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const value = await check()
    if (value !== undefined && value !== false) return value
    if (Date.now() > deadline) throw new Error(`did not happen: ${what}`)
    await sleep(20)
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { askStatus } from '../../src/local/control.ts'
import type { StateFolder } from '../../src/local/state/state-folder.ts'
import type { InstanceStatus } from '../../src/local/status.ts'
import { findTestEnvoy } from '../support/find-test-envoy.ts'
import { freePort } from '../support/free-ports.ts'
import { tempState } from './temp-state.ts'

const root = join(import.meta.dirname, '../..')

/** What a run of `mesh` gave. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Bookinfo in a folder, with a state, a gateway port and addresses of this test alone. */
export interface Bookinfo {
  readonly dir: string
  readonly state: StateFolder
  readonly url: string
  readonly port: number
  /** The first address of its workloads. */
  readonly range: string
  /** Options of `mesh up` that keep tests apart. */
  readonly flags: readonly string[]
  /** The command line and the environment of `mesh`, for tests that start it their own way. */
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Starts `mesh`; for tests that end it by signals. */
  start(args: readonly string[], env?: Record<string, string>): ChildProcess
  /** Runs `mesh` to its end. */
  mesh(args: readonly string[], env?: Record<string, string>): Promise<Finished>
  /** What `mesh status --format json` prints, without the third of a second that a process takes to start. */
  status(): Promise<InstanceStatus>
  /** Changes mesh.ts. */
  edit(change: (source: string) => string): void
  remove(): Promise<void>
}

/**
 * @param wanted the first address, unlike that of any other test file: they run at the same time
 * @param example another example than Bookinfo
 */
export async function bookinfo(wanted: string, example = 'bookinfo'): Promise<Bookinfo> {
  const temp = tempState()
  cpSync(join(root, 'examples', example), temp.dir, { recursive: true })
  const { range, claim } = await claimRange(wanted)
  const port = await freePort()
  const command = [process.execPath, '--conditions=source', join(root, 'src/cli/main.ts')]
  const original = { ...temp.env, MESH_ENVOY: promptEnvoy(temp.root) }
  const start: Bookinfo['start'] = (args, env = {}) => {
    return spawn(command[0]!, [...command.slice(1), ...args], {
      env: { ...original, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }
  const mesh: Bookinfo['mesh'] = (args, env) => finish(start(args, env))
  return {
    dir: temp.dir,
    state: temp.state,
    command,
    env: original,
    port,
    url: `http://127.0.0.1:${port}/${example === 'bookinfo' ? 'productpage' : ''}`,
    range,
    flags: ['--gateway-port', String(port), '--address-range', range],
    start,
    mesh,
    async status() {
      const status = await askStatus(temp.state)
      if (status === undefined) throw new Error('the mesh is not up')
      return status
    },
    edit(change) {
      const file = join(temp.dir, 'mesh.ts')
      writeFileSync(file, change(readFileSync(file, 'utf8')))
    },
    async remove() {
      await mesh(['down', temp.dir])
      claim?.close()
      temp.remove()
    },
  }
}

/** The Envoy of the tests, whose lines of access logs are there soon, where Envoy's default may take 10 s; '' without one. */
function promptEnvoy(folder: string): string {
  const envoy = findTestEnvoy()
  if (envoy === undefined) return ''
  const file = join(folder, 'prompt-envoy')
  writeFileSync(file, `#!/bin/sh\nexec '${envoy}' "$@" --file-flush-interval-msec 100\n`, { mode: 0o755 })
  return file
}

/**
 * Takes a range of addresses for as long as the claim is open, so that two runs of all tests on one machine don't meet.
 * Where such addresses can't be had at all (macOS), it is the wanted one, which `mesh up` makes do with.
 */
async function claimRange(wanted: string): Promise<{ readonly range: string; readonly claim?: Server }> {
  const first = Number(wanted.split('.')[1])
  for (const number of [first, first + 40, first + 80, first + 120]) {
    const claim = await new Promise<Server | undefined>(resolve => {
      const server = createServer().once('error', () => resolve(undefined))
      server.listen(47_999, `127.${number}.255.254`, () => resolve(server.unref()))
    })
    if (claim !== undefined) return { range: `127.${number}.0.0`, claim }
  }
  return { range: wanted }
}

/** Collects the output of a process until it ends. */
export async function finish(child: ChildProcess): Promise<Finished> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', chunk => {
    stdout += chunk
  })
  child.stderr?.on('data', chunk => {
    stderr += chunk
  })
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  return { code, stdout, stderr }
}

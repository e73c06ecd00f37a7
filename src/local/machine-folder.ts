/**
 * What a machine outside of Kubernetes keeps of its membership: a folder of its own (0700) with what its Envoy reads. Files
 * that Envoy follows are changed by moving others over them, which is what it looks for.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Admitted, type AgentAddress, agentServerName } from '../cluster/join-client.ts'
import { machineBootstrap, tokenDiscovery } from '../phases/4-emit/envoy/index.ts'
import { isObject } from '../util/is-object.ts'
import { identify, isAlive, type ProcessIdentity } from './state/process-identity.ts'

export interface MachineFolder {
  /** Absolute. */
  readonly dir: string
  readonly agent: AgentAddress
  readonly token: string
  /** PEM. */
  readonly roots: string
}

const files = {
  token: 'token',
  roots: 'ca.crt',
  discovery: 'xds-token.json',
  bootstrap: 'bootstrap.json',
  /** Which process runs it. */
  runs: 'runs.json',
  /** Where the control plane is: nothing secret. Written last, so that a folder that has it is complete. */
  machine: 'machine.json',
} as const

export function bootstrapFile(dir: string): string {
  return join(resolve(dir), files.bootstrap)
}

export function isJoined(dir: string): boolean {
  return existsSync(join(dir, files.machine))
}

/** Makes the folder, for its owner alone. @throws the system's error where that can't be */
export function makeFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  chmodSync(dir, 0o700)
}

/** Writes all that an Envoy needs to be the machine that was let in. */
export function writeMachine(named: string, agent: AgentAddress, admitted: Admitted): void {
  const dir = resolve(named)
  const { node, namespace, domain, ip } = admitted
  const xds = { host: agent.host, port: agent.port, name: agentServerName(agent.systemNamespace) }
  const bootstrap = machineBootstrap({ name: node, namespace, address: ip, domain, xds, folder: dir })
  write(dir, files.discovery, tokenDiscovery(dir))
  write(dir, files.bootstrap, `${JSON.stringify(bootstrap, null, 2)}\n`)
  refreshMachine(dir, admitted)
  write(dir, files.machine, `${JSON.stringify(agent, null, 2)}\n`)
}

/** Replaces what has changed of the roots and the token. */
export function refreshMachine(dir: string, { roots, token }: Pick<Admitted, 'roots' | 'token'>): void {
  for (const [name, text] of [
    [files.roots, roots],
    [files.token, token],
  ] as const)
    if (read(dir, name) !== text) write(dir, name, text)
}

/** @returns undefined where no machine has joined by this folder */
export function readMachine(named: string): MachineFolder | undefined {
  const dir = resolve(named)
  const [token, roots, text] = [read(dir, files.token), read(dir, files.roots), read(dir, files.machine)]
  if (token === undefined || roots === undefined || text === undefined) return undefined
  const agent: unknown = JSON.parse(text)
  return isObject(agent) ? { dir, token, roots, agent: agent as unknown as AgentAddress } : undefined
}

/**
 * Notes down that this process runs what has joined by a folder.
 *
 * @returns the process id of another one that does so; then nothing is noted
 */
export function takeMachine(named: string): number | undefined {
  const dir = resolve(named)
  try {
    const known = JSON.parse(read(dir, files.runs) ?? '') as ProcessIdentity
    if (isAlive(known)) return known.pid
  } catch {
    // Nobody has run it, or was cut off while it wrote.
  }
  write(dir, files.runs, `${JSON.stringify(identify(process.pid))}\n`)
  return undefined
}

function read(dir: string, name: string): string | undefined {
  try {
    return readFileSync(join(dir, name), 'utf8')
  } catch {
    return undefined
  }
}

function write(dir: string, name: string, text: string): void {
  const path = join(dir, name)
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer, isIPv6 } from 'node:net'
import { basename } from 'node:path'
import { portInUse } from '../../diagnostics/codes.generated.ts'
import { Failure } from '../../diagnostics/failure.ts'
import type { Carried } from '../../model/gateway.ts'
import { commandOf } from '../state/process-identity.ts'

export interface PortCheck extends Carried {
  readonly address: string
  readonly port: number
  /** What the user can change, with an example: `--gateway-port 8081`. */
  readonly option: string
}

/**
 * Makes sure that nobody listens there.
 *
 * @throws Failure naming the process that does
 */
export async function assertPortFree({ address, port, transport, option }: PortCheck): Promise<void> {
  const problem = await (transport === 'UDP' ? bindDatagrams : bind)(address, port)
  if (problem === undefined) return
  const holder =
    problem === 'EADDRINUSE'
      ? (portHolder(port, transport) ?? 'another user’s process')
      : `nobody, but may not be used (${problem})`
  throw new Failure(portInUse({}, { port, address, holder, option }))
}

/** Can a program bind this address here? Linux has all of 127.0.0.0/8, macOS only 127.0.0.1. */
export async function isBindable(address: string): Promise<boolean> {
  return (await bind(address, 0)) === undefined
}

/** Who has a port of this machine: `node (pid 123: node server.js)`; undefined where the system won't say. */
export function portHolder(port: number, transport: Carried['transport'] | 'TCP' = 'TCP'): string | undefined {
  const tables = listening[transport]
  const pid = process.platform === 'linux' ? holderOnLinux(port, tables) : holderByLsof(port, tables)
  if (pid === undefined) return undefined
  const command = commandOf(pid)
  if (command === undefined) return `process ${pid}`
  // A command line can be a page long.
  const short = command.length > 120 ? `${command.slice(0, 119)}…` : command
  return `${basename(command.split(' ')[0] ?? '')} (pid ${pid}: ${short})`
}

/** The error's code where the address can't be bound. */
function bind(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function bindDatagrams(address: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      resolve(error.code ?? error.message)
    })
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)))
  })
}

/** Where the system says who has a port. */
interface SocketTables {
  readonly files: readonly string[]
  /** Of a socket that takes what comes from anybody. */
  readonly state: string
  readonly lsof: (port: number) => readonly string[]
}

const listening: Readonly<Record<'TCP' | 'UDP', SocketTables>> = {
  TCP: { files: ['tcp', 'tcp6'], state: '0A', lsof: port => ['-sTCP:LISTEN', `-iTCP:${port}`] },
  UDP: { files: ['udp', 'udp6'], state: '07', lsof: port => [`-iUDP:${port}`] },
}

// proc(5): /proc/net/tcp has hex `address:port` in column 2, the state in column 4, the inode in column 10;
// a process' descriptors link to `socket:[inode]`.
function holderOnLinux(port: number, { files, state }: SocketTables): number | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const links = new Set<string>()
  for (const file of files) {
    for (const line of readOr(`/proc/net/${file}`).split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      if (fields[3] === state && fields[1]?.endsWith(`:${wanted}`)) links.add(`socket:[${fields[9]}]`)
    }
  }
  const pids = links.size === 0 ? [] : readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.map(Number).find(pid => hasDescriptor(pid, links))
}

function hasDescriptor(pid: number, links: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some(fd => links.has(linkOr(`/proc/${pid}/fd/${fd}`)))
  } catch {
    return false
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function holderByLsof(port: number, { lsof }: SocketTables): number | undefined {
  const run = spawnSync('lsof', ['-nP', '-t', ...lsof(port)], { encoding: 'utf8', timeout: 5000 })
  const pid = Number.parseInt(run.stdout ?? '', 10)
  return Number.isNaN(pid) ? undefined : pid
}

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { configurationLogFlags } from '../cluster/inject/proxy-log-flags.ts'
import { type AgentAddress, askAgent, JoinFailed, joinPaths } from '../cluster/join-client.ts'
import { commandFailed, optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { findEnvoy, versionWarning } from '../local/envoy/find-envoy.ts'
import { keepMachine } from '../local/keep-machine.ts'
import {
  bootstrapFile,
  isJoined,
  makeFolder,
  readMachine,
  refreshMachine,
  takeMachine,
  writeMachine,
} from '../local/machine-folder.ts'
import type { ExitCode } from './main.ts'

/** The options of `mesh join` as they are typed. */
export interface JoinFlags {
  readonly agent?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly ca?: string
  readonly name?: string
  readonly address?: string
  readonly dir: string
  readonly systemNamespace: string
  readonly run?: true
  readonly envoy?: string
}

/** So long an Envoy has to end by itself, ms. */
const graceMs = 10_000

/**
 * Joins by a token, or runs what has joined, or both.
 *
 * @throws Failure where the control plane does not let the machine in, or Envoy can't run
 */
export async function runJoin(flags: JoinFlags): Promise<ExitCode> {
  if (flags.run === true && flags.token !== undefined)
    throw invalid(
      '--run',
      'goes on, and the token would be seen among processes',
      'join first, and run then; or --token-file',
    )
  if (flags.token !== undefined || flags.tokenFile !== undefined) await exchange(flags)
  else if (flags.run !== true) throw invalid('--token', 'is missing', 'name what `mesh join-token create` has printed')
  return flags.run === true ? run(flags) : 0
}

async function exchange(flags: JoinFlags): Promise<void> {
  const { dir } = flags
  const agent = agentOf(flags)
  const ca = textOf('--ca', flags.ca)
  const token = (flags.token ?? textOf('--token-file', flags.tokenFile)).trim()
  if (isJoined(dir))
    throw failure(`${dir} is a machine’s that has joined already`, 'name another folder with --dir, or remove it')
  try {
    // Before the token is spent.
    makeFolder(dir)
  } catch (error) {
    throw failure(`${dir} can't be made: ${(error as Error).message}`, 'name another folder with --dir')
  }
  const name = flags.name ?? hostname().split('.')[0]!.toLowerCase()
  const body = { name, ...(flags.address === undefined ? {} : { ip: flags.address }) }
  const admitted = await askAgent(joinPaths.join, { agent, ca, token, body }).catch(refused)
  writeMachine(dir, agent, admitted)
  await confirm(dir)
  process.stdout.write(`${bootstrapFile(dir)}\n`)
  say(`joined as ${admitted.namespace}/${admitted.serviceAccount}; \`mesh join --run --dir ${dir}\` runs it`)
}

/** Shows for the first time what the folder has, which ends the token. Where that fails, the first `--run` does it. */
async function confirm(dir: string): Promise<void> {
  const { agent, roots: ca, token } = readMachine(dir)!
  try {
    refreshMachine(dir, await askAgent(joinPaths.refresh, { agent, ca, token }))
  } catch (error) {
    if (!(error instanceof JoinFailed)) throw error
    if (error.isForGood) throw noPart(dir, error.message)
    say(`the token is open to the same name until this machine runs: ${error.message}`)
  }
}

async function run({ dir, envoy: path }: JoinFlags): Promise<ExitCode> {
  if (readMachine(dir) === undefined)
    throw failure(`no machine has joined by ${dir}`, 'join first: mesh join --agent HOST:PORT --token … --ca FILE')
  const other = takeMachine(dir)
  if (other !== undefined)
    throw failure(`${dir} runs already, in process ${other}`, `end that one first: kill ${other}`)
  const envoy = await findEnvoy({ path, env: process.env, progress: say })
  const warning = versionWarning(envoy)
  if (warning !== undefined) say(warning)
  const ended = new AbortController()
  const args = ['-c', bootstrapFile(dir), '--disable-hot-restart', '-l', 'warning', ...configurationLogFlags]
  const child = spawn(envoy.path, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const end = () => {
    ended.abort()
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), graceMs).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
  const keeping = keepMachine(dir, { signal: ended.signal, say })
  void keeping.then(reason => reason !== undefined && end())
  const how = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal === null ? `with code ${code}` : `by ${signal}`))
  })
  const wasAsked = ended.signal.aborted
  ended.abort()
  const putOut = await keeping
  if (putOut !== undefined) throw noPart(dir, putOut)
  if (wasAsked) return 0
  throw failure(`Envoy has ended ${how}`, 'look at what it has said above')
}

function agentOf({ agent = '', systemNamespace }: JoinFlags): AgentAddress {
  const [, host, port] =
    /^(?:\[([0-9a-f:.]+)\]|([^:/\s]+)):(\d{1,5})$/i.exec(agent)?.filter(part => part !== undefined) ?? []
  if (host === undefined || port === undefined)
    throw invalid('--agent', agent === '' ? 'is missing' : `can't be ${agent}`, 'write HOST:PORT')
  return { host, port: Number(port), systemNamespace }
}

function textOf(option: string, file: string | undefined): string {
  if (file === undefined) throw invalid(option, 'is missing', 'name a file')
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw invalid(`${option} ${file}`, `can't be read: ${(error as Error).message}`, 'name another file')
  }
}

function refused(error: Error): never {
  if (!(error instanceof JoinFailed)) throw error
  const remedy = error.isRefusal
    ? 'mend what it names and type the line again; where that is the token, ask for another one: mesh join-token create'
    : 'look at the host, the port and the file of roots (--agent, --ca), and type the same line again: ' +
      'where the token was taken already, it is good for the same name until it expires'
  throw failure(`the machine has not joined: ${error.message}`, remedy)
}

function noPart(dir: string, reason: string): Failure {
  const remedy = `to join again, remove ${dir} and ask for another token: mesh join-token create`
  return failure(`this machine is no part of the mesh any more: ${reason}`, remedy)
}

function failure(what: string, remedy: string): Failure {
  return new Failure(commandFailed({}, { what, remedy }))
}

function invalid(option: string, problem: string, remedy: string): Failure {
  return new Failure(optionInvalid({}, { option, problem, remedy }))
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { ClusterAgent, type ClusterAgentOptions } from '../agent/cluster-agent.ts'
import { type InstallValues, mergedValues, problemsIn, profiles } from '../cluster/install/values.ts'
import { commandFailed, settingInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import type { XdsEvent } from '../xds/events.ts'
import { type ClusterFlags, clusterOf } from './cluster-flags.ts'
import type { ExitCode } from './main.ts'

/** The options of `mesh agent` as they are typed. */
export interface AgentFlags extends Pick<ClusterFlags, 'kubeconfig' | 'context'> {
  readonly values?: string
}

/**
 * Serves until a signal ends it.
 *
 * @param ports where no pod has them for itself
 * @throws Failure where it can't start: no cluster, or an authority that can't be used
 */
export async function runAgent(flags: AgentFlags, ports?: ClusterAgentOptions['ports']): Promise<ExitCode> {
  const values = readValues(flags.values)
  const { client } = clusterOf(flags)
  const log = (level: string, line: string) => process.stdout.write(`${new Date().toISOString()} ${level} ${line}\n`)
  const stopped = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  const waiting = new AbortController()
  const starting = ClusterAgent.start({
    signal: waiting.signal,
    client,
    values,
    identity: process.env['POD_NAME'] ?? hostname(),
    log,
    ...(ports === undefined ? {} : { ports }),
    onEvent: event => {
      const line = lineOf(event)
      if (line !== undefined) log('info', line)
    },
  })
  const agent = await Promise.race([starting.catch(asFailure), stopped])
  if (agent === undefined) {
    waiting.abort()
    // One that is ready a moment too late does not stay.
    starting.then(
      late => late.close(),
      () => {},
    )
    return 0
  }
  await stopped
  log('info', 'ending')
  await agent.close()
  return 0
}

function asFailure(error: Error): never {
  if (error instanceof Failure) throw error
  const remedy = 'look at the Secret and at the rights of the agent’s account; --debug shows where it failed'
  throw new Failure(commandFailed({}, { what: `the agent can't start: ${error.message}`, remedy }))
}

function readValues(file: string | undefined): InstallValues {
  if (file === undefined) return profiles['default']!
  const values = parseValues(file)
  // Helm and kustomize write what they are told: nobody has looked at it before.
  const problems = problemsIn(values)
  if (problems.length > 0) throw new Failure(...problems.map(setting => settingInvalid({}, setting)))
  return values
}

function parseValues(file: string): InstallValues {
  try {
    return mergedValues(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    const what = `${file} can't be read: ${error instanceof Error ? error.message : error}`
    throw new Failure(commandFailed({}, { what, remedy: 'give it the values that `mesh install` writes' }))
  }
}

/** What is worth a line of the log. */
function lineOf(event: XdsEvent): string | undefined {
  const of = ({ name, namespace }: { readonly name: string; readonly namespace: string }) => `${name}.${namespace}`
  if (event.kind === 'connected') return `${of(event.proxy)} connected (${event.protocol})`
  if (event.kind === 'disconnected') return `${of(event.proxy)} left`
  if (event.kind === 'refused')
    return `refused ${event.proxy === undefined ? 'a client' : of(event.proxy)}: ${event.reason}`
  if (event.kind === 'synced' && event.isConcerned)
    return `${of(event.proxy)} accepted ${event.revision.slice(0, 12)} after ${Math.round(event.ms)} ms`
  if (event.kind !== 'nacked') return undefined
  const names = event.nack.resources.map(({ name }) => name).join(', ')
  return `${of(event.proxy)} refused ${names}: ${event.nack.message}`
}

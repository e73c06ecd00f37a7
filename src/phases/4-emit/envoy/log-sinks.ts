/** Where lines of access logs go, by the names that MeshConfig has for it. */
import { type LogSink, standardOutput } from '../../../model/log-sink.ts'
import type { Mesh } from '../../../model/mesh.ts'
import { type MeshSettings, serviceOf } from '../../../model/mesh-settings.ts'
import { type Log, logsOf, type Recording, standardLog } from '../../../model/recording.ts'
import { memo } from '../../../util/memo.ts'

/** Of the file that MeshConfig names without a provider: no policy can name it. */
const unnamed = ''

const standardOnly: ReadonlySet<string> = new Set([standardLog.name])

/** The names that lines can go to. */
export function knownLogs(settings: MeshSettings | undefined): ReadonlySet<string> {
  return settings === undefined ? standardOnly : namesIn(settings)
}

const namesIn = memo(
  ({ providers }: MeshSettings): ReadonlySet<string> =>
    new Set([standardLog.name, ...providers.flatMap(({ kind, name }) => (kind === 'log' ? name : []))]),
)

/** With where lines go where no Telemetry says so. */
export function withDefaultLogs(base: Recording, settings: MeshSettings): Recording {
  const { defaults = [], file } = settings.logging ?? {}
  const known = knownLogs(settings)
  const named = defaults.filter(name => known.has(name))
  if (named.length > 0) return { ...base, logs: named.map(name => ({ name })) }
  if (file === undefined) return base
  if (file === '') return { ...base, logs: [] }
  return { ...base, logs: [file === standardOutput ? standardLog : { name: unnamed }] }
}

/** With what stands behind the names. Services that are not there are told nothing. */
export function withSinks(recording: Recording, settings: MeshSettings, services: Mesh['services']): Recording {
  const logs = logsOf(recording)
  const found = logs.flatMap((log): Log[] => {
    const sink = sinkOf(log.name, settings)
    if (sink === undefined) return [log]
    const isThere = sink.kind === 'file' || serviceOf(sink.service, services) !== undefined
    return isThere ? [{ ...log, sink }] : []
  })
  if (found.length === logs.length && found.every((log, index) => log === logs[index])) return recording
  return {
    ...recording,
    logs: found,
    from: [...(recording.from ?? []), ...found.flatMap(log => placesOf(log, settings))],
  }
}

function placesOf({ name }: Log, { at, providers }: MeshSettings): readonly string[] {
  const provider = providers.find(each => each.kind === 'log' && each.name === name)
  return [provider?.at ?? at]
}

/** Undefined: the proxy's standard output, in the form of our own. */
function sinkOf(name: string, { providers, logging = {} }: MeshSettings): LogSink | undefined {
  const { file = standardOutput, format } = logging
  const provider = providers.find(each => each.kind === 'log' && each.name === name)
  if (provider?.kind === 'log') return withFormat(provider.sink, format)
  if (name === unnamed) return withFormat({ kind: 'file', path: file }, format)
  return format === undefined ? undefined : { kind: 'file', path: standardOutput, format }
}

function withFormat(sink: LogSink, format: NonNullable<MeshSettings['logging']>['format']): LogSink {
  return sink.kind !== 'file' || sink.format !== undefined || format === undefined ? sink : { ...sink, format }
}

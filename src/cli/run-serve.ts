import { ControlPlane } from '../agent/control-plane.ts'
import { configReport, proxyReports, rejectionOf } from '../agent/report.ts'
import { type Compiled, compile } from '../compile.ts'
import { commandFailed, optionInvalid } from '../diagnostics/codes.generated.ts'
import { Failure } from '../diagnostics/failure.ts'
import { serveControl } from '../local/control.ts'
import { assertPortFree } from '../local/net/port-holder.ts'
import { releaseLock, takeLock } from '../local/state/instance-lock.ts'
import { folderOf, makeStateFolder } from '../local/state/state-folder.ts'
import { watchFolder } from '../local/watch-folder.ts'
import { proxyName } from '../model/placement.ts'
import type { Resolved } from '../phases/2-resolve/resolve.ts'
import { patchFindings, plainTextFindings, secretFindings } from '../phases/4-emit/envoy/index.ts'
import { loadCodec } from '../protobuf/codec.ts'
import type { XdsEvent } from '../xds/events.ts'
import { explainError } from './explain-error.ts'
import { findInstance, shortPath } from './find-instance.ts'
import type { ExitCode } from './main.ts'
import { readParams } from './params.ts'
import { findingsText } from './print-findings.ts'
import { assertWatchable } from './source.ts'

/** The options of `mesh serve` as they are typed. */
export interface ServeFlags {
  readonly xds: string
  readonly param?: readonly string[]
}

/**
 * Serves until somebody ends it.
 *
 * @returns 1 where there was no mesh to serve
 * @throws Failure where the address can't be listened on, or the mesh is being served already
 */
export async function runServe(path: string, flags: ServeFlags): Promise<ExitCode> {
  const target = readAddress(flags.xds)
  assertWatchable(path, 'mesh serve')
  folderOf(path)
  const { state } = findInstance(path, 'serve')
  makeStateFolder(state)
  takeLock(state)
  try {
    const first = await compileAndPrint(path, flags, undefined)
    if (first.isBroken || first.resolved === undefined) return 1
    let current = { ...first, resolved: first.resolved }
    const plane = new ControlPlane(servedOf(current.resolved), event => printEvent(event, () => current))
    const address = await listen(plane, target)
    const inspect = {
      proxies: () => proxyReports(plane.server),
      config: (proxy: string) =>
        configReport(plane.server, proxy, {
          codec: loadCodec(),
          spanOf: place => current.resolved.spans.spanOf(place),
        }),
    }
    const stop = Promise.withResolvers<void>()
    const status = () => ({ dir: state.dir, pid: process.pid, revision: plane.revision, xds: address })
    const control = await serveControl(state, { status, inspect, stop: stop.resolve })
    const watching = await watchFolder(state.dir, async () => {
      try {
        const next = await compileAndPrint(path, flags, current)
        if (next.isBroken || next.resolved === undefined) return
        current = { ...next, resolved: next.resolved }
        plane.serve(servedOf(next.resolved))
      } catch (error) {
        explainError(error, process.argv.includes('--debug'))
      }
    })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.resolve())
    process.stderr.write(`serving ${shortPath(state.dir)} on ${address}; Ctrl-C ends it\n`)
    if (!isLoopback(target.host)) process.stderr.write(openWarning)
    await stop.promise
    control.close()
    await watching.close()
    await plane.close()
    // Last, so that who asked for the end has been answered; who never reads an answer must not keep us.
    control.closeAllConnections()
    return 0
  } finally {
    releaseLock(state)
  }
}

async function compileAndPrint(path: string, flags: ServeFlags, previous: Compiled | undefined): Promise<Compiled> {
  const compiled = await compile({
    path,
    params: readParams(flags.param),
    ...(previous === undefined ? {} : { previous }),
  })
  const { resolved, isBroken } = compiled
  const open =
    resolved === undefined || isBroken
      ? []
      : [
          ...[plainTextFindings, secretFindings].flatMap(find => find(resolved, '`mesh serve` serves')),
          ...patchFindings(resolved, compiled.diagnostics),
        ]
  const findings = [...compiled.diagnostics, ...open]
  if (findings.length > 0) process.stderr.write(findingsText(compiled, findings, process.stderr))
  return compiled
}

function servedOf({ digest, mesh }: Resolved): { digest: string; mesh: Resolved['mesh'] } {
  return { digest, mesh }
}

async function listen(plane: ControlPlane, target: { host: string; port: number }): Promise<string> {
  try {
    const address = await plane.listen(target)
    return 'host' in address ? `${address.host}:${address.port}` : address.path
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const check = { address: target.host, port: target.port, option: '--xds 127.0.0.1:15011' }
    if (code === 'EADDRINUSE') await assertPortFree(check)
    const what = `can't listen on ${target.host}:${target.port}: ${code}`
    throw new Failure(commandFailed({}, { what, remedy: 'choose another address: --xds 127.0.0.1:15011' }))
  }
}

/** Proxies that come, go, accept and refuse, a line each. What changes nothing for a proxy is no news of it. */
function printEvent(event: XdsEvent, current: () => Compiled): void {
  const line = (text: string) => process.stderr.write(`${text}\n`)
  if (event.kind === 'connected') line(`${proxyName(event.proxy)} connected (${event.protocol})`)
  else if (event.kind === 'disconnected') line(`${proxyName(event.proxy)} left`)
  else if (event.kind === 'refused')
    line(`refused ${event.proxy === undefined ? 'a client' : event.proxy.id}: ${event.reason}`)
  else if (event.kind === 'synced' && event.isConcerned)
    line(`${proxyName(event.proxy)} accepted ${event.revision.slice(0, 12)} after ${Math.round(event.ms)} ms`)
  else if (event.kind === 'nacked') {
    const found = rejectionOf(event.proxy, event.nack, place => current().resolved?.spans.spanOf(place))
    line(findingsText(current(), [found], process.stderr))
  }
}

/** Whoever connects says who it is: beyond this machine that is a claim, and nothing proves it. */
const openWarning =
  'warning: anybody who reaches this address can read the whole configuration, and take the traffic of any workload\n'

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function readAddress(text: string): { host: string; port: number } {
  const [, host, port] = /^(\[[0-9a-f:]+\]|[^:]+):(\d{1,5})$/i.exec(text) ?? []
  if (host !== undefined && Number(port) <= 65_535) return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
  const params = {
    option: `--xds ${text}`,
    problem: 'is no address and port',
    remedy: 'for example --xds 127.0.0.1:15010',
  }
  throw new Failure(optionInvalid({}, params))
}

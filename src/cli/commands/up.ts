import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { Failure } from '../../diagnostics/failure.ts'
import { renderText } from '../../diagnostics/render-text.ts'
import { createDelivery } from '../../local/create-delivery.ts'
import { type Reporter, type Running, type UpOptions, up } from '../../local/up.ts'
import { type CreateCommand, collect, examples } from '../command.ts'
import { isDaemon, reportProgress, reportReady, upDetached } from '../detached.ts'
import { shortPath } from '../find-instance.ts'
import { LiveStatus } from '../live-status.ts'
import type { ExitCode } from '../main.ts'
import { isColoured } from '../terminal.ts'
import { type UpFlags, upOptions } from '../up-options.ts'

/** How long `--detach` waits until all is ready, unless told otherwise. s */
const defaultWait = '60'
/** How long a start that was interrupted may take to reach a point where it can be undone. ms */
const earlyMs = 5000
const notReadyCode = 'MW8011'

/** `mesh up`: runs a mesh on this machine. */
export const upCommand: CreateCommand = finish =>
  new Command('up')
    .description('run a mesh on this machine: its programs, and an Envoy for each')
    .argument('[path]', 'a folder with mesh.ts, or a *.ts or *.yaml file', '.')
    .option('-d, --detach', 'run in the background, and return once all is ready')
    .option('--wait <seconds>', 'with --detach: how long to wait', defaultWait)
    .option('--envoy <file>', 'the Envoy to run')
    .option('--gateway-port <port>', 'where a gateway listens: 8081, or 8080=8081 for one port of several', collect)
    .option('--gateway-address <address>', 'the address that gateways listen on', '127.0.0.1')
    .option('--address-range <address>', 'the first loopback address of the workloads', '127.1.0.0')
    .option('--param <name=value>', 'a value for a parameter that the mesh declares; repeatable', collect)
    .addHelpText(
      'after',
      examples(
        ['mesh up examples/bookinfo', 'until Ctrl-C; saved changes are pushed'],
        ['mesh up examples/bookinfo/canary.ts', 'another file of the same mesh'],
        ['mesh up --detach --gateway-port 8081', 'in the background, on another port'],
      ),
    )
    .action(async (path: string, flags: UpFlags) => {
      const options = { ...upOptions(path, flags), createDelivery }
      finish(flags.detach && !isDaemon() ? await upDetached(path) : await upHere(options, Number(flags.wait) * 1000))
    })

/** Runs the mesh in this process until somebody ends it. */
async function upHere(options: UpOptions, waitMs: number): Promise<ExitCode> {
  const live = new LiveStatus(process.stderr)
  const stop = stopSignal()
  const starting = up(options, reporterOf(live))
  const first = await Promise.race([starting, stop])
  if (first === 'stop') return endEarly(starting)
  if (first === undefined) return 1
  try {
    live.follow(first.status)
    const stopped = Promise.race([stop, first.stopRequested])
    const failure = await Promise.race([whenReady(first, waitMs, live), stopped])
    if (failure instanceof Error) throw failure
    await stopped
  } finally {
    live.close()
    await first.stop()
  }
  return 0
}

function reporterOf(live: LiveStatus): Reporter {
  return {
    progress(line) {
      live.print(line)
      reportProgress(line)
    },
    findings({ diagnostics, loaded }) {
      const text = renderText(diagnostics, {
        isColoured: isColoured(process.stderr),
        ...(loaded === undefined ? {} : { folder: shortPath(loaded.root), sources: loaded.sources }),
      })
      if (text !== '') live.print(text)
    },
    changed: () => live.changed(),
  }
}

/** Resolves to a reason to give up: in the background any, before a person only an Envoy that will not start. */
async function whenReady(running: Running, waitMs: number, live: LiveStatus): Promise<Error | undefined> {
  try {
    await running.ready(waitMs)
  } catch (error) {
    const isPatient = error instanceof Failure && error.diagnostics.some(({ code }) => code === notReadyCode)
    if (isDaemon() || !isPatient) return error as Error
    live.print(renderText(error.diagnostics, { isColoured: isColoured(process.stderr) }))
  }
  const { urls } = running.status().instance
  for (const url of urls) live.print(`look at ${url}`)
  reportReady(urls)
  return running.stopRequested.then(() => undefined)
}

/** Ctrl-C while it still starts: what has been started is ended, and nothing else is waited for. */
async function endEarly(starting: Promise<Running | undefined>): Promise<never> {
  const late = await Promise.race([starting.catch(() => undefined), sleep(earlyMs)])
  await late?.stop()
  process.exit(0)
}

/** The first Ctrl-C, SIGTERM, or the terminal's end. Later ones change nothing: it is stopping already. */
function stopSignal(): Promise<'stop'> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve('stop'))
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../diagnostics/failure.ts'
import { renderText } from '../diagnostics/render-text.ts'
import { type Reporter, type Running, type UpOptions, up } from '../local/up.ts'
import { isDaemon, reportReady, reportSaid } from './detached.ts'
import { shortPath } from './find-instance.ts'
import { LiveStatus } from './live-status.ts'
import type { ExitCode } from './main.ts'
import { plainOptions, textOptions } from './print-findings.ts'
import { RevisionReport } from './revision-report.ts'

/** How long a start that was interrupted may take to reach a point where it can be undone. ms */
const earlyMs = 5000
const notReadyCode = 'MW8011'

/** Runs the mesh in this process until somebody ends it. */
export async function runUp(options: UpOptions, waitMs: number): Promise<ExitCode> {
  const live = new LiveStatus(process.stderr)
  const stop = stopSignal()
  const reporter = reporterOf(live)
  const starting = up(options, reporter)
  const first = await Promise.race([starting, stop])
  if (first === 'stop') return endEarly(starting)
  if (first === undefined) return 1
  try {
    live.follow(first.status)
    const stopped = Promise.race([stop, first.stopRequested])
    const outcome = await Promise.race([whenReady(first, waitMs, live), stopped])
    if (outcome instanceof Error) throw outcome
    if (outcome === 'refused') {
      reporter.progress('stopping: what a proxy has refused does not change by waiting')
      return 1
    }
    await stopped
  } finally {
    live.close()
    await first.stop()
  }
  live.print(`${shortPath(first.state.dir)} is down`)
  return 0
}

function reporterOf(live: LiveStatus): Reporter {
  const revisions = new RevisionReport()
  return {
    progress(line) {
      live.print(line)
      reportSaid(line)
    },
    findings(compiled) {
      const text = renderText(compiled.diagnostics, textOptions(compiled, process.stderr))
      if (text === '') return
      live.print(text)
      reportSaid(text)
    },
    changed(status) {
      const line = revisions.next(status)
      if (line !== undefined) live.print(line)
      live.changed()
    },
  }
}

/** Resolves to a reason to give up: in the background any, before a person only an Envoy that will not start. */
async function whenReady(
  running: Running,
  timeoutMs: number,
  live: LiveStatus,
): Promise<Error | 'refused' | undefined> {
  try {
    const readiness = await running.ready({ timeoutMs, outlastsRefusals: !isDaemon() })
    // Ended by somebody: then there is nothing to look at.
    if (readiness !== 'ready') return readiness === 'refused' ? 'refused' : undefined
  } catch (error) {
    const isPatient = error instanceof Failure && error.diagnostics.some(({ code }) => code === notReadyCode)
    if (isDaemon() || !isPatient) return error as Error
    live.print(renderText(error.diagnostics, plainOptions(process.stderr)))
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

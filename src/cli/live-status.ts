import type { InstanceStatus, ProcessStatus, ProxyStatus } from '../local/status.ts'
import { renderStatusTable } from './status-table.ts'
import { eraseAbove, isColoured, painter } from './terminal.ts'

/** Redraws closer together than this would only flicker. ms */
const drawEveryMs = 50
/** Ages go on while nothing happens. ms */
const ageEveryMs = 1000

/**
 * Shows an instance while it runs: on a terminal as a table that is redrawn in its place, elsewhere as a line for each
 * thing that changes.
 */
export class LiveStatus {
  readonly #stream: NodeJS.WriteStream
  readonly #isTerminal: boolean
  #drawnLines = 0
  #latest: (() => InstanceStatus) | undefined
  #timer: NodeJS.Timeout | undefined
  #ticker: NodeJS.Timeout | undefined
  readonly #said = new Map<string, string>()

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#isTerminal = stream.isTTY === true && process.env['TERM'] !== 'dumb'
  }

  /** Shows the status from now on; `ask` gives the newest. */
  follow(ask: () => InstanceStatus): void {
    this.#latest = ask
    if (this.#isTerminal) this.#ticker ??= setInterval(() => this.#draw(), ageEveryMs)
    this.changed()
  }

  /** Something has changed: shown soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#draw()
    }, drawEveryMs)
  }

  /** Prints lines above the table. */
  print(text: string): void {
    this.#stream.write(`${this.#erase()}${text.replace(/\n*$/, '\n')}`)
    this.#draw()
  }

  /** Leaves the last table standing. */
  close(): void {
    clearTimeout(this.#timer)
    clearInterval(this.#ticker)
    this.#latest = undefined
    this.#drawnLines = 0
  }

  #erase(): string {
    const erased = eraseAbove(this.#drawnLines)
    this.#drawnLines = 0
    return erased
  }

  #draw(): void {
    const status = this.#latest?.()
    if (status === undefined) return
    if (!this.#isTerminal) {
      this.#say(status)
      return
    }
    // A line that wraps would be two, and the next redraw would leave one behind.
    const width = this.#stream.columns || 80
    const lines = renderStatusTable(status, painter(false), width - 2).map(line => line.slice(0, width - 1))
    const isWhole = lines.every(line => line.length < width - 1)
    const shown = isWhole ? renderStatusTable(status, painter(isColoured(this.#stream)), width - 2) : lines
    const fitting = shown.slice(0, Math.max(1, (this.#stream.rows || 24) - 1))
    this.#stream.write(`${this.#erase()}${fitting.join('\n')}\n`)
    this.#drawnLines = fitting.length
  }

  /** One line for each process or proxy that is not as it was when last spoken of. */
  #say({ workloads, proxies }: InstanceStatus): void {
    for (const workload of workloads) this.#sayOnce(workload.name, processLine(workload))
    for (const proxy of proxies) {
      this.#sayOnce(`proxy of ${proxy.name}`, processLine(proxy))
      const config = configLine(proxy)
      if (config !== undefined) this.#sayOnce(`config of ${proxy.name}`, config)
    }
  }

  #sayOnce(subject: string, line: string): void {
    if (this.#said.get(subject) === line) return
    this.#said.set(subject, line)
    this.#stream.write(`${subject}: ${line}\n`)
  }
}

/** What there is to say of a proxy's configuration; nothing while it waits. */
function configLine({ rejection, accepted, revision, tookMs }: ProxyStatus): string | undefined {
  if (rejection !== null) return `rejected: ${rejection}`
  if (!accepted || revision === null) return undefined
  return `accepted revision ${revision.slice(0, 8)}${tookMs === null ? '' : ` after ${tookMs} ms`}`
}

function processLine({ state, reason, lastWords, pid, restarts }: ProcessStatus): string {
  if (state === 'absent') return 'is not run here'
  if (state === 'running') return `running (pid ${pid}${restarts === 0 ? '' : `, restart ${restarts}`})`
  const words = lastWords === null ? '' : `: "${lastWords}"`
  return reason === null || state === 'starting' ? state : `${state}: ${reason}${words}`
}

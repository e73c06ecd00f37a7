import type { InstanceStatus, ProcessStatus, ProxyStatus } from '../local/status.ts'
import type { Paint, Style } from './terminal.ts'

interface Cell {
  readonly text: string
  readonly style?: Style
}

const header = ['WORKLOAD', 'ADDRESS', 'PROCESS', 'PROXY', 'CONFIG', 'AGE']

/** The state of an instance as a table: a line for each workload, and one for each gateway. */
export function renderStatusTable(status: InstanceStatus, paint: Paint): string[] {
  const rows = status.proxies.map(proxy => rowOf(status, proxy))
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.text.length ?? 0)),
  )
  const line = (cells: readonly Cell[]) =>
    cells
      .map(({ text, style }, column) => {
        const padded = column === header.length - 1 ? text : text.padEnd(widths[column] ?? 0)
        return style === undefined ? padded : paint(padded, style)
      })
      .join('  ')
      .trimEnd()
  return [line(header.map(text => ({ text, style: 'dim' }))), ...rows.map(line)]
}

/** `3 ms`, `42 s`, `5 min`, `3 h`, `2 d`. */
export function renderAge(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const
  const unit = units.find(([, length]) => ms >= length)
  return unit === undefined ? `${Math.max(0, Math.round(ms))} ms` : `${Math.floor(ms / unit[1])} ${unit[0]}`
}

function rowOf({ workloads, proxies }: InstanceStatus, proxy: ProxyStatus): readonly Cell[] {
  const workload = workloads.find(({ name, namespace }) => name === proxy.workload && namespace === proxy.namespace)
  const isShared = new Set(proxies.map(({ namespace }) => namespace)).size > 1
  return [
    { text: isShared ? `${proxy.name}.${proxy.namespace}` : proxy.name, style: 'bold' },
    { text: proxy.address },
    workload === undefined ? { text: '–', style: 'dim' } : processCell(workload),
    processCell(proxy),
    configCell(proxy),
    { text: renderAge(proxy.ageMs) },
  ]
}

function processCell({ state, restarts, reason }: ProcessStatus): Cell {
  const again = restarts === 0 ? '' : ` (${restarts} ${restarts === 1 ? 'restart' : 'restarts'})`
  if (state === 'running') return { text: `running${again}`, style: 'green' }
  if (state === 'absent') return { text: 'no command', style: 'dim' }
  if (state === 'waiting') return { text: `crashed: ${reason}${again}`, style: 'red' }
  return { text: `${state}${again}`, style: 'yellow' }
}

function configCell({ accepted, rejection, tookMs, state }: ProxyStatus): Cell {
  if (rejection !== null) return { text: 'rejected', style: 'red' }
  if (!accepted || state !== 'running') return { text: 'waiting', style: 'yellow' }
  return { text: tookMs === null ? 'accepted' : `accepted in ${renderAge(tookMs)}`, style: 'green' }
}

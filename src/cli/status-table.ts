import type { InstanceStatus, ProcessStatus, ProxyStatus, WorkloadStatus } from '../local/status.ts'
import { counted } from '../util/counted.ts'
import type { Paint, Style } from './terminal.ts'

interface Cell {
  readonly text: string
  readonly style?: Style
}

const header = ['WORKLOAD', 'ADDRESS', 'PROCESS', 'PROXY', 'CONFIG', 'AGE']
/** What a program said that crashed: last, because it is long, and only where there is such. */
const wordsTitle = 'LAST WORDS'

/**
 * The state of an instance as a table: a line for each workload, and one for each gateway.
 *
 * @param width to which last words are cut; default: they are shown whole
 */
export function renderStatusTable(status: InstanceStatus, paint: Paint, width = Number.POSITIVE_INFINITY): string[] {
  const rows = status.proxies.map(proxy => rowOf(status, proxy))
  const words = status.proxies.map(proxy => wordsOf(status, proxy))
  const hasWords = words.some(text => text !== undefined)
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.text.length ?? 0)),
  )
  const room = width - widths.reduce((sum, column) => sum + column + 2, 0)
  const line = (cells: readonly Cell[], last: string | undefined) => {
    const isPadded = (column: number) => column < header.length - 1 || last !== undefined
    const fixed = cells.map(({ text, style }, column) => {
      const padded = isPadded(column) ? text.padEnd(widths[column] ?? 0) : text
      return style === undefined ? padded : paint(padded, style)
    })
    return [...fixed, ...(last === undefined ? [] : [paint(cutTo(last, room), 'dim')])].join('  ').trimEnd()
  }
  const titles = header.map(text => ({ text, style: 'dim' }) as const)
  return [
    line(titles, hasWords ? wordsTitle : undefined),
    ...rows.map((cells, index) => line(cells, words[index] === undefined ? undefined : `"${words[index]}"`)),
  ]
}

/** Of the workload, or of its proxy. */
function wordsOf(status: InstanceStatus, proxy: ProxyStatus): string | undefined {
  return workloadOf(status, proxy)?.lastWords ?? proxy.lastWords ?? undefined
}

function cutTo(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`
}

function workloadOf({ workloads }: InstanceStatus, proxy: ProxyStatus): WorkloadStatus | undefined {
  return workloads.find(({ name, namespace }) => name === proxy.workload && namespace === proxy.namespace)
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

function rowOf(status: InstanceStatus, proxy: ProxyStatus): readonly Cell[] {
  const workload = workloadOf(status, proxy)
  const isShared = new Set(status.proxies.map(({ namespace }) => namespace)).size > 1
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
  const again = restarts === 0 ? '' : ` (${counted(restarts, 'restart')})`
  if (state === 'running') return { text: `running${again}`, style: 'green' }
  if (state === 'absent') return { text: 'not run here', style: 'dim' }
  if (state === 'waiting') return { text: `crashed: ${reason}${again}`, style: 'red' }
  return { text: `${state}${again}`, style: 'yellow' }
}

function configCell({ accepted, rejection, tookMs, state }: ProxyStatus): Cell {
  if (rejection !== null) return { text: 'rejected', style: 'red' }
  if (!accepted || state !== 'running') return { text: 'waiting', style: 'yellow' }
  return { text: tookMs === null ? 'accepted' : `accepted in ${renderAge(tookMs)}`, style: 'green' }
}

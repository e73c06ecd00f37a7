/** What Envoy takes of limits, and no type can say: said where the author wrote it, for a proxy would refuse the whole listener. */
import { parseDuration } from '../kinds/duration.ts'
import { reportError } from './declaration.ts'
import type { LimitOptions, QuotaOptions } from './limit.ts'

type Path = readonly (string | number)[]

export function limitMistakes(options: LimitOptions, at: number): void {
  const { requests, burst, per, status, headers = {} } = options
  const say = saying(at)
  for (const [option, count] of Object.entries({ requests, burst }))
    if (count !== undefined && !isCount(count))
      say([option], 'a count of requests is a whole number from 1 to 4294967295')
  if (!isTime(per)) say(['per'], 'proxies count in times of 50ms or more: 100ms, 1s, 1m')
  if (status !== undefined && (!Number.isInteger(status) || status < 400 || status > 599))
    say(['status'], 'a request that is refused gets a status from 400 to 599')
  for (const name of Object.keys(headers)) if (!isName(name)) say(['headers', name], `"${name}" is no name of a header`)
}

export function quotaMistakes({ counts = [] }: QuotaOptions, at: number): void {
  const say = saying(at)
  for (const [index, entries] of counts.entries()) {
    if (Object.keys(entries).length === 0) say(['counts', index], 'it names nothing to count by')
    for (const [name, by] of Object.entries(entries))
      if (name === '' || (typeof by === 'string' ? by === '' : !isName(by.header)))
        say(['counts', index, name], 'what is counted has a name, and a text or the name of a header')
  }
}

function saying(at: number): (path: Path, reason: string) => void {
  return (path, reason) =>
    reportError({ slug: 'authoring-mistake', params: { reason }, trace: { site: at, path: [1, ...path] } })
}

export function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count < 2 ** 32
}

/** Is it a length of time in which proxies can count? */
export function isTime(per: string): boolean {
  return (parseDuration(per) ?? 0) >= 50
}

/** A token of HTTP, or one of the names that begin with a colon. */
function isName(name: string): boolean {
  return /^:?[\w!#$%&'*+.^`|~-]+$/.test(name)
}

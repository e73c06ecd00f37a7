import type { InstanceStatus } from '../local/status.ts'
import { renderAge } from './status-table.ts'

/** Says once for each push after the first which proxies it concerned, when the last of them has accepted it. */
export class RevisionReport {
  #reported: number | null = null

  /** The line for a revision that has just been accepted by all; undefined while there is nothing new to say. */
  next({ instance, proxies }: InstanceStatus): string | undefined {
    const { revision, push } = instance
    if (revision === null || push === null || push === this.#reported) return undefined
    if (proxies.some(proxy => !proxy.accepted)) return undefined
    const isFirst = this.#reported === null
    this.#reported = push
    if (isFirst) return undefined
    const concerned = proxies.filter(proxy => proxy.push === push)
    const head = `revision ${revision.slice(0, 8)}`
    if (concerned.length === 0) return `${head} changes nothing for the proxies`
    const slowest = Math.max(...concerned.map(proxy => proxy.tookMs ?? 0))
    const names = concerned.map(proxy => proxy.name).join(', ')
    return `${head} accepted in ${renderAge(slowest)} by the proxies that it concerns: ${names}`
  }
}

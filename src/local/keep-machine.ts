/** Keeps the folder of a machine fresh while its Envoy runs, and notices that the mesh has put the machine out. */
import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { askAgent, JoinFailed, joinPaths } from '../cluster/join-client.ts'
import { readMachine, refreshMachine } from './machine-folder.ts'

/** How often the folder is refreshed, ms; and how soon again where that failed, or Envoy has no stream. */
const [refreshMs, soonMs] = [3_600_000, 60_000]
/** How often Envoy is asked whether it has its stream, ms; and so long it has to answer. */
const [lookMs, answerMs] = [2_000, 2_000]

export interface KeepOptions {
  readonly signal: AbortSignal
  readonly say: (line: string) => void
  /** So soon it asks again where that failed, or Envoy has no stream, ms. Default: a minute. */
  readonly retryMs?: number
}

/**
 * Refreshes now, every hour (a root that is replaced is believed by a bridge for a day), when Envoy's stream has ended, and each
 * minute while it has none: that is how a machine that was put out hears of it.
 *
 * @returns why the machine is no part of the mesh any more; undefined once the signal has ended it. A mesh that can't be
 * reached is tried again.
 */
export async function keepMachine(
  dir: string,
  { signal, say, retryMs = soonMs }: KeepOptions,
): Promise<string | undefined> {
  let [said, askedAt, isRefreshed, hadStream] = ['', Number.NEGATIVE_INFINITY, false, false]
  while (!signal.aborted) {
    const hasStream = await isConnected(dir)
    const waitMs = isRefreshed && hasStream ? refreshMs : retryMs
    if (performance.now() >= askedAt + waitMs || (hadStream && !hasStream)) {
      const { problem = '', isForGood } = await refresh(dir)
      if (isForGood) return problem
      if (problem !== '' && problem !== said) say(`the folder is as it was: ${problem}`)
      said = problem
      isRefreshed = problem === ''
      askedAt = performance.now()
    }
    hadStream = hasStream
    await sleep(lookMs, undefined, { signal }).catch(() => {})
  }
  return undefined
}

async function refresh(dir: string): Promise<{ readonly problem?: string; readonly isForGood: boolean }> {
  try {
    const machine = readMachine(dir)
    if (machine === undefined) return { problem: `${dir} is gone`, isForGood: false }
    const { agent, roots: ca, token } = machine
    refreshMachine(machine.dir, await askAgent(joinPaths.refresh, { agent, ca, token }))
    return { isForGood: false }
  } catch (error) {
    return { problem: (error as Error).message, isForGood: error instanceof JoinFailed && error.isForGood }
  }
}

/** Has Envoy a stream to the control plane? */
function isConnected(dir: string): Promise<boolean> {
  const path = '/stats?filter=^control_plane\\.connected_state$'
  return new Promise(resolve => {
    const options = { socketPath: join(dir, 'admin.sock'), path, agent: false, timeout: answerMs }
    const call = request(options, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve(/: 1$/m.test(text)))
      response.on('error', () => resolve(false))
    })
    call.on('timeout', () => call.destroy())
    // Not up yet, or gone.
    call.on('error', () => resolve(false))
    call.end()
  })
}

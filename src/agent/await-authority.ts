/** The authority that the installation's values ask for: made where it is ours to make, else waited for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type FoundAuthority, findAuthority, issuedSecret, readAuthority } from '../cluster/authority-secret.ts'
import type { ClusterClient } from '../cluster/client.ts'
import { type InstallValues, sourceOf } from '../cluster/install/values.ts'
import { isObject } from '../util/is-object.ts'

export interface AwaitOptions {
  readonly client: ClusterClient
  readonly values: InstallValues
  readonly log: (level: 'info' | 'warning', line: string) => void
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

/** How often it is looked for, ms; and how often the same is said again. */
const [everyMs, sayMs] = [2_000, 60_000]

/**
 * @throws AuthorityUnusable where what is there can't be used
 * @throws AbortError where the signal ended the waiting
 */
export async function awaitAuthority({ client, values, log, signal }: AwaitOptions): Promise<FoundAuthority> {
  const { namespace, domain } = values
  const source = sourceOf(values)
  if (source === 'mesh') return findAuthority(client, namespace, domain)
  for (let said = { line: '', at: 0 }; ; ) {
    const found = await readAuthority(client, namespace, source)
    if (found !== undefined) return found
    const line = `waiting for Secret ${issuedSecret}, which cert-manager writes for Certificate ${namespace}/${issuedSecret}: ${await stateOf(client, namespace)}`
    if (line !== said.line || performance.now() - said.at > sayMs) {
      log('warning', line)
      said = { line, at: performance.now() }
    }
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal })
  }
}

/** What cert-manager says of the Certificate, in its own words. */
async function stateOf(client: ClusterClient, namespace: string): Promise<string> {
  const path = `/apis/cert-manager.io/v1/namespaces/${namespace}/certificates/${issuedSecret}`
  try {
    const certificate = await client.call('GET', path)
    const status = isObject(certificate) && isObject(certificate['status']) ? certificate['status'] : {}
    const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isObject) : []
    const ready = conditions.find(({ type }) => type === 'Ready')
    return typeof ready?.['message'] === 'string' ? ready['message'] : 'cert-manager has said nothing of it yet'
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * Asks the agent's replicas, through the API server: whoever may pass requests on to its pods and may make a token for the
 * reading account may look, and nothing of it lies open in the cluster.
 */

import { isObject } from '../util/is-object.ts'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'
import { listOf } from './install/existing.ts'
import { agentName, readerAudience, readerName, webhookPort, webhookPortName } from './install/values.ts'
import { isReady, type PodObject } from './objects.ts'
import { tokenHeader } from './webhook/server.ts'

/** The shortest that the API server makes; whoever asks for longer gets another one. */
const tokenSeconds = 600

/** No replica runs, or it can't be asked. */
export class AgentUnreachable extends Error {
  override readonly name = 'AgentUnreachable'
}

export class AgentClient {
  readonly #client: ClusterClient
  readonly #namespace: string
  #token: { readonly made: Promise<string>; readonly at: number } | undefined

  constructor(client: ClusterClient, namespace: string) {
    this.#client = client
    this.#namespace = namespace
  }

  /**
   * What each replica tells at a path.
   *
   * @throws AgentUnreachable where none runs, or the caller may not ask
   */
  async askAll<Answer>(path: string): Promise<{ readonly replica: string; readonly answer: Answer }[]> {
    const pods = (await listOf(this.#client, `/api/v1/namespaces/${this.#namespace}/pods`)) as PodObject[]
    const replicas = pods.filter(
      ({ metadata, status }) =>
        metadata.labels?.['app'] === agentName &&
        status?.phase === 'Running' &&
        metadata.deletionTimestamp === undefined,
    )
    if (replicas.length === 0) throw new AgentUnreachable(`no ${agentName} runs in namespace ${this.#namespace}`)
    const answers = await Promise.allSettled(
      replicas.map(async pod => ({
        replica: pod.metadata.name,
        answer: (await this.#ask(pod, path)) as Answer,
      })),
    )
    // One that does not run yet, or not any more, and says so, knows nothing that another does not.
    const failed = answers.filter((answer, index) => answer.status === 'rejected' && isReady(replicas[index]!))
    const given = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
    const [first] = given.length === 0 ? answers.filter(({ status }) => status === 'rejected') : failed
    if (first?.status === 'rejected') throw first.reason
    return given
  }

  async #ask({ metadata: { name }, spec }: PodObject, path: string): Promise<unknown> {
    const ports = (spec?.containers ?? []).flatMap(({ ports = [] }) => ports)
    const port = ports.find(candidate => candidate.name === webhookPortName)?.containerPort ?? webhookPort
    const target = `/api/v1/namespaces/${this.#namespace}/pods/https:${name}:${port}/proxy${path}`
    try {
      return await this.#client.call('GET', target, { headers: { [tokenHeader]: await this.#newToken() } })
    } catch (error) {
      if (isApiError(error)) throw new AgentUnreachable(`${name} can't be asked: ${error.message}`)
      throw error
    }
  }

  #newToken(): Promise<string> {
    const youngest = performance.now() - (tokenSeconds * 1000) / 2
    if (this.#token === undefined || this.#token.at < youngest)
      this.#token = { made: this.#makeToken(), at: performance.now() }
    return this.#token.made
  }

  async #makeToken(): Promise<string> {
    const path = `/api/v1/namespaces/${this.#namespace}/serviceaccounts/${readerName}/token`
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [readerAudience], expirationSeconds: tokenSeconds },
    }
    const answer = await this.#client.call('POST', path, { body })
    const status = isObject(answer) && isObject(answer['status']) ? answer['status'] : {}
    if (typeof status['token'] !== 'string') throw new AgentUnreachable('the API server makes no token')
    return status['token']
  }
}

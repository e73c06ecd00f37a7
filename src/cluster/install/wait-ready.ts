/** Waits until what was installed runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Resource } from '../../kinds/resource.ts'
import type { ClusterClient } from '../client.ts'
import { isReady as isPodReady } from '../objects.ts'
import type { ApiObject } from '../reflector.ts'
import { listOf } from './existing.ts'

/** The few fields of a Deployment that tell whether it runs. */
export interface DeploymentObject extends ApiObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: {
    readonly observedGeneration?: number
    readonly updatedReplicas?: number
    readonly availableReplicas?: number
    readonly replicas?: number
  }
}

interface PodStatus {
  readonly containerStatuses?: readonly {
    readonly name: string
    readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } }
  }[]
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[]
}

export interface WaitOptions {
  readonly timeoutMs: number
  readonly onProgress: (line: string) => void
}

/** How often the cluster is asked, and how long an image may be missing, ms. */
const [everyMs, imageMs] = [500, 20_000]

/**
 * Resolves once each Deployment has all its replicas up to date and available, and the API server believes each webhook.
 *
 * @returns what keeps the others from it, a line each; none where all are ready
 */
export async function waitReady(
  client: ClusterClient,
  resources: readonly Resource[],
  { timeoutMs, onProgress }: WaitOptions,
): Promise<string[]> {
  const deadline = performance.now() + timeoutMs
  const waiting = new Map(
    resources
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => [metadata.name, metadata.namespace ?? 'default']),
  )
  let said = ''
  let imageMissingSince = performance.now()
  while (waiting.size > 0) {
    for (const [name, namespace] of waiting) {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`
      const deployment = await client.find<DeploymentObject>(path)
      if (deployment === undefined || !isReady(deployment)) continue
      waiting.delete(name)
      onProgress(`${name} is ready`)
    }
    if (waiting.size === 0) break
    if (performance.now() > deadline) return reasons(client, waiting)
    const images = (await reasons(client, waiting)).filter(isImageMissing)
    if (images.length === 0) imageMissingSince = performance.now()
    // The kubelet tries again, but an image that no registry has will not come by itself.
    else if (performance.now() - imageMissingSince > imageMs) return images
    const line = `waiting for ${[...waiting.keys()].join(', ')}`
    if (line !== said) onProgress(line)
    said = line
    await sleep(everyMs)
  }
  return waitBelieved(client, resources, { deadline, onProgress })
}

interface WebhookObject extends ApiObject {
  readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[]
}

const webhookKinds: Readonly<{ [kind: string]: string }> = {
  MutatingWebhookConfiguration: 'mutatingwebhookconfigurations',
  ValidatingWebhookConfiguration: 'validatingwebhookconfigurations',
}

/** Until the replica that writes has told by whom webhooks are vouched for, pods that want a proxy are refused. */
async function waitBelieved(
  client: ClusterClient,
  resources: readonly Resource[],
  { deadline, onProgress }: { readonly deadline: number } & Pick<WaitOptions, 'onProgress'>,
): Promise<string[]> {
  const named = resources.flatMap(({ kind, metadata: { name } }) => {
    const plural = webhookKinds[kind]
    return plural === undefined ? [] : [{ name, path: `/apis/admissionregistration.k8s.io/v1/${plural}/${name}` }]
  })
  let isSaid = false
  for (;;) {
    const found = await Promise.all(named.map(({ path }) => client.find<WebhookObject>(path)))
    const open = named.filter((_, index) => !isBelieved(found[index]))
    if (open.length === 0) return []
    const names = open.map(({ name }) => name).join(', ')
    if (performance.now() > deadline) return [`no agent has written yet by whom ${names} is vouched for`]
    if (!isSaid) onProgress(`waiting for the authority of ${names}`)
    isSaid = true
    await sleep(everyMs)
  }
}

function isBelieved(configuration: WebhookObject | undefined): boolean {
  return (configuration?.webhooks ?? []).every(({ clientConfig }) => (clientConfig?.caBundle ?? '') !== '')
}

/** Does a reason say that an image can't be had? */
export function isImageMissing(reason: string): boolean {
  return /: (ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull)/.test(reason)
}

function isReady({ metadata, spec, status = {} }: DeploymentObject): boolean {
  const wanted = spec?.replicas ?? 1
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status
  return (
    observedGeneration >= (metadata.generation ?? 0) &&
    updatedReplicas >= wanted &&
    availableReplicas >= wanted &&
    replicas === updatedReplicas
  )
}

async function reasons(client: ClusterClient, waiting: ReadonlyMap<string, string>): Promise<string[]> {
  const lines: string[] = []
  for (const [name, namespace] of waiting) lines.push(...(await whyNotReady(client, { name, namespace })))
  return lines
}

/** What keeps the pods of a Deployment from being ready, a line each. */
export async function whyNotReady(
  client: ClusterClient,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Promise<string[]> {
  const pods = (await listOf(client, `/api/v1/namespaces/${namespace}/pods`)).filter(({ metadata }) =>
    metadata.name.startsWith(`${name}-`),
  )
  const found = pods
    .filter(pod => !isPodReady(pod))
    .flatMap(pod => reasonsOf(pod.metadata.name, (pod['status'] ?? {}) as PodStatus))
  if (found.length > 0) return found
  return [pods.length === 0 ? `${name} has no pods yet` : `${name} has too few pods`]
}

function reasonsOf(name: string, { containerStatuses = [], conditions = [] }: PodStatus): string[] {
  const waiting = containerStatuses.flatMap(({ name: container, state }) => {
    const { reason, message } = state?.waiting ?? {}
    return reason === undefined
      ? []
      : [`pod ${name}, container ${container}: ${reason}${message === undefined ? '' : `: ${message}`}`]
  })
  if (waiting.length > 0) return waiting
  const unmet = conditions.find(({ status, message }) => status !== 'True' && message !== undefined)
  return [`pod ${name}: ${unmet?.message ?? 'is not ready'}`]
}

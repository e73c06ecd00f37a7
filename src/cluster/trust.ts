/**
 * What the writing replica keeps up: the trust bundle in every namespace, in the webhooks' configuration the CA that
 * the API server shall believe, and statuses.
 */

import { dirname } from 'node:path/posix'
import { isApiError } from './api-error.ts'
import type { ClusterClient } from './client.ts'
import type { StatusToWrite } from './gateway-api-status.ts'
import { trustConfigMap, trustFiles } from './inject/inject-pod.ts'
import { writeTimeoutMs } from './lease.ts'
import type { ApiObject } from './reflector.ts'

/** Who writes these. */
const fieldManager = 'mesh-agent'

/** Where a namespace's bundle lies. */
export function bundlePath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/configmaps/${trustConfigMap}`
}

/**
 * Writes the bundle into a namespace, in place of what was read of it a moment before and of nothing else: a replica that was
 * paused meanwhile must not undo what its successor has written. A namespace that is on its way out takes nothing new, and
 * needs nothing.
 *
 * @throws ApiError 409 where somebody else has written it since; whoever writes looks again whether, and what, he has to
 */
export async function writeTrust(client: ClusterClient, namespace: string, roots: string): Promise<void> {
  const path = bundlePath(namespace)
  // Of all that it takes: whoever was the holder when it began may be none any more after it.
  const deadline = performance.now() + writeTimeoutMs
  const data = trustFiles(roots)
  const body = (known: object) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: trustConfigMap, namespace, labels: { 'app.kubernetes.io/managed-by': 'meshwright' }, ...known },
    data,
  })
  try {
    const found = await client.find(path, { deadline })
    const [query, texts] = [{ fieldManager }, (found?.['data'] ?? {}) as { readonly [file: string]: string }]
    if (found === undefined) await client.call('POST', dirname(path), { query, body: body({}), deadline })
    else if (Object.entries(data).some(([file, text]) => texts[file] !== text)) {
      const { resourceVersion } = found.metadata
      await client.call('PATCH', path, {
        query: { ...query, force: true },
        contentType: 'application/apply-patch+yaml',
        body: body({ resourceVersion }),
        deadline,
      })
    }
  } catch (error) {
    if (!isApiError(error, 403, 404)) throw error
    if (isApiError(error, 403) && !/terminat/.test(error.message)) throw error
  }
}

/** A configuration of webhooks, by its plural and name. */
export interface WrittenHook {
  readonly resource: 'mutatingwebhookconfigurations' | 'validatingwebhookconfigurations'
  readonly name: string
}

/** Where it lies. */
export function hookPath({ resource, name }: WrittenHook): string {
  return `/apis/admissionregistration.k8s.io/v1/${resource}/${name}`
}

/**
 * Puts the CA into each webhook of a configuration; there is nothing to do where it is not installed.
 *
 * @throws ApiError as `writeTrust`
 */
export async function writeWebhookCa(client: ClusterClient, hook: WrittenHook, roots: string): Promise<void> {
  const path = hookPath(hook)
  const deadline = performance.now() + writeTimeoutMs
  const caBundle = Buffer.from(roots).toString('base64')
  try {
    const configuration = (await client.call('GET', path, { deadline })) as ApiObject & {
      readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[]
    }
    const webhooks = configuration.webhooks ?? []
    const patch = [
      // A conflict where it is another one by then.
      { op: 'replace', path: '/metadata/resourceVersion', value: configuration.metadata.resourceVersion },
      ...webhooks.flatMap(({ clientConfig }, index) =>
        clientConfig?.caBundle === caBundle
          ? []
          : [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle }],
      ),
    ]
    if (patch.length === 1) return
    await client.call('PATCH', path, {
      query: { fieldManager },
      contentType: 'application/json-patch+json',
      body: patch,
      deadline,
    })
  } catch (error) {
    if (!isApiError(error, 404)) throw error
  }
}

/**
 * Writes fields of an object's status, if the object is still the one that they were made from.
 *
 * @throws ApiError as `writeTrust`; 404 where it is gone
 */
export async function writeStatus(
  client: ClusterClient,
  { path, resourceVersion, status }: StatusToWrite,
): Promise<void> {
  await client.call('PATCH', path, {
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion }, status },
    deadline: performance.now() + writeTimeoutMs,
  })
}

/** Who besides the agent has written an object last, by the name of his field manager; undefined where nobody can be named. */
export async function lastOtherWriter(client: ClusterClient, path: string): Promise<string | undefined> {
  const found = await client.find(path)
  const others = (found?.metadata.managedFields ?? []).filter(({ manager }) => manager !== fieldManager)
  const [last] = others.sort((a, b) => (String(a['time']) > String(b['time']) ? -1 : 1))
  return typeof last?.['manager'] === 'string' ? last['manager'] : undefined
}

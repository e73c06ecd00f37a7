/** Whether the API server can ask the agent: each webhook is there, believed, and answered for. */
import type { ClusterClient } from './client.ts'
import { trustConfigMap } from './inject/inject-pod.ts'
import { listOf } from './install/existing.ts'
import { injectorName, servesProxies, validatorName, webhookPortName } from './install/values.ts'
import type { EndpointSliceObject } from './objects.ts'
import type { ApiObject } from './reflector.ts'
import type { VerifyContext } from './verify.ts'

interface Hook {
  /** Plural and name of its configuration. */
  readonly path: string
  /** What comes of it where there is no such configuration. */
  readonly withoutIt: string
  /** And where the API server can't ask. */
  readonly unasked: string
}

const hooks = {
  injection: {
    path: `mutatingwebhookconfigurations/${injectorName}`,
    withoutIt: 'no pod gets a proxy',
    unasked: 'pods of labelled namespaces are refused',
  },
  validation: {
    path: `validatingwebhookconfigurations/${validatorName}`,
    withoutIt: 'what is applied is not checked',
    unasked: 'what is applied is not checked',
  },
} as const satisfies { readonly [name: string]: Hook }

interface WebhookObject extends ApiObject {
  readonly webhooks?: readonly {
    readonly clientConfig?: {
      readonly caBundle?: string
      readonly service?: { readonly namespace: string; readonly name: string }
    }
  }[]
}

/** Looks at one of the two webhooks. */
export async function verifyWebhook(context: VerifyContext, which: keyof typeof hooks) {
  const { client } = context
  const { path, withoutIt, unasked }: Hook = hooks[which]
  const found = await client.find<WebhookObject>(`/apis/admissionregistration.k8s.io/v1/${path}`)
  const configs = (found?.webhooks ?? []).map(({ clientConfig }) => clientConfig ?? {})
  if (configs.length === 0) {
    const fact = `${found === undefined ? 'it is not there' : 'its configuration is empty'}: ${withoutIt}`
    return [{ state: 'bad' as const, fact, remedy: 'install again with `mesh install`' }]
  }
  const wanted = await bundleOf(context)
  const services = new Map(
    configs.flatMap(({ service }) =>
      service === undefined ? [] : [[`${service.namespace}/${service.name}`, service]],
    ),
  )
  const unserved = await Promise.all([...services.values()].map(service => problemOf(client, service)))
  const findings = [
    ...(configs.every(({ caBundle = '' }) => (wanted === undefined ? caBundle !== '' : caBundle === wanted))
      ? []
      : [
          {
            fact: `the API server does not know the CA of the agent: ${unasked}`,
            remedy: 'the agent writes it within a minute; if not, look at its log',
          },
        ]),
    ...unserved.flatMap(problem =>
      problem === undefined ? [] : [{ ...problem, fact: `${problem.fact}: ${unasked}` }],
    ),
  ]
  if (findings.length > 0) return findings.map(finding => ({ state: 'bad' as const, ...finding }))
  return [{ state: 'good' as const, fact: 'it knows the CA of the agent, which answers' }]
}

/** Base64 of the CA that the agent has; undefined where nobody tells: that the agent is not there is said by itself. */
async function bundleOf({ client, values, roots }: VerifyContext): Promise<string | undefined> {
  // Beside Istio nobody keeps the trust bundles up: one that is there may be older than the CA.
  const path = `/api/v1/namespaces/${values.namespace}/configmaps/${trustConfigMap}`
  const bundle = servesProxies(values) ? await client.find(path) : undefined
  const kept = (bundle?.['data'] as { readonly [file: string]: string } | undefined)?.['ca.crt']
  const text = kept ?? (await roots().catch(() => undefined))
  return text === undefined ? undefined : Buffer.from(text).toString('base64')
}

/** Why nobody answers at a Service; undefined where somebody does. */
async function problemOf(
  client: ClusterClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<{ readonly fact: string; readonly remedy: string } | undefined> {
  const service = await client.find(`/api/v1/namespaces/${namespace}/services/${name}`)
  if (service === undefined)
    return { fact: `there is no Service ${namespace}/${name}`, remedy: 'install again with `mesh install`' }
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
  const slices = (await listOf(
    client,
    `${path}?labelSelector=kubernetes.io%2Fservice-name%3D${encodeURIComponent(name)}`,
  )) as EndpointSliceObject[]
  const isAnswered = slices.some(
    ({ endpoints, ports }) =>
      (ports ?? []).some(port => port.name === webhookPortName) &&
      (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false),
  )
  if (isAnswered) return undefined
  return {
    fact: `Service ${namespace}/${name} has no ready endpoint`,
    remedy: `look why none of its pods is ready: kubectl -n ${namespace} describe pods -l app=${name}`,
  }
}

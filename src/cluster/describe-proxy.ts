/** What stands between a pod and its callers: a proxy, or why there is none and what would bring one. */
import { injectionLabel } from '../kinds/kubernetes/namespace.ts'
import type { MetaMap } from '../kinds/resource.ts'
import { type Decision, decide, foreignProxyOf, proxyContainer } from './inject/decide.ts'
import type { InjectionSettings } from './inject/inject-pod.ts'
import type { Pod } from './inject/pod.ts'
import { dnsOf, hasSidecar, type PodObject } from './objects.ts'

export interface PodProxy {
  /** One that was injected; the pod itself, as a gateway's; another mesh's; or none. */
  readonly kind: 'injected' | 'own' | 'foreign' | 'none'
  /** For people. */
  readonly line: string
  /** Why there is none. */
  readonly why?: string
  /** What would bring one, where something can. */
  readonly remedy?: string
}

export interface ProxyContext {
  /** As pods are given proxies now. */
  readonly injection: InjectionSettings
  readonly namespaceLabels: MetaMap
}

export function proxyOf(pod: PodObject, context: ProxyContext): PodProxy {
  const answers = dnsOf(pod) === undefined ? '' : ', which answers its questions for names'
  if (hasSidecar(pod)) return { kind: 'injected', line: `it has its proxy${answers}` }
  const { metadata, spec = {} } = pod
  const whole = { metadata, spec: { ...spec, containers: spec.containers ?? [] } } as Pod
  if (whole.spec.containers.some(({ name }) => name === proxyContainer))
    return { kind: 'own', line: 'it is a proxy itself' }
  const foreign = foreignProxyOf(whole)
  if (foreign !== undefined) return { kind: 'foreign', line: `it brings a proxy of its own, ${foreign}` }
  const { isInjected, why } = decision(whole, context)
  if (isInjected)
    return {
      kind: 'none',
      line: `it has no proxy, though ${why}: it is older than that, so restart it`,
      why: 'it is older than what asks for one',
      remedy: 'restart it',
    }
  const labelled = { ...context, namespaceLabels: { ...context.namespaceLabels, [injectionLabel]: 'enabled' } }
  const none = { kind: 'none', line: `it has no proxy: ${why}`, why } as const
  return decision(whole, labelled).isInjected ? { ...none, remedy: 'label its namespace and restart it' } : none
}

function decision(pod: Pod, { injection, namespaceLabels }: ProxyContext): Decision {
  return decide(pod, {
    ...injection,
    namespace: { name: pod.metadata?.namespace ?? 'default', labels: namespaceLabels },
  })
}

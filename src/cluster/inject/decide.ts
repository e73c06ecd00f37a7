/** Whether a pod gets a proxy: an ordered list of reasons, the first that holds decides. */
import { injectionLabel } from '../../kinds/kubernetes/namespace.ts'
import type { MetaMap } from '../../kinds/resource.ts'
import type { Pod } from './pod.ts'

/** The pod's namespace, with its labels. */
export interface PodNamespace {
  readonly name: string
  readonly labels: MetaMap
}

export interface DecisionContext {
  readonly namespace: PodNamespace
  /** The control plane's own namespace. */
  readonly systemNamespace: string
  /** Of this control plane, for `istio.io/rev` and `meshwright.dev/rev`. */
  readonly revision: string
  /** Istio's labels count only where no injector of Istio's would act on them too. */
  readonly readsIstioLabels: boolean
}

export interface Decision {
  readonly isInjected: boolean
  /** Why, as a sentence for the pod's owner. */
  readonly why: string
}

/** Name of the proxy's container: what tells an injected pod. */
export const proxyContainer = 'mesh-proxy'

/** Containers of this name are other meshes' proxies: two on one pod would fight for its traffic. */
const foreignProxies = ['istio-proxy', 'linkerd-proxy', 'kuma-sidecar', 'consul-dataplane']

/** Namespaces in which a failing webhook would keep the cluster itself from healing. */
const neverInjected = ['kube-system', 'kube-public', 'kube-node-lease']

type Rule = (pod: Pod, context: DecisionContext) => Decision | undefined

const rules: readonly Rule[] = [
  function ownNamespace(_, { namespace, systemNamespace }) {
    if (namespace.name === systemNamespace) return no(`namespace ${namespace.name} is the control plane's own`)
    return neverInjected.includes(namespace.name) ? no(`namespace ${namespace.name} is never injected`) : undefined
  },
  function alreadyThere({ spec }) {
    if (containersOf(spec).includes(proxyContainer)) return no('it has its proxy already')
    const foreign = foreignProxyOf({ spec })
    return foreign === undefined ? undefined : no(`it brings a proxy of its own, ${foreign}`)
  },
  function hostNetwork({ spec }) {
    return spec.hostNetwork === true
      ? no("it is on its node's network, whose traffic is not its own to redirect")
      : undefined
  },
  function podSaysSo(pod, { readsIstioLabels }) {
    const names = ['meshwright.dev/inject', ...(readsIstioLabels ? ['sidecar.istio.io/inject'] : [])]
    for (const name of names) {
      // Istio reads the label before the annotation, which is the older form.
      const value = pod.metadata?.labels?.[name] ?? pod.metadata?.annotations?.[name]
      if (value !== undefined)
        return isOn(value) ? yes(`the pod says ${name}: ${value}`) : no(`the pod says ${name}: ${value}`)
    }
    return undefined
  },
  function revision(pod, context) {
    return byRevision(pod.metadata?.labels, 'the pod', context)
  },
  function namespaceSaysSo(_, { namespace, readsIstioLabels }) {
    const names = [injectionLabel, ...(readsIstioLabels ? ['istio-injection'] : [])]
    for (const name of names) {
      const value = namespace.labels[name]
      if (value === 'enabled') return yes(`namespace ${namespace.name} has ${name}=enabled`)
      if (value !== undefined) return no(`namespace ${namespace.name} has ${name}=${value}`)
    }
    return undefined
  },
  function namespaceRevision(_, context) {
    return byRevision(context.namespace.labels, `namespace ${context.namespace.name}`, context)
  },
]

/** Decides for one pod. */
export function decide(pod: Pod, context: DecisionContext): Decision {
  for (const rule of rules) {
    const decision = rule(pod, context)
    if (decision !== undefined) return decision
  }
  return no(`neither the pod nor namespace ${context.namespace.name} asks for it`)
}

/** Name of another mesh's proxy that a pod brings. */
export function foreignProxyOf({ spec }: Pick<Pod, 'spec'>): string | undefined {
  return containersOf(spec).find(name => foreignProxies.includes(name))
}

function containersOf({ initContainers = [], containers }: Pod['spec']): string[] {
  return [...initContainers, ...containers].map(({ name }) => name)
}

function byRevision(labels: MetaMap | undefined, whose: string, context: DecisionContext): Decision | undefined {
  const names = ['meshwright.dev/rev', ...(context.readsIstioLabels ? ['istio.io/rev'] : [])]
  const name = names.find(candidate => labels?.[candidate] !== undefined)
  if (name === undefined) return undefined
  const wanted = labels?.[name]
  const text = `${whose} has ${name}=${wanted}`
  return wanted === context.revision ? yes(text) : no(`${text}, and this control plane is ${context.revision}`)
}

/** Words that YAML and Istio read as true. */
function isOn(value: string): boolean {
  return ['true', 'yes', 'on', 'y', 'enabled'].includes(value.toLowerCase())
}

function yes(why: string): Decision {
  return { isInjected: true, why }
}

function no(why: string): Decision {
  return { isInjected: false, why }
}

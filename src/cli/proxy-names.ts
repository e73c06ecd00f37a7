/** The names by which people mean proxies of a cluster: a pod's, or that of what the pod is one of. */
import type { ProxyReport } from '../agent/report.ts'
import { ownValue } from '../util/own-value.ts'

/** As `kubectl` abbreviates kinds. */
const abbreviations: Readonly<{ [kind: string]: string }> = {
  po: 'pod',
  deploy: 'deployment',
  sts: 'statefulset',
  ds: 'daemonset',
  rs: 'replicaset',
  cj: 'cronjob',
}

/**
 * The proxies that a name means: `POD`, `WORKLOAD` or `KIND/NAME`, each also with `.NAMESPACE`. A pod of that name goes before
 * workloads.
 */
export function proxiesNamed(proxies: readonly ProxyReport[], text: string): readonly ProxyReport[] {
  const [, kindText, name = ''] = /^(?:([^/]+)\/)?(.*)$/.exec(text) ?? []
  const kind = kindText === undefined ? undefined : singular(kindText.toLowerCase())
  const isNamed = (candidate: string, { namespace }: ProxyReport) =>
    name === candidate || name === `${candidate}.${namespace}`
  const pods = kind === undefined || kind === 'pod' ? proxies.filter(proxy => isNamed(proxy.name, proxy)) : []
  if (pods.length > 0) return pods
  return proxies.filter(proxy => {
    // An agent of an earlier version says nothing of it.
    const { workload = null } = proxy
    return (
      workload !== null && (kind === undefined || kind === workload.kind.toLowerCase()) && isNamed(workload.name, proxy)
    )
  })
}

/**
 * As kubectl looks names up: in one namespace, where one is chosen. A name that says its namespace means that one.
 *
 * @param namespace undefined: any
 */
export function proxiesIn(
  namespace: string | undefined,
  proxies: readonly ProxyReport[],
  text: string,
): readonly ProxyReport[] {
  if (namespace === undefined) return proxiesNamed(proxies, text)
  const here = proxiesNamed(
    proxies.filter(proxy => proxy.namespace === namespace),
    text,
  )
  if (here.length > 0) return here
  return proxiesNamed(
    proxies.filter(proxy => text.endsWith(`.${proxy.namespace}`)),
    text,
  )
}

/** `deploy` and `deployments` are `deployment`. */
function singular(kind: string): string {
  return ownValue(abbreviations, kind) ?? kind.replace(/s$/, '')
}

/** What may be said in place of a name that is none: each workload once, and pods that are of none. */
export function knownNames(proxies: readonly ProxyReport[]): string {
  const names = proxies.map(({ name, workload }) =>
    workload ? `${workload.kind.toLowerCase()}/${workload.name}` : name,
  )
  return [...new Set(names)].join(', ')
}

import { type At, type Labels, type Node, selects } from './node.ts'

/** Something that a policy hangs on by name, in its own namespace. */
export interface PolicyTarget {
  readonly kind: string
  readonly name: string
  readonly at: At
}

/** Whom a policy is about; neither: all of its namespace, or of the mesh where the namespace is its root. */
export interface Targeted {
  readonly selector?: Labels
  readonly targets?: readonly PolicyTarget[]
}

/** A noun of the Mesh that says something about proxies. */
export interface TargetedNode extends Node, Targeted {}

/** A workload or a gateway proxy, as policies see it. */
export interface PolicySubject {
  readonly namespace: string
  readonly labels: Labels
  /** The gateways that a proxy, or a part of it, serves; one proxy may serve many. */
  readonly gateways?: readonly { readonly namespace: string; readonly apiGateway?: string }[]
}

/** Carries the name of the Kubernetes Gateway that a proxy was made for (Gateway API’s own label). */
const gatewayLabel = 'gateway.networking.k8s.io/gateway-name'

/**
 * Does a policy hold for this proxy? One in a root namespace holds in all namespaces for what it selects, one that hangs
 * on something only where it stands (Istio’s rules).
 */
export function isAbout(policy: TargetedNode, subject: PolicySubject, rootNamespaces: readonly string[]): boolean {
  const { selector, targets, namespace } = policy
  if (targets !== undefined) {
    const made = namespace === subject.namespace ? subject.labels[gatewayLabel] : undefined
    const served = (subject.gateways ?? []).flatMap(each => (each.namespace === namespace ? [each.apiGateway] : []))
    return targets.some(({ kind, name }) => kind === 'Gateway' && (name === made || served.includes(name)))
  }
  if (namespace !== subject.namespace && !rootNamespaces.includes(namespace)) return false
  return selector === undefined || selects(selector, subject.labels)
}

/** Places of policies: what an output names as made from. */
export function placesOf(policies: readonly Node[]): At[] {
  return policies.map(({ at }) => at)
}

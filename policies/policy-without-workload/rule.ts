import {
  definePolicy,
  gatewayAccounts,
  type Labels,
  labelIndex,
  labelText,
  type Mesh,
  picksGateway,
  selects,
  type TargetedNode,
} from 'meshwright/policy'

export default definePolicy({
  id: 'policy-without-workload',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'What is said of workloads, of their security above all, is about something that runs.',
  },
  messages: {
    labels: '{kind} "{policy}" selects no workload and no gateway: {labels}',
    namespace: '{kind} "{policy}" is about namespace "{namespace}", in which nothing runs',
  },
  help: 'correct its labels or its namespace, or delete it: it protects nothing',
  create: ({ mesh }) => {
    const runs = [...mesh.workloads, ...mesh.machines]
    const there = labelIndex(runs)
    const gateways = new Set(gatewayAccounts(mesh).map(({ namespace }) => namespace))
    const isRoot = (namespace: string) => mesh.rootNamespaces.includes(namespace)
    const isHere = ({ namespace, selector = {} }: TargetedNode) => there(namespace, selector).length > 0
    // A root's policies are about what they select anywhere: callers of a machine look at what it asks for, too.
    const isSomewhere = (policy: TargetedNode) =>
      isHere(policy) || (isRoot(policy.namespace) && runs.some(({ labels }) => selects(policy.selector ?? {}, labels)))
    // A mesh whose workloads are elsewhere says nothing of them. What hangs on something is for others to judge.
    const isElsewhere = ({ targets }: TargetedNode) => mesh.workloads.length === 0 || targets !== undefined
    function* check(policy: TargetedNode, kind: string) {
      const { selector, namespace, name, at } = policy
      if (isElsewhere(policy) || isSomewhere(policy)) return
      const data = { kind, policy: name, namespace }
      if (selector !== undefined && !picksGateway(selector, mesh))
        yield { message: 'labels', at: `${at}/spec/selector`, data: { ...data, labels: labelText(selector) } }
      else if (selector === undefined && !isRoot(namespace) && !gateways.has(namespace))
        yield { message: 'namespace', at: `${at}/metadata/namespace`, data }
    }
    return {
      *mesh() {
        for (const policy of [...mesh.proxyPatches, ...mesh.proxyExtensions])
          if (isPicking(policy) && !isElsewhere(policy) && !isSomewhere(policy)) yield* idle(policy, mesh)
        // These pick from their own namespace alone, be it a root.
        for (const policy of [...mesh.scopes, ...(mesh.proxySetups ?? []), ...mesh.destinations])
          if (isPicking(policy) && !isElsewhere(policy) && !isHere(policy)) yield* idle(policy, mesh)
      },
      peerPolicy: policy => check(policy, 'PeerAuthentication'),
      accessPolicy: policy => check(policy, 'AuthorizationPolicy'),
      tokenPolicy: policy => check(policy, 'RequestAuthentication'),
    }
  },
})

type Picking = TargetedNode & { readonly selector: Labels }

function isPicking(policy: TargetedNode): policy is Picking {
  return policy.selector !== undefined
}

const selectingWorkloads: ReadonlySet<string> = new Set(['Sidecar', 'EnvoyFilter', 'DestinationRule'])

/** What protects nothing anyway. */
function* idle({ selector, name, at }: Picking, mesh: Mesh) {
  if (picksGateway(selector, mesh)) return
  const kind = at.slice(0, at.indexOf('/'))
  const field = selectingWorkloads.has(kind) ? 'workloadSelector' : 'selector'
  const help = 'correct its labels or its namespace, or delete it: it does nothing'
  yield {
    message: 'labels',
    at: `${at}/spec/${field}`,
    data: { kind, policy: name, labels: labelText(selector) },
    help,
  }
}

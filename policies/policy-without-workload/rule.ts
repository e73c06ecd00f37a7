import {
  definePolicy,
  gatewayAccounts,
  isAbout,
  type Labels,
  labelIndex,
  type Mesh,
  picksGateway,
  selects,
  type TargetedNode,
  workloadsUnder,
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
    const gateways = gatewayAccounts(mesh)
    function* check(policy: TargetedNode, kind: string) {
      const { selector, namespace, name, at } = policy
      if (isElsewhere(policy, mesh)) return
      const data = { kind, policy: name, namespace }
      if (selector !== undefined)
        yield { message: 'labels', at: `${at}/spec/selector`, data: { ...data, labels: textOf(selector) } }
      else if (!mesh.rootNamespaces.includes(namespace) && !gateways.some(gateway => gateway.namespace === namespace))
        yield { message: 'namespace', at: `${at}/metadata/namespace`, data }
    }
    return {
      *mesh() {
        // A mesh whose workloads are elsewhere says nothing of them.
        if (mesh.workloads.length === 0) return
        const runs = [...mesh.workloads, ...mesh.machines]
        const there = labelIndex(runs)
        const isThere = ({ namespace, selector }: Picking) => there(namespace, selector).length > 0
        const isAnywhere = ({ namespace, selector }: Picking) =>
          mesh.rootNamespaces.includes(namespace) && runs.some(({ labels }) => selects(selector, labels))
        for (const policy of [...mesh.proxyPatches, ...mesh.proxyExtensions])
          if (isPicking(policy) && !isThere(policy) && !isAnywhere(policy)) yield* idle(policy, mesh)
        // These pick from their own namespace alone, be it a root.
        for (const policy of [...mesh.scopes, ...(mesh.proxySetups ?? [])])
          if (isPicking(policy) && !isThere(policy)) yield* idle(policy, mesh)
      },
      peerPolicy: policy => check(policy, 'PeerAuthentication'),
      accessPolicy: policy => check(policy, 'AuthorizationPolicy'),
      tokenPolicy: policy => check(policy, 'RequestAuthentication'),
    }
  },
})

/** Is a policy about something, or may it be? What hangs on something is for others to judge. */
function isElsewhere(policy: TargetedNode, mesh: Mesh): boolean {
  // A mesh whose workloads are elsewhere says nothing of them.
  if (policy.targets !== undefined || mesh.workloads.length === 0 || workloadsUnder(policy, mesh).length > 0)
    return true
  // Callers of a machine look at what it asks for, wherever that is.
  if (mesh.machines.some(machine => isAbout(policy, machine, mesh.rootNamespaces))) return true
  return policy.selector !== undefined && picksGateway(policy.selector, mesh)
}

type Picking = TargetedNode & { readonly selector: Labels }

function isPicking(policy: TargetedNode): policy is Picking {
  return policy.selector !== undefined && policy.targets === undefined
}

/** What protects nothing anyway. */
function* idle({ selector, name, at }: Picking, mesh: Mesh) {
  if (picksGateway(selector, mesh)) return
  const kind = at.slice(0, at.indexOf('/'))
  const field = kind === 'Sidecar' || kind === 'EnvoyFilter' ? 'workloadSelector' : 'selector'
  const help = 'correct its labels or its namespace, or delete it: it does nothing'
  yield { message: 'labels', at: `${at}/spec/${field}`, data: { kind, policy: name, labels: textOf(selector) }, help }
}

function textOf(selector: Labels): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ')
}

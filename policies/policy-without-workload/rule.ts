import { definePolicy, gatewayAccounts, isAbout, selects, type TargetedNode, workloadsUnder } from 'meshwright/policy'

export default definePolicy({
  id: 'policy-without-workload',
  meta: { severity: 'warning', recommended: true, description: 'Security policies are about something that runs.' },
  messages: {
    labels: '{kind} "{policy}" selects no workload and no gateway: {labels}',
    namespace: '{kind} "{policy}" is about namespace "{namespace}", in which nothing runs',
  },
  help: 'correct its labels or its namespace, or delete it: it protects nothing',
  create: ({ mesh }) => {
    const gateways = gatewayAccounts(mesh)
    function* check(policy: TargetedNode, kind: string) {
      const { selector, targets, namespace, name, at } = policy
      // What hangs on something is for others to judge; a mesh whose workloads are elsewhere says nothing of them.
      if (targets !== undefined || mesh.workloads.length === 0 || workloadsUnder(policy, mesh).length > 0) return
      // Callers of a machine look at what it asks for, wherever that is.
      if (mesh.machines.some(machine => isAbout(policy, machine, mesh.rootNamespaces))) return
      const data = { kind, policy: name, namespace }
      if (selector !== undefined) {
        if (gateways.some(({ labels }) => selects(selector, labels))) return
        const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`)
        yield { message: 'labels', at: `${at}/spec/selector`, data: { ...data, labels: labels.join(', ') } }
      } else if (!mesh.rootNamespaces.includes(namespace) && !gateways.some(gateway => gateway.namespace === namespace))
        yield { message: 'namespace', at: `${at}/metadata/namespace`, data }
    }
    return {
      peerPolicy: policy => check(policy, 'PeerAuthentication'),
      accessPolicy: policy => check(policy, 'AuthorizationPolicy'),
      tokenPolicy: policy => check(policy, 'RequestAuthentication'),
    }
  },
})

import {
  type AccessPolicy,
  definePolicy,
  type Gateway,
  isAbout,
  isFromToken,
  type Mesh,
  selects,
  testsOf,
  workloadsUnder,
  writtenName,
} from 'meshwright/policy'

export default definePolicy({
  id: 'token-not-verified',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Rules and routes that look at tokens are for proxies that verify them.',
  },
  messages: {
    token: 'a rule of "{policy}" looks at tokens, which no RequestAuthentication verifies for "{workload}"',
    claim:
      'route "{route}" asks for a claim, "{claim}", but no RequestAuthentication verifies tokens at gateway "{gateway}"',
  },
  help: 'add a RequestAuthentication for the same workloads or gateway: without one every request counts as having no token',
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      const workload = firstUnverified(policy, mesh)
      if (workload === undefined) return
      for (const rule of policy.rules) {
        const test = testsOf(rule).find(isFromToken)
        if (test !== undefined) yield { message: 'token', at: test.at, data: { policy: policy.name, workload } }
      }
    },
    *routing({ name: route, rules, gateways }) {
      const gateway = mesh.gateways.find(each => gateways.some(bound => isBound(bound, each)) && !verifies(each, mesh))
      if (gateway === undefined) return
      for (const { headers, withoutHeaders, at } of rules.flatMap(({ matches }) => matches))
        for (const { claim } of [...headers, ...withoutHeaders])
          if (claim !== undefined)
            yield { message: 'claim', at, data: { route, claim: claim.join('.'), gateway: writtenName(gateway) } }
    },
  }),
})

function isBound({ gateway }: { readonly gateway: string }, { name, namespace }: Gateway): boolean {
  return gateway === `${namespace}/${name}`
}

/** Where a gateway's pods run is not known here, so one that selects their labels may be in any namespace. */
function verifies({ selector: labels, namespace }: Gateway, { tokenPolicies, rootNamespaces }: Mesh): boolean {
  return tokenPolicies.some(({ rules, selector, targets, namespace: own }) => {
    if (rules.length === 0) return false
    if (targets !== undefined) return true
    return selector === undefined ? own === namespace || rootNamespaces.includes(own) : selects(selector, labels)
  })
}

function firstUnverified(policy: AccessPolicy, mesh: Mesh): string | undefined {
  const isVerified = (workload: Parameters<typeof isAbout>[1]) =>
    mesh.tokenPolicies.some(tokens => tokens.rules.length > 0 && isAbout(tokens, workload, mesh.rootNamespaces))
  return workloadsUnder(policy, mesh).find(workload => !isVerified(workload))?.name
}

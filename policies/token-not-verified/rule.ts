import {
  type AccessPolicy,
  definePolicy,
  isAbout,
  isFromToken,
  type Mesh,
  testsOf,
  workloadsUnder,
} from 'meshwright/policy'

export default definePolicy({
  id: 'token-not-verified',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Rules that look at tokens are for workloads that verify them.',
  },
  messages: { token: 'a rule of "{policy}" looks at tokens, which no RequestAuthentication verifies for "{workload}"' },
  help: 'add a RequestAuthentication for the same workloads: without one every request counts as having no token',
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      const workload = firstUnverified(policy, mesh)
      if (workload === undefined) return
      for (const rule of policy.rules) {
        const test = testsOf(rule).find(isFromToken)
        if (test !== undefined) yield { message: 'token', at: test.at, data: { policy: policy.name, workload } }
      }
    },
  }),
})

function firstUnverified(policy: AccessPolicy, mesh: Mesh): string | undefined {
  const isVerified = (workload: Parameters<typeof isAbout>[1]) =>
    mesh.tokenPolicies.some(tokens => tokens.rules.length > 0 && isAbout(tokens, workload, mesh.rootNamespaces))
  return workloadsUnder(policy, mesh).find(workload => !isVerified(workload))?.name
}

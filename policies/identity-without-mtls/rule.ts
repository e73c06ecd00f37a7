import {
  type AccessPolicy,
  type AccessRule,
  definePolicy,
  effectiveMtls,
  isForPort,
  isFromCertificate,
  type Mesh,
  type MtlsMode,
  mtlsOn,
  servedPorts,
  type Workload,
  workloadsUnder,
} from 'meshwright/policy'

export default definePolicy({
  id: 'identity-without-mtls',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Rules that go by who calls are for workloads where callers must show it.',
  },
  messages: {
    evaded:
      'a rule of "{policy}" goes by who calls, but "{workload}" takes plain text ({mode}): who calls without a certificate is nobody, and the rule does not hold',
    nobody:
      'a rule of "{policy}" allows by who calls, but "{workload}" takes plain text only at port {port}: it allows nobody there',
  },
  help: "ask for certificates with mtls('STRICT'), or allow by name instead of refusing by name",
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      for (const rule of policy.rules) {
        const [evaded, nobody] = [isEvaded(policy, rule), allowsByName(policy, rule)]
        if (!evaded && !nobody) continue
        const found = firstOpen({ policy, rule, mesh }, evaded ? ['PERMISSIVE', 'DISABLE'] : ['DISABLE'])
        if (found === undefined) continue
        const data = { policy: policy.name, workload: found.workload.name, mode: found.mode, port: found.port }
        yield { message: evaded ? 'evaded' : 'nobody', at: rule.at, data }
      }
    },
  }),
})

/** Does a caller get more by showing no certificate? To be refused by name one needs a name. */
function isEvaded({ action }: AccessPolicy, rule: AccessRule): boolean {
  return alternatives(rule).some(tests => {
    const isNamed = tests.some(({ values }) => values.length > 0)
    return action === 'DENY' ? isNamed : action === 'ALLOW' && !isNamed && tests.length > 0
  })
}

function allowsByName({ action }: AccessPolicy, rule: AccessRule): boolean {
  const isNamed = (tests: AccessRule['when']) => tests.some(({ values }) => values.length > 0)
  return action === 'ALLOW' && alternatives(rule).every(isNamed)
}

/** For each kind of caller that a rule describes, what it says of certificates. */
function alternatives({ from, when }: AccessRule): AccessRule['when'][] {
  return (from.length === 0 ? [[]] : from).map(tests => [...tests, ...when].filter(isFromCertificate))
}

/** A port that the rule is for, with one of these modes. */
function firstOpen(
  { policy, rule, mesh }: { readonly policy: AccessPolicy; readonly rule: AccessRule; readonly mesh: Mesh },
  modes: readonly MtlsMode[],
): { readonly workload: Workload; readonly mode: MtlsMode; readonly port: number } | undefined {
  const context = { policies: mesh.peerPolicies, rootNamespaces: mesh.rootNamespaces }
  for (const workload of workloadsUnder(policy, mesh)) {
    const mtls = effectiveMtls(context, workload)
    const port = servedPorts(workload, mesh)
      .map(({ number }) => number)
      .find(number => isForPort(rule, number) && modes.includes(mtlsOn(mtls, number)))
    if (port !== undefined) return { workload, mode: mtlsOn(mtls, port), port }
  }
  return undefined
}

import {
  type AccessPolicy,
  type AccessRule,
  definePolicy,
  isForPort,
  isHttp,
  isHttpOnly,
  type Mesh,
  providersOf,
  type ServedPort,
  servedPorts,
  testsOf,
  type Workload,
  workloadsUnder,
} from 'meshwright/policy'

/** What a rule's words on HTTP mean where there is none. */
const meanings = {
  ALLOW: 'it allows nothing there',
  DENY: 'it refuses every connection there that the rest of it describes',
  AUDIT: 'it marks every connection there that the rest of it describes',
  CUSTOM: 'it asks about every connection there that the rest of it describes',
} as const

export default definePolicy({
  id: 'http-rule-on-tcp',
  meta: {
    severity: 'warning',
    recommended: true,
    description: 'Rules that look at HTTP are for ports that speak it.',
  },
  messages: {
    asked:
      '"{provider}" is asked by HTTP, but port {port} of "{workload}" is {protocol}: nobody is asked about connections there',
    tcp: 'a rule of "{policy}" looks at HTTP, but port {port} of "{workload}" is {protocol}: {meaning}',
  },
  help: 'say with `ports` which ports it is for, or declare that the port speaks HTTP',
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      for (const rule of policy.rules) {
        const isAskedByHttp = asksByHttp(policy, mesh)
        if (!isAskedByHttp && !testsOf(rule).some(isHttpOnly)) continue
        const found = firstWithout(rule, policy, mesh)
        if (found === undefined) continue
        const { workload, served } = found
        const { number: port } = served
        const data = { policy: policy.name, workload: workload.name, protocol: served.port.protocol, port }
        if (isAskedByHttp) yield { message: 'asked', at: rule.at, data: { ...data, provider: policy.provider! } }
        else yield { message: 'tcp', at: rule.at, data: { ...data, meaning: meanings[policy.action] } }
      }
    },
  }),
})

/** Does the policy ask someone who is told of requests alone? */
function asksByHttp({ action, provider }: AccessPolicy, mesh: Mesh): boolean {
  if (action !== 'CUSTOM') return false
  return providersOf(mesh).some(
    each => each.kind === 'authorizer' && each.name === provider && each.protocol === 'http',
  )
}

/** A port without HTTP that the rule is for. One is enough to mend it by. */
function firstWithout(
  rule: AccessRule,
  policy: AccessPolicy,
  mesh: Mesh,
): { readonly workload: Workload; readonly served: ServedPort } | undefined {
  for (const workload of workloadsUnder(policy, mesh)) {
    const served = servedPorts(workload, mesh).find(each => isBare(each) && isForPort(rule, each.number))
    if (served !== undefined) return { workload, served }
  }
  return undefined
}

/** A port that is detected may well carry HTTP. */
function isBare({ port }: ServedPort): boolean {
  return !isHttp(port.protocol) && port.protocol !== 'AUTO'
}

import {
  type AccessPolicy,
  definePolicy,
  type Gateway,
  isAbout,
  isFromToken,
  type Mesh,
  type Problem,
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
    issuer:
      'a rule of "{policy}" is for "{value}", and no token that is verified for "{workload}" is of its issuer: those are of {known}',
    claim:
      'route "{route}" asks for a claim, "{claim}", but no RequestAuthentication verifies tokens at gateway "{gateway}"',
  },
  help: 'add a RequestAuthentication for the same workloads or gateway: without one every request counts as having no token',
  create: ({ mesh }) => ({
    *accessPolicy(policy) {
      const workload = firstUnverified(policy, mesh)
      if (workload === undefined) yield* ofOtherIssuers(policy, mesh)
      else
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

/** Request principals begin with the issuer of their token, which a RequestAuthentication has to name. */
function* ofOtherIssuers(policy: AccessPolicy, mesh: Mesh): Iterable<Problem> {
  const asked = policy.rules.flatMap(testsOf).filter(({ attribute }) => attribute.kind === 'token-principal')
  if (asked.length === 0) return
  const workloads = workloadsUnder(policy, mesh)
  const rules = mesh.tokenPolicies
    .filter(tokens => workloads.some(workload => isAbout(tokens, workload, mesh.rootNamespaces)))
    .flatMap(tokens => tokens.rules)
  const issuers = [...new Set(rules.map(({ issuer }) => issuer))]
  const known = issuers.flatMap(issuer => issuer ?? [])
  const [first] = workloads
  // Where a rule names none, tokens of any issuer are verified.
  if (first === undefined || known.length < issuers.length || known.length === 0) return
  for (const { values, valuesAt } of asked)
    for (const [index, value] of values.entries())
      if (!known.some(issuer => isOf(value, issuer))) {
        const data = {
          policy: policy.name,
          value,
          workload: first.name,
          known: known.map(each => `"${each}"`).join(', '),
        }
        yield {
          message: 'issuer',
          at: `${valuesAt}/${index}`,
          data,
          help: 'name the issuer as the RequestAuthentication does, or let it verify that issuer’s tokens, too',
        }
      }
}

/** Is a principal, or a pattern with `*` at one of its ends, one of an issuer? */
function isOf(principal: string, issuer: string): boolean {
  if (principal.startsWith('*')) return true
  if (!principal.endsWith('*')) return principal.startsWith(`${issuer}/`)
  const begin = principal.slice(0, -1)
  return begin.startsWith(`${issuer}/`) || `${issuer}/`.startsWith(begin)
}

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

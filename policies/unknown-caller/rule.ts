import { type AccessTest, definePolicy, gatewayAccounts, type Mesh, slippedWord, testsOf } from 'meshwright/policy'

export default definePolicy({
  id: 'unknown-caller',
  meta: { severity: 'warning', recommended: true, description: 'Authorization rules name callers that exist.' },
  messages: {
    account: 'a rule of "{policy}" names the account "{caller}", under which nothing runs',
    namespace: 'a rule of "{policy}" names the namespace "{caller}", in which nothing is',
  },
  help: 'correct the name: who is meant is not known by it',
  create: ({ mesh }) => {
    const accounts = accountsOf(mesh)
    const namespaces = namespacesOf(mesh)
    const isElsewhere = (namespace: string) => mesh.rootNamespaces.includes(namespace)
    const isUnknown = (account: string) => !accounts.has(account) && !isElsewhere(account.split('/')[0]!)
    return {
      *accessPolicy(policy) {
        if (mesh.workloads.length === 0) return
        for (const test of policy.rules.flatMap(testsOf)) {
          for (const { value, at, isWanted } of valuesOf(test)) {
            const account = accountIn(test, value, mesh.domain)
            const data = { policy: policy.name, caller: account ?? value }
            // Who is excepted need not be there, unless another is meant.
            const isMeant = (name: string, known: ReadonlySet<string>) =>
              isWanted || slippedWord(name, known) !== undefined
            if (account !== undefined && isUnknown(account) && isMeant(account, accounts))
              yield { message: 'account', at, data, ...nearest(account, accounts) }
            const isNowhere = test.attribute.kind === 'namespace' && !isElsewhere(value) && !fitsAny(value, namespaces)
            if (isNowhere && isMeant(value, namespaces))
              yield { message: 'namespace', at, data, ...nearest(value, namespaces) }
          }
        }
      },
    }
  },
})

/** All values that a test names, wanted or not, with their places. */
function valuesOf({ values, notValues, valuesAt, notValuesAt }: AccessTest) {
  return [
    ...values.map((value, index) => ({ value, at: `${valuesAt}/${index}`, isWanted: true })),
    ...notValues.map((value, index) => ({ value, at: `${notValuesAt}/${index}`, isWanted: false })),
  ]
}

/** `namespace/account` where a value names one of this mesh in full. */
function accountIn({ attribute }: AccessTest, value: string, domain: string): string | undefined {
  if (attribute.kind === 'service-account') return value
  if (attribute.kind !== 'principal' || value.includes('*')) return undefined
  const [trustDomain = '', ns, namespace, sa, account, ...more] = value.split('/')
  const isOurs = [domain, 'cluster.local'].includes(trustDomain) && ns === 'ns' && sa === 'sa' && more.length === 0
  return isOurs ? `${namespace}/${account}` : undefined
}

function accountsOf(mesh: Mesh): ReadonlySet<string> {
  return new Set([
    ...[...mesh.workloads, ...mesh.machines].map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`),
    ...[...mesh.serviceAccounts, ...gatewayAccounts(mesh)].map(({ namespace, name }) => `${namespace}/${name}`),
  ])
}

function namespacesOf(mesh: Mesh): ReadonlySet<string> {
  const nodes = [...mesh.workloads, ...mesh.machines, ...mesh.services, ...mesh.serviceAccounts, ...mesh.gateways]
  return new Set([...mesh.namespaces.map(({ name }) => name), ...nodes.map(({ namespace }) => namespace)])
}

/** A `*` stands for any text. */
function fitsAny(pattern: string, names: ReadonlySet<string>): boolean {
  const parts = pattern.split('*').map(part => part.replaceAll(/[^\w-]/g, '\\$&'))
  const regex = new RegExp(`^${parts.join('.*')}$`)
  return [...names].some(name => regex.test(name))
}

/** A name that differs in one letter is most likely what was meant. */
function nearest(name: string, names: ReadonlySet<string>): { readonly help?: string } {
  const best = [...names].find(candidate => isNear(name, candidate))
  return best === undefined ? {} : { help: `did you mean "${best}"?` }
}

/** Are they the same but for one letter that differs, is missing, is too many, or has changed places with the next? */
function isNear(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  const isSwap = restA.length === 2 && restA === [...restB].reverse().join('')
  return isSwap || (restA.length <= 1 && restB.length <= 1)
}

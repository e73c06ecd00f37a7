/** Policies that hold for workloads, as sections of a description: each by name, with why it holds here. */
import type { AccessAction, AccessPolicy } from '../model/access-policy.ts'
import type { Mesh } from '../model/mesh.ts'
import { labelText, type Node, nodeKey } from '../model/node.ts'
import { effectiveMtls, type PeerPolicy } from '../model/peer-policy.ts'
import { isAbout, type Targeted } from '../model/policy-target.ts'
import type { TokenPolicy } from '../model/token-policy.ts'
import type { Workload } from '../model/workload.ts'

/** One heading with lines below it. */
export interface Section {
  readonly title: string
  readonly lines: readonly string[]
}

/** What holds for these workloads together; a line that holds for some alone names them. */
export function policySections(workloads: readonly Workload[], mesh: Mesh): Section[] {
  const together = (title: string, linesOf: (workload: Workload) => readonly string[]): Section => {
    const pairs = workloads.flatMap(workload => linesOf(workload).map(line => [line, workload.name] as const))
    const byLine = Map.groupBy(pairs, ([line]) => line)
    const lines = [...byLine].map(([line, all]) =>
      all.length === workloads.length ? line : `${line}, for ${all.map(([, name]) => name).join(', ')}`,
    )
    return { title, lines }
  }
  return [
    together('Mutual TLS', workload => mtlsLines(workload, mesh)),
    together('Access', workload => accessLines(workload, mesh)),
    together('Tokens', workload => tokenLines(workload, mesh)),
  ]
}

function mtlsLines(workload: Workload, mesh: Mesh): string[] {
  const { peerPolicies, rootNamespaces } = mesh
  const { mode, ports, from } = effectiveMtls({ policies: peerPolicies, rootNamespaces }, workload)
  const policies = from.map(at => peerPolicies.find(policy => policy.at === at)).filter(policy => policy !== undefined)
  const sayings = policies.map(policy => `${named('PeerAuthentication', policy)} (${reach(policy, mesh)})`)
  const own = [...ports].filter(([, onPort]) => onPort !== mode)
  return [
    `${mode}${sayings.length === 0 ? ', the default' : `: ${sayings.join(', then ')}`}`,
    ...own.map(([port, onPort]) => `${onPort} on port ${port}: ${portSource(policies)}`),
  ]
}

/** Only the most specific policy may say something of ports. */
function portSource([own]: readonly PeerPolicy[]): string {
  return own === undefined ? 'the default' : named('PeerAuthentication', own)
}

/** In the order in which they are asked. */
const order: readonly AccessAction[] = ['CUSTOM', 'AUDIT', 'DENY', 'ALLOW']

function accessLines(workload: Workload, mesh: Mesh): string[] {
  const policies = order.flatMap(action =>
    mesh.accessPolicies.filter(policy => policy.action === action && isAbout(policy, workload, mesh.rootNamespaces)),
  )
  const isClosed = policies.some(({ action, isTrial }) => action === 'ALLOW' && !isTrial)
  return [
    ...policies.map(policy => accessLine(policy, mesh)),
    isClosed ? 'what no ALLOW describes is refused' : 'what is not denied is let through',
  ]
}

function accessLine(policy: AccessPolicy, mesh: Mesh): string {
  const { action, isTrial, rules } = policy
  const count = rules.length === 1 ? '1 rule' : `${rules.length} rules`
  const trial = isTrial ? ', on trial: it is noted and not enforced' : ''
  return `${action} by ${named('AuthorizationPolicy', policy)}, ${count} (${reach(policy, mesh)})${trial}`
}

function tokenLines(workload: Workload, mesh: Mesh): string[] {
  const about = mesh.tokenPolicies.filter(policy => isAbout(policy, workload, mesh.rootNamespaces))
  return about.map(policy => `${named('RequestAuthentication', policy)}: ${issuersOf(policy)} (${reach(policy, mesh)})`)
}

function issuersOf({ rules }: TokenPolicy): string {
  return rules.map(({ issuer }) => issuer ?? 'any issuer').join(', ') || 'no issuer'
}

function named(kind: string, node: Pick<Node, 'name' | 'namespace'>): string {
  return `${kind} ${nodeKey(node)}`
}

/** Why a policy holds here. */
function reach({ namespace, selector, targets }: Targeted & Pick<Node, 'namespace'>, mesh: Mesh): string {
  const isRoot = mesh.rootNamespaces.includes(namespace)
  if (targets !== undefined) return targets.map(({ kind, name }) => `at ${kind} ${name}`).join(', ')
  if (selector === undefined || Object.keys(selector).length === 0) return isRoot ? 'the whole mesh' : 'its namespace'
  return `${labelText(selector)}${isRoot ? ', in all namespaces' : ''}`
}

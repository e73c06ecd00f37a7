/** Which BackendTLSPolicies hold for which Services, and whether they can be held to. */
import { at } from '../../../kinds/definition.ts'
import type { BackendTLSPolicy } from '../../../kinds/gateway-api/backend-tls-policy.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Service } from '../../../model/service.ts'
import type { Condition } from '../../../model/standing.ts'
import { memo } from '../../../util/memo.ts'
import { oldestFirst } from './age.ts'
import { authorityOf } from './authorities.ts'
import type { ApiResources } from './resources.ts'

export interface Target {
  readonly policy: BackendTLSPolicy
  /** Name of the one port that is meant. */
  readonly section?: string
}

type Targets = ReadonlyMap<string, readonly Target[]>

/**
 * By Service, the policies that hold for it or for a port of it: of several for the same, the oldest, then the first by name. Remembered, for
 * each backend of each route asks.
 */
export const targetsOf = memo(({ backendTls }: ApiResources): Targets => {
  const targets = new Map<string, Target[]>()
  for (const policy of oldestFirst(backendTls, ({ metadata }) => metadata))
    for (const { group, kind, name, sectionName: section } of policy.spec.targetRefs) {
      if (group !== '' || kind !== 'Service') continue
      const key = `${policy.metadata.namespace}/${name}`
      const before = targets.get(key) ?? []
      if (before.some(other => other.section === section)) continue
      targets.set(key, [...before, { policy, ...(section === undefined ? {} : { section }) }])
    }
  return targets
})

/** The policy by which a port of a Service is called; undefined: none. One for the port goes before one for all. */
export function policyFor(
  { namespace, name }: Pick<Service, 'namespace' | 'name'>,
  port: string,
  resources: ApiResources,
): BackendTLSPolicy | undefined {
  const targets = targetsOf(resources).get(`${namespace}/${name}`) ?? []
  const own = targets.find(({ section }) => section === port)
  return (own ?? targets.find(({ section }) => section === undefined))?.policy
}

export function authoritiesOf({ metadata: { namespace = '' }, spec }: BackendTLSPolicy, resources: ApiResources) {
  const { caCertificateRefs = [], wellKnownCACertificates } = spec.validation
  const found = caCertificateRefs.map(ref => authorityOf(ref, namespace, resources))
  return {
    texts: found.flatMap(each => ('text' in each ? each.text : [])),
    problems: found.map(each => ('problem' in each ? each.problem : undefined)),
    isSystem: caCertificateRefs.length === 0 && wellKnownCACertificates === 'System',
  }
}

/**
 * Is a policy in force for some of its targets, and if not, why? Of several that it can't be in force for, each has a condition.
 *
 * @param targets their places among the policy's
 */
export function acceptanceOf(
  policy: BackendTLSPolicy,
  targets: readonly number[],
  resources: ApiResources,
): Condition[] {
  const problems = targets.flatMap(index => targetProblem(policy, index, resources) ?? [])
  if (problems.length > 0) return problems
  const place = at(policy as unknown as Resource, '/spec')
  return [unusable(policy, resources) ?? { type: 'Accepted', status: 'True', reason: 'Accepted', at: place }]
}

/** Why a policy is not in force for one of its targets, whatever it says. */
export function targetProblem(policy: BackendTLSPolicy, index: number, resources: ApiResources): Condition | undefined {
  const { metadata, spec } = policy
  const { group, kind, name, sectionName } = spec.targetRefs[index]!
  const key = `${metadata.namespace}/${name}`
  const service = resources.services.get(key)
  if (group !== '' || kind !== 'Service' || service === undefined) {
    const message = `${kind} "${name}" in namespace "${metadata.namespace}" is no Service here`
    return refused(policy, 'TargetNotFound', message, `targetRefs/${index}`)
  }
  if (sectionName !== undefined && !service.ports.some(port => port.name === sectionName)) {
    const message = `Service "${name}" has no port "${sectionName}"`
    return refused(policy, 'TargetNotFound', message, `targetRefs/${index}/sectionName`)
  }
  const holding = targetsOf(resources)
    .get(key)
    ?.find(({ section }) => section === sectionName)
  if (holding === undefined || holding.policy === policy) return undefined
  const message = `"${holding.policy.metadata.name}" is for the same and goes before it`
  return refused(policy, 'Conflicted', message, `targetRefs/${index}`)
}

function refused(policy: BackendTLSPolicy, reason: string, message: string, field: string): Condition {
  const place = at(policy as unknown as Resource, `/spec/${field}`)
  return { type: 'Accepted', status: 'False', reason, message, at: place }
}

/** Why nobody can be trusted by a policy, whatever it is for; undefined: somebody can. */
export function unusable(policy: BackendTLSPolicy, resources: ApiResources): Condition | undefined {
  const { wellKnownCACertificates: known } = policy.spec.validation
  if (known !== undefined && known !== 'System')
    return refused(
      policy,
      'Invalid',
      `no authorities are known here as "${known}"`,
      'validation/wellKnownCACertificates',
    )
  const { texts, isSystem } = authoritiesOf(policy, resources)
  if (texts.length > 0 || isSystem) return undefined
  return refused(policy, 'NoValidCACertificate', 'there is no authority that can be used', 'validation')
}

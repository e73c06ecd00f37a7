/** Which BackendTLSPolicies hold for which Services, and whether they can be held to. */
import { at } from '../../../kinds/definition.ts'
import type { BackendTLSPolicy } from '../../../kinds/gateway-api/backend-tls-policy.ts'
import type { Resource } from '../../../kinds/resource.ts'
import type { Service } from '../../../model/service.ts'
import type { Condition } from '../../../model/standing.ts'
import { oldestFirst } from './age.ts'
import { authorityOf } from './authorities.ts'
import type { ApiResources } from './resources.ts'

export interface Target {
  readonly policy: BackendTLSPolicy
  /** Name of the one port that is meant. */
  readonly section?: string
}

type Targets = ReadonlyMap<string, readonly Target[]>

/** Asked for at each backend of each route. */
const known = new WeakMap<ApiResources, Targets>()

/** By Service, the policies that hold for it or for a port of it: of several for the same, the oldest, then the first by name. */
export function targetsOf(resources: ApiResources): Targets {
  const before = known.get(resources)
  if (before !== undefined) return before
  const found = foundTargets(resources)
  known.set(resources, found)
  return found
}

function foundTargets({ backendTls }: ApiResources): Targets {
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
}

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

/** Is a policy in force, and if not, why? */
export function acceptanceOf(policy: BackendTLSPolicy, resources: ApiResources): Condition {
  const targets = targetsOf(resources)
  const { metadata, spec } = policy
  const place = at(policy as unknown as Resource, '/spec')
  const refused = (reason: string, message: string, field: string): Condition => {
    return { type: 'Accepted', status: 'False', reason, message, at: `${place}/${field}` }
  }
  for (const [index, { group, kind, name, sectionName }] of spec.targetRefs.entries()) {
    const field = `targetRefs/${index}`
    const service = resources.services.get(`${metadata.namespace}/${name}`)
    if (group !== '' || kind !== 'Service' || service === undefined)
      return refused(
        'TargetNotFound',
        `${kind} "${name}" in namespace "${metadata.namespace}" is no Service here`,
        field,
      )
    if (sectionName !== undefined && !service.ports.some(port => port.name === sectionName))
      return refused('TargetNotFound', `Service "${name}" has no port "${sectionName}"`, `${field}/sectionName`)
    const holding = targets.get(`${metadata.namespace}/${name}`)?.find(({ section }) => section === sectionName)
    if (holding !== undefined && holding.policy !== policy)
      return refused('Conflicted', `"${holding.policy.metadata.name}" is for the same and goes before it`, field)
  }
  return unusable(policy, resources) ?? { type: 'Accepted', status: 'True', reason: 'Accepted', at: place }
}

/** Why nobody can be trusted by a policy, whatever it is for; undefined: somebody can. */
export function unusable(policy: BackendTLSPolicy, resources: ApiResources): Condition | undefined {
  const place = at(policy as unknown as Resource, '/spec')
  const refused = (reason: string, message: string, field: string): Condition => {
    return { type: 'Accepted', status: 'False', reason, message, at: `${place}/${field}` }
  }
  const { wellKnownCACertificates: known } = policy.spec.validation
  if (known !== undefined && known !== 'System')
    return refused('Invalid', `no authorities are known here as "${known}"`, 'validation/wellKnownCACertificates')
  const { texts, isSystem } = authoritiesOf(policy, resources)
  if (texts.length > 0 || isSystem) return undefined
  return refused('NoValidCACertificate', 'there is no authority that can be used', 'validation')
}

/** Which of a mesh's policies are about a proxy: there may be thousands, and nearly all are of other namespaces. */
import { isAbout, type PolicySubject, type TargetedNode } from '../../../model/policy-target.ts'
import { memo } from '../../../util/memo.ts'
import { sameList } from '../../../util/same-list.ts'

/** Those of the root namespaces, of the subject's own, and of the gateways' that it serves. */
export function policiesNear<Policy extends TargetedNode>(
  policies: readonly Policy[],
  roots: readonly string[],
  { namespace, gateways = [] }: PolicySubject,
): readonly Policy[] {
  const own = byNamespace(policies) as unknown as ReadonlyMap<string, readonly Policy[]>
  const namespaces = new Set([...roots, namespace, ...gateways.map(gateway => gateway.namespace)])
  return [...namespaces].flatMap(name => own.get(name) ?? [])
}

const byNamespace = memo((policies: readonly TargetedNode[]) => Map.groupBy(policies, policy => policy.namespace))

/** Those that are about a subject, as one object for all that equal lists are about. */
export function policiesAbout<Policy extends TargetedNode>(
  policies: readonly Policy[],
  roots: readonly string[],
  subject: PolicySubject,
): readonly Policy[] {
  return sameList(policiesNear(policies, roots, subject).filter(policy => isAbout(policy, subject, roots)))
}

/** What holds for a workload's connections: found once for as long as the policies and the workload stay the same. */
import type { AccessPolicy } from '../../../model/access-policy.ts'
import type { Mesh } from '../../../model/mesh.ts'
import type { At } from '../../../model/node.ts'
import { type EffectiveMtls, effectiveMtls, mtlsOn } from '../../../model/peer-policy.ts'
import type { Placement } from '../../../model/placement.ts'
import { isAbout, type PolicySubject, placesOf, type TargetedNode } from '../../../model/policy-target.ts'
import type { Service } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { sameList } from '../../../util/same-list.ts'
import type { Guard } from './guard.ts'
import type { InboundSecurity } from './inbound-chains.ts'
import type { MeshIndex } from './index-mesh.ts'

export interface WorkloadSecurity {
  readonly trustDomain: string
  /** Those that are about the workload. */
  readonly access: readonly AccessPolicy[]
  /** Absent: proxies have no certificates, and everything is plain text. */
  readonly mtls?: EffectiveMtls
  /** The policies that it comes from. */
  readonly from: readonly At[]
}

export function securityOf({ mesh }: MeshIndex, placement: Placement, workload: Workload): WorkloadSecurity {
  const domain = trustDomain(mesh.domain)
  const access = accessTo(mesh.accessPolicies, mesh.rootNamespaces, workload)
  return placement.hasIdentity === true
    ? secured(domain, access, mtlsOf(mesh.peerPolicies, mesh.rootNamespaces, workload))
    : plain(domain, access)
}

/** What a gateway's listeners hold requests against. */
export function gatewayGuard({ mesh }: MeshIndex, gateway: PolicySubject): Guard & Pick<WorkloadSecurity, 'from'> {
  return plain(trustDomain(mesh.domain), accessTo(mesh.accessPolicies, mesh.rootNamespaces, gateway))
}

export function guardOf({ trustDomain: domain, access }: WorkloadSecurity): Guard {
  return { trustDomain: domain, access }
}

/** One port's part of it. */
export function securityOn(security: WorkloadSecurity, port: number): InboundSecurity {
  const { mtls } = security
  return { ...guardOf(security), mode: mtls === undefined ? 'DISABLE' : mtlsOn(mtls, port) }
}

interface TrustDomain {
  readonly name: string
}

/** A name as an object, for memo goes by identity. */
function trustDomain(name: string): TrustDomain {
  const known = trustDomains.get(name) ?? { name }
  trustDomains.set(name, known)
  return known
}

const trustDomains = new Map<string, TrustDomain>()

const plain = memo(
  ({ name }: TrustDomain, access: WorkloadSecurity['access']): WorkloadSecurity => ({
    trustDomain: name,
    access,
    from: placesOf(access),
  }),
)

const secured = memo(
  ({ name }: TrustDomain, access: WorkloadSecurity['access'], mtls: EffectiveMtls): WorkloadSecurity => ({
    trustDomain: name,
    access,
    mtls,
    from: [...mtls.from, ...placesOf(access)],
  }),
)

const mtlsOf = memo(
  (policies: Mesh['peerPolicies'], rootNamespaces: Mesh['rootNamespaces'], workload: Workload): EffectiveMtls =>
    effectiveMtls({ policies, rootNamespaces }, workload),
)

/** The same list for all that the same policies are about, though others come and go. */
const accessTo = memo(
  (policies: Mesh['accessPolicies'], roots: Mesh['rootNamespaces'], subject: PolicySubject): readonly AccessPolicy[] =>
    sameList(candidates(policies, roots, subject).filter(policy => isAbout(policy, subject, roots))),
)

/** Those of the root namespaces and of the subject's own: with thousands of each, not all are looked at. */
function candidates<Policy extends TargetedNode>(
  policies: readonly Policy[],
  rootNamespaces: readonly string[],
  { namespace }: PolicySubject,
): readonly Policy[] {
  const own = byNamespace(policies) as unknown as ReadonlyMap<string, readonly Policy[]>
  return [...new Set([...rootNamespaces, namespace])].flatMap(name => own.get(name) ?? [])
}

const byNamespace = memo((policies: readonly TargetedNode[]) => Map.groupBy(policies, policy => policy.namespace))

/** Identities that a service's endpoints may have, for callers that speak mutual TLS. */
export interface PeerIdentities {
  readonly isOn: boolean
  readonly names: readonly string[]
}

/** Of services that are called in plain text. */
export const noIdentities: PeerIdentities = { isOn: false, names: [] }

/** Those of a service, as far as proxies have any. */
export function peersOf(index: MeshIndex, placement: Placement, service: Service): PeerIdentities {
  return placement.hasIdentity === true ? identitiesOf(index, service) : noIdentities
}

/** Those of the accounts under which its workloads run. */
export function identitiesOf({ mesh, workloadsOf }: MeshIndex, service: Service): PeerIdentities {
  const names = workloadsOf(service).map(
    ({ namespace, serviceAccount }) => `spiffe://${mesh.domain}/ns/${namespace}/sa/${serviceAccount}`,
  )
  return interned([...new Set(names)].sort())
}

/** Equal lists are one object, so that the clusters made from it are made once, across revisions too. */
function interned(names: readonly string[]): PeerIdentities {
  const key = names.join(' ')
  const known = identities.get(key) ?? { isOn: true, names }
  if (identities.size >= keptIdentities) identities.clear()
  identities.set(key, known)
  return known
}

const identities = new Map<string, PeerIdentities>()
/** More than any mesh has service accounts; forgetting them costs one comparison each. */
const keptIdentities = 20_000

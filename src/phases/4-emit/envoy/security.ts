/** What holds for a workload's connections: found once for as long as the policies and the workload stay the same. */
import type { Mesh } from '../../../model/mesh.ts'
import { type At, nodeKey } from '../../../model/node.ts'
import { type EffectiveMtls, effectiveMtls, mtlsOn } from '../../../model/peer-policy.ts'
import type { Placement } from '../../../model/placement.ts'
import type { Service } from '../../../model/service.ts'
import type { Workload } from '../../../model/workload.ts'
import { memo } from '../../../util/memo.ts'
import { type Guard, groundOf, guardOf } from './guard.ts'
import type { InboundSecurity } from './inbound-chains.ts'
import type { MeshIndex } from './index-mesh.ts'

export interface WorkloadSecurity {
  readonly guard: Guard
  /** Absent: proxies have no certificates, and everything is plain text. */
  readonly mtls?: EffectiveMtls
  /** The policies that it comes from. */
  readonly from: readonly At[]
}

export function securityOf({ mesh }: MeshIndex, placement: Placement, workload: Workload): WorkloadSecurity {
  const guard = guardOf(mesh, workload)
  const mtls = askedMtls(mesh, placement, workload)
  if (mtls === undefined) return plain(guard)
  const takesBoth = placement.takesBoth?.includes(nodeKey(workload)) === true
  return secured(guard, takesBoth ? both(mtls) : mtls)
}

/** What callers are told that a workload takes; undefined where proxies have no certificates. */
export function askedMtls(
  mesh: MeshIndex['mesh'],
  { hasIdentity }: Placement,
  workload: Workload,
): EffectiveMtls | undefined {
  return hasIdentity === true ? mtlsOf(mesh.peerPolicies, mesh.rootNamespaces, workload) : undefined
}

/** One port's part of it. */
export function securityOn({ guard, mtls }: WorkloadSecurity, port: number): InboundSecurity {
  return { ...guard, mode: mtls === undefined ? 'DISABLE' : mtlsOn(mtls, port) }
}

/** The part of ports that nothing names. */
export function securityElsewhere({ guard, mtls }: WorkloadSecurity): InboundSecurity {
  return { ...guard, mode: mtls?.mode ?? 'DISABLE' }
}

const plain = memo((guard: Guard): WorkloadSecurity => ({ guard, from: guard.from }))

const secured = memo(
  (guard: Guard, mtls: EffectiveMtls): WorkloadSecurity => ({ guard, mtls, from: [...mtls.from, ...guard.from] }),
)

const both = memo((mtls: EffectiveMtls): EffectiveMtls => ({ ...mtls, mode: 'PERMISSIVE', ports: new Map() }))

const mtlsOf = memo(
  (policies: Mesh['peerPolicies'], rootNamespaces: Mesh['rootNamespaces'], workload: Workload): EffectiveMtls =>
    effectiveMtls({ policies, rootNamespaces }, workload),
)

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

/** Those of the accounts under which its workloads and machines run, or what an author says; an outside host has none of the mesh's. */
export function identitiesOf({ mesh, workloadsOf, machinesOf }: MeshIndex, service: Service): PeerIdentities {
  const { entry, namespace } = service
  if (entry?.isExternal === true) return noIdentities
  if (entry !== undefined && entry.subjectAltNames.length > 0)
    return interned([...new Set(entry.subjectAltNames)].sort())
  const endpoints = [...workloadsOf(service), ...machinesOf(service), ...(entry?.endpoints ?? [])]
  const { trustDomain, trustAliases } = groundOf(mesh)
  const names = [trustDomain, ...trustAliases].flatMap(domain =>
    endpoints.map(({ serviceAccount }) => `spiffe://${domain}/ns/${namespace}/sa/${serviceAccount}`),
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

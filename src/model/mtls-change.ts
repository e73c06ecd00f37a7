import type { Mesh } from './mesh.ts'
import { nodeKey } from './node.ts'
import { type EffectiveMtls, effectiveMtls, mtlsOn } from './peer-policy.ts'

/**
 * Workloads of two meshes that take mutual TLS on some port in one and do not in the other.
 *
 * @returns their keys, `namespace/name`, sorted
 */
export function mtlsChanges(before: Mesh, after: Mesh): string[] {
  const areEqual =
    before.peerPolicies === after.peerPolicies && isEqualList(before.rootNamespaces, after.rootNamespaces)
  if (areEqual && before.workloads === after.workloads) return []
  const earlier = new Map(before.workloads.map(workload => [nodeKey(workload), workload]))
  const changed = after.workloads.filter(workload => {
    const known = earlier.get(nodeKey(workload))
    return known !== undefined && isOther(modesOf(before, known), modesOf(after, workload))
  })
  return changed.map(nodeKey).sort()
}

function modesOf({ peerPolicies: policies, rootNamespaces }: Mesh, workload: Mesh['workloads'][number]): EffectiveMtls {
  return effectiveMtls({ policies, rootNamespaces }, workload)
}

function isOther(before: EffectiveMtls, after: EffectiveMtls): boolean {
  const ports = [...before.ports.keys(), ...after.ports.keys()]
  return (
    takesAny(before.mode) !== takesAny(after.mode) ||
    ports.some(port => takesAny(mtlsOn(before, port)) !== takesAny(mtlsOn(after, port)))
  )
}

function takesAny(mode: EffectiveMtls['mode']): boolean {
  return mode !== 'DISABLE'
}

function isEqualList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

import { kindPassedOn, kindUnknown, kindUnserved } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { at } from '../../kinds/definition.ts'
import { kinds } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import { nearestWord } from '../../util/edit-distance.ts'
import { ownValue } from '../../util/own-value.ts'
import type { Resolved } from '../2-resolve/resolve.ts'
import { subjectOf } from '../2-resolve/span-table.ts'
import { clusterKinds, meshGroups, servedByOthers } from './known-kinds.ts'

/**
 * Says which resources are of a kind that nobody knows. A ConfigMap is no less of one for being among a mesh's files: of it nothing
 * is said.
 */
export function unknownKinds({ resources, spans }: Resolved): Diagnostic[] {
  return resources.flatMap(({ resource, definition }) => {
    if (definition !== undefined) return []
    const { kind, metadata, apiVersion } = resource
    const group = groupOf(apiVersion)
    const place = { span: spans.spanOf(at(resource, '/kind')), subject: subjectOf(resource) }
    const served = kinds.find(
      each => each.kind === kind && each.apiVersions.some(version => groupOf(version) === group),
    )
    if (served !== undefined)
      return [kindUnknown(place, { apiVersion, kind, remedy: `write apiVersion: ${served.apiVersions[0]}` })]
    const remedy = servedByOthers.get(`${group}/${kind}`)
    if (remedy !== undefined) return [kindUnserved(place, { kind, name: metadata.name, remedy })]
    if (ownValue(clusterKinds, group)?.includes(kind)) return []
    const names = kindsOf(group)
    const near = nearestWord(kind, names)
    const meant = near === undefined ? [] : [`did you mean ${near}?`]
    if (meshGroups.has(group))
      return [
        kindUnknown(place, { apiVersion, kind, remedy: [...meant, `its kinds are ${names.join(', ')}`].join(' ') }),
      ]
    // A group of the cluster's may have grown since: only what looks like a slip is one.
    if (near !== undefined) return [kindUnknown(place, { apiVersion, kind, remedy: meant[0]! })]
    return [kindPassedOn(place, { apiVersion, kind, name: metadata.name, remedy: remedyFor(resource) })]
  })
}

/** `networking.istio.io` of `networking.istio.io/v1`; nothing of `v1`. */
function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0]! : ''
}

/** All kinds of a group that are known, sorted. */
function kindsOf(group: string): string[] {
  const own = kinds.filter(({ apiVersions }) => apiVersions.some(version => groupOf(version) === group))
  return [...new Set([...own.map(({ kind }) => kind), ...(ownValue(clusterKinds, group) ?? [])])].sort()
}

/** The kind may be right, and its group misspelt. */
function remedyFor({ kind }: Resource): string {
  const same = kinds.find(each => each.kind === kind)
  return same === undefined
    ? 'nothing needs to be done where its own controller knows it'
    : `a kind of this name is that of ${same.apiVersions[0]}: correct apiVersion if you mean that`
}

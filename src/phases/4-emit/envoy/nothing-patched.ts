import { nothingPatched } from '../../../diagnostics/codes.generated.ts'
import type { Diagnostic, Subject } from '../../../diagnostics/diagnostic.ts'
import type { Resolved } from '../../2-resolve/resolve.ts'
import { subjectAt } from '../../2-resolve/span-table.ts'
import { fieldPath } from '../../3-check/field-path.ts'
import { allocate } from './allocate.ts'
import { indexMesh } from './index-mesh.ts'
import { patchedResources } from './proxy-resources.ts'

/**
 * Says which changes of an EnvoyFilter find nothing in any proxy: they are misspelt, or what they were for is gone.
 *
 * @param told what has been found already: of one whose selector is wrong nothing more needs to be said
 */
export function patchFindings(
  { mesh, spans }: Pick<Resolved, 'mesh' | 'spans'>,
  told: readonly Diagnostic[] = [],
): Diagnostic[] {
  if (mesh.proxyPatches.length === 0) return []
  // Where proxies run makes no difference to what is found in them.
  const placement = allocate(mesh)
  const context = { index: indexMesh(mesh), placement }
  const applied = new Set(Object.values(placement.proxies).flatMap(proxy => patchedResources(proxy, context).applied))
  const idle = mesh.proxyPatches.flatMap(({ changes }) => changes.filter(({ at }) => !applied.has(at)))
  const lost = new Set(told.flatMap(each => (each.pointer === selector && each.subject ? nameOf(each.subject) : [])))
  return idle.flatMap(({ at }) => {
    const subject = subjectAt(at)
    if (lost.has(nameOf(subject))) return []
    const field = fieldPath(at.slice(at.indexOf('#') + 1))
    return [nothingPatched({ span: spans.spanOf(at), subject }, { kind: subject.kind, name: subject.name, field })]
  })
}

const selector = '/spec/workloadSelector'

function nameOf({ kind, namespace, name }: Subject): string {
  return `${kind}/${namespace}/${name}`
}

import { nothingPatched } from '../../../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts'
import type { Resolved } from '../../2-resolve/resolve.ts'
import { subjectAt } from '../../2-resolve/span-table.ts'
import { fieldPath } from '../../3-check/field-path.ts'
import { allocate } from './allocate.ts'
import { indexMesh } from './index-mesh.ts'
import { patchedResources } from './proxy-resources.ts'

/** Says which changes of an EnvoyFilter find nothing in any proxy: they are misspelt, or what they were for is gone. */
export function patchFindings({ mesh, spans }: Pick<Resolved, 'mesh' | 'spans'>): Diagnostic[] {
  if (mesh.proxyPatches.length === 0) return []
  // Where proxies run makes no difference to what is found in them.
  const placement = allocate(mesh)
  const context = { index: indexMesh(mesh), placement }
  const applied = new Set(Object.values(placement.proxies).flatMap(proxy => patchedResources(proxy, context).applied))
  const idle = mesh.proxyPatches.flatMap(({ changes }) => changes.filter(({ at }) => !applied.has(at)))
  return idle.map(({ at }) => {
    const subject = subjectAt(at)
    const field = fieldPath(at.slice(at.indexOf('#') + 1))
    return nothingPatched({ span: spans.spanOf(at), subject }, { kind: subject.kind, name: subject.name, field })
  })
}

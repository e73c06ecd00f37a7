import { duplicateResource } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { resourceKey } from '../../kinds/resource.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { canonicalJson } from './digest.ts'
import { subjectOf } from './span-table.ts'

/**
 * Reports resources that are declared twice; the first stays. The same Namespace may be named by many services.
 */
export function withoutDuplicates(loaded: readonly LoadedResource[]): Outcome<LoadedResource[]> {
  const byKey = new Map<string, LoadedResource>()
  const diagnostics: Diagnostic[] = []
  for (const item of loaded) {
    const key = `${item.resource.apiVersion}/${resourceKey(item.resource)}`
    const first = byKey.get(key)
    if (first === undefined) byKey.set(key, item)
    else if (!isSameNamespace(first, item)) diagnostics.push(duplicate(first, item))
  }
  return { value: [...byKey.values()], diagnostics }
}

function isSameNamespace(a: LoadedResource, b: LoadedResource): boolean {
  return a.resource.kind === 'Namespace' && canonicalJson(a.resource) === canonicalJson(b.resource)
}

function duplicate(first: LoadedResource, second: LoadedResource): Diagnostic {
  const subject = subjectOf(second.resource)
  return duplicateResource(
    {
      span: second.spanAt('/metadata/name'),
      subject,
      related: [{ span: first.spanAt('/metadata/name'), message: 'first declared here' }],
    },
    subject,
  )
}

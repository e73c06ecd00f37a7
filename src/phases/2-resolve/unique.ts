import { duplicateResource } from '../../diagnostics/codes.generated.ts'
import type { Diagnostic, Outcome } from '../../diagnostics/diagnostic.ts'
import { resourceKey } from '../../kinds/resource.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { canonicalJson } from './digest.ts'
import { subjectOf } from './span-table.ts'

/** A resource that is there already, and the one that was first. */
interface Duplicate {
  readonly first: LoadedResource
  readonly second: LoadedResource
}

/**
 * Reports what is declared twice; the first stays. The same Namespace may be named by many services.
 *
 * A service stands for several resources, and who declares it twice has made one mistake: there is one finding for two
 * declarations.
 */
export function withoutDuplicates(loaded: readonly LoadedResource[]): Outcome<LoadedResource[]> {
  const byKey = new Map<string, LoadedResource>()
  const pairs = new Map<unknown, Map<unknown, Duplicate[]>>()
  for (const second of loaded) {
    const key = `${second.resource.apiVersion}/${resourceKey(second.resource)}`
    const first = byKey.get(key)
    if (first === undefined) byKey.set(key, second)
    else if (!isSameNamespace(first, second)) note(pairs, { first, second })
  }
  const diagnostics = [...pairs.values()].flatMap(seconds => [...seconds.values()].map(finding))
  return { value: [...byKey.values()], diagnostics }
}

function isSameNamespace(a: LoadedResource, b: LoadedResource): boolean {
  return a.resource.kind === 'Namespace' && canonicalJson(a.resource) === canonicalJson(b.resource)
}

/** In YAML a service is several documents, most often of one file. */
function note(pairs: Map<unknown, Map<unknown, Duplicate[]>>, duplicate: Duplicate): void {
  const { first, second } = duplicate
  const seconds = pairs.get(first.declaration ?? first) ?? new Map<unknown, Duplicate[]>()
  const origin = second.declaration ?? second.span.file
  pairs.set(first.declaration ?? first, seconds)
  seconds.set(origin, [...(seconds.get(origin) ?? []), duplicate])
}

/** Marks the resource that the word is named after: of a service's, the Service. */
function finding(duplicates: readonly Duplicate[]): Diagnostic {
  const isNamesake = ({ first, second }: Duplicate) =>
    [first, second].some(({ declaration, resource }) => declaration?.word === resource.kind.toLowerCase())
  const main = duplicates.find(isNamesake) ?? duplicates[0]!
  const { first, second } = main
  const subject = subjectOf(second.resource)
  const span = second.spanAt('/metadata/name')
  // Of one call all resources stand at one place; documents have each their own.
  const others = duplicates.filter(each => each !== main && second.declaration === undefined)
  return duplicateResource(
    {
      span,
      subject,
      related: [
        { span: first.spanAt('/metadata/name'), message: 'first declared here' },
        ...others.map(({ second: { resource, spanAt } }) => {
          return { span: spanAt('/metadata/name'), message: `${resource.kind} "${resource.metadata.name}" likewise` }
        }),
      ],
    },
    subject,
  )
}

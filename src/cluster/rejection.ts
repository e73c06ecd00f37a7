/** What an API server refused, at the author's line. */
import { serverRejected } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { at } from '../kinds/definition.ts'
import type { Resource } from '../kinds/resource.ts'
import type { SpanTable } from '../phases/2-resolve/span-table.ts'
import { subjectOf } from '../phases/2-resolve/span-table.ts'
import type { ApiError } from './api-error.ts'
import { fieldPointer } from './field-pointer.ts'

/** One finding for each field that the server names; one for the resource where it names none. */
export function rejections(resource: Resource, error: ApiError, spans: SpanTable): Diagnostic[] {
  const { kind, metadata } = resource
  const causes = error.causes.filter(({ field }) => field !== '')
  const found = causes.length === 0 ? [{ field: '', message: error.message }] : causes
  return found.map(({ field, message }) => {
    const span = spans.spanOf(at(resource, fieldPointer(field, resource)))
    const reason = field === '' ? message : `${field}: ${message}`
    return serverRejected(
      { ...(span === undefined ? {} : { span }), subject: subjectOf(resource) },
      { kind, name: metadata.name, reason, remedy: remedyFor(error) },
    )
  })
}

/** The first that holds decides. */
const remedies: readonly (readonly [(error: ApiError) => boolean, string])[] = [
  [
    ({ reason }) => reason === 'NoKind',
    'install the definitions of its kind first: `mesh install`, or the project that it comes from',
  ],
  [({ status }) => status === 409, 'another manager owns these fields: leave them to it, or take them with --force'],
  // Webhooks, policies and quotas say 403 too, and no right helps against them.
  [
    ({ status, message }) => status === 403 && / cannot \w+ resource /.test(message),
    'ask for the right to do this, or use another account',
  ],
  [({ status }) => status === 404, 'make first what is not found, or name what is there'],
  [({ status }) => status === 0, 'look whether the API server runs and can be reached from here'],
]

function remedyFor(error: ApiError): string {
  return remedies.find(([holds]) => holds(error))?.[1] ?? 'change what the API server names'
}

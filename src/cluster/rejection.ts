/** What an API server refused, at the author's line. */
import { serverRejected } from '../diagnostics/codes.generated.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { at } from '../kinds/definition.ts'
import type { Resource } from '../kinds/resource.ts'
import type { SpanTable } from '../phases/2-resolve/span-table.ts'
import { subjectOf } from '../phases/2-resolve/span-table.ts'
import type { ApiError } from './api-error.ts'

/** One finding for each field that the server names; one for the resource where it names none. */
export function rejections(resource: Resource, error: ApiError, spans: SpanTable): Diagnostic[] {
  const { kind, metadata } = resource
  const causes = error.causes.filter(({ field }) => field !== '')
  const found = causes.length === 0 ? [{ field: '', message: error.message }] : causes
  return found.map(({ field, message }) => {
    const span = spans.spanOf(at(resource, fieldPointer(field)))
    const reason = field === '' ? message : `${field}: ${message}`
    return serverRejected(
      { ...(span === undefined ? {} : { span }), subject: subjectOf(resource) },
      { kind, name: metadata.name, reason, remedy: remedyFor(error) },
    )
  })
}

/** `spec.http[0].route["a.b"]` as a JSON pointer: `/spec/http/0/route/a.b`. */
export function fieldPointer(field: string): string {
  const tokens = [...field.matchAll(/\[(?:"([^"]*)"|([^\]]*))\]|([^.[\]]+)/g)]
  return tokens
    .map(([, quoted, index, name]) => quoted ?? index ?? name ?? '')
    .map(token => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}

function remedyFor({ status, reason }: ApiError): string {
  if (reason === 'NoKind')
    return 'install the definitions of its kind first: `mesh install`, or the project that it comes from'
  if (status === 409) return 'another manager owns these fields: leave them to it, or take them with --force'
  if (status === 403) return 'ask for the right to do this, or use another account'
  if (status === 0) return 'look whether the API server runs and can be reached from here'
  return 'change what the API server names'
}

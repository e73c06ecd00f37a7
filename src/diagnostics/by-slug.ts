import { codes } from './codes.generated.ts'
import type { Diagnostic } from './diagnostic.ts'
import { type At, buildDiagnostic, type MessageParams, type MessageText } from './message.ts'

const bySlug: ReadonlyMap<string, readonly [string, MessageText]> = new Map(
  Object.entries(codes).map(([code, message]) => [message.slug, [code, message] as const]),
)

/**
 * Builds a finding whose message is only known by name: mistakes that authoring reports from within the sandbox.
 *
 * @returns undefined where no message has the slug
 */
export function diagnosticBySlug(slug: string, at: At, params: MessageParams): Diagnostic | undefined {
  const found = bySlug.get(slug)
  return found === undefined ? undefined : buildDiagnostic(found[0], found[1], at, params)
}

/**
 * Diagnostics from the message texts in messages/*.md.
 *
 * This folder owns what a finding looks like, its texts and how it is printed. It knows nothing of phases, files on
 * disk or targets: a finding's place comes as a ready Span. The texts are Markdown so that wording can improve without
 * touching logic; `npm run generate` turns each into a typed function in codes.generated.ts.
 */
import type { Diagnostic, RelatedSpan, Severity, Subject } from './diagnostic.ts'
import type { Span } from './span.ts'

/** Where a finding is, and what else is known of it beyond its message. */
export interface At {
  readonly span?: Span | undefined
  /** What to print under the marked range. */
  readonly label?: string | undefined
  readonly related?: readonly RelatedSpan[] | undefined
  readonly notes?: readonly string[] | undefined
  readonly subject?: Subject | undefined
  readonly pointer?: string | undefined
  /** Replaces the help of the message's text, where the caller knows better (a near name, say). */
  readonly help?: string | undefined
}

/** One message of messages/*.md. */
export interface MessageText {
  readonly slug: string
  readonly severity: Severity
  /** One sentence with `%params%`. */
  readonly text: string
  readonly help?: string
  /** Markdown: what `mesh explain` prints. */
  readonly explanation: string
}

export type MessageParams = Readonly<{ [name: string]: string | number }>

/** Builds the finding of one message; called by the generated functions. */
export function buildDiagnostic(code: string, message: MessageText, at: At, params: MessageParams): Diagnostic {
  const help = at.help ?? (message.help === undefined ? undefined : fill(message.help, params))
  return {
    code,
    severity: message.severity,
    message: fill(message.text, params),
    ...(at.span === undefined ? {} : { span: at.span }),
    ...(at.label === undefined ? {} : { label: at.label }),
    related: at.related ?? [],
    notes: at.notes ?? [],
    ...(help === undefined ? {} : { help }),
    ...(at.subject === undefined ? {} : { subject: at.subject }),
    ...(at.pointer === undefined ? {} : { pointer: at.pointer }),
  }
}

function fill(text: string, params: MessageParams): string {
  return text.replaceAll(/%(\w+)%/g, (whole, name: string) => (name in params ? String(params[name]) : whole))
}

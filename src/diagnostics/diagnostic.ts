import type { Span } from './span.ts'

export type Severity = 'error' | 'warning' | 'info'

/** The object that a finding is about, in Kubernetes' terms. */
export interface Subject {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** The same for findings about one object. */
export function subjectKey({ kind, namespace, name }: Subject): string {
  return `${kind}/${namespace}/${name}`
}

export interface RelatedSpan {
  readonly span: Span
  readonly message: string
  /** What stands there, as a finding's own. */
  readonly subject?: Subject
  readonly pointer?: string
}

/**
 * One finding about what a user wrote.
 *
 * `message` is one sentence that names the object and the fact; `help` is the action that mends it. Built by the
 * functions of codes.generated.ts, whose texts stand in messages/*.md.
 */
export interface Diagnostic {
  /** `MW` and four digits, or the slug of a policy. Never reused. */
  readonly code: string
  readonly severity: Severity
  readonly message: string
  /** Absent only where no place in the source is concerned (a missing folder). */
  readonly span?: Span
  /** What to print under the marked range. */
  readonly label?: string
  readonly related: readonly RelatedSpan[]
  readonly notes: readonly string[]
  readonly help?: string
  readonly subject?: Subject
  /** JSON pointer of what it is about in the subject, as its author wrote that; absent where it is about no field. */
  readonly pointer?: string
  /**
   * Of an error in an object of a cluster, where each stands for itself: pointer of the part that is left out for it. Absent: the
   * whole object is.
   */
  readonly leavesOut?: string
}

/** What is not served for an error in an object of a cluster: the object itself, or a part of it. */
export function leftOut({ subject, leavesOut }: Pick<Diagnostic, 'subject' | 'leavesOut'>): string {
  const object = `${subject?.kind} ${subject?.namespace}/${subject?.name}`
  return leavesOut === undefined ? object : `${partName(leavesOut)} of ${object}`
}

/** `/spec/rules/1` as people write it: `rules[1]`. */
export function partName(pointer: string): string {
  return pointer.replace(/^\/spec\//, '').replace(/\/(\d+)$/, '[$1]')
}

/** What phases return: a value and what was found on the way; they never throw for what a user wrote. */
export interface Outcome<T> {
  readonly value: T
  readonly diagnostics: readonly Diagnostic[]
}

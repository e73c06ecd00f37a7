import { type NarrowKind, narrowForm, suggestedName } from '../kinds/object-name.ts'
import { reportError } from './declaration.ts'
import type { Trace } from './trace.ts'

/**
 * A name that Kubernetes takes. Where the author's is none, that is said here, once, and the mesh goes on with the
 * nearest one: else each of the resources that a word stands for would be found wrong by itself.
 */
export function properName<Name extends string | undefined>(kind: NarrowKind, name: Name, trace: Trace): Name | string {
  const form = narrowForm(kind)
  // What is no text at all is a type error, which is said elsewhere.
  if (typeof name !== 'string' || form.pattern.test(name)) return name
  const suggestion = suggestedName(name)
  reportError({ slug: 'invalid-name', params: { kind, name, form: form.what, suggestion }, trace })
  return suggestion
}

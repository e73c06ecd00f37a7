import { schemaViolation } from '../../diagnostics/codes.generated.ts'
import { type Diagnostic, type Subject, subjectKey } from '../../diagnostics/diagnostic.ts'
import { kindOf } from '../../kinds/index.ts'
import type { Resource } from '../../kinds/resource.ts'
import { memo } from '../../util/memo.ts'
import type { LoadedResource } from '../1-load/loaded.ts'
import { checkConfigText } from './config-text.ts'
import { explainViolation } from './explain-violation.ts'
import { fieldName } from './field-path.ts'
import { countedAsAuthored, mended } from './mend.ts'
import { withoutNulls } from './nulls.ts'
import { type Validator, type Violation, validators } from './validators/index.generated.js'

export interface Shaped {
  /**
   * What fits its schema, and what was made to fit by leaving out what does not: others refer to it, and its name and
   * remaining parts are there all the same. A revision with such a resource is broken and never used.
   */
  readonly resources: readonly LoadedResource[]
  readonly diagnostics: readonly Diagnostic[]
  /** Of each resource that did not fit the pointers of what was left out: what is found around it may follow from that. */
  readonly misshapen: Misshapen
}

/** Pointers by the resource's key. */
export type Misshapen = ReadonlyMap<string, readonly string[]>

/**
 * Holds each resource of a known kind against the schema that its TypeScript type makes.
 *
 * @param namespace of what names none
 * @returns one finding for each value that does not fit, at the author's place
 */
export function checkShapes(loaded: readonly LoadedResource[], namespace = 'default'): Shaped {
  const diagnostics: Diagnostic[] = []
  const misshapen = new Map<string, readonly string[]>()
  const note = (subject: Subject, cut: readonly string[]) =>
    misshapen.set(subjectKey(subject), [...(misshapen.get(subjectKey(subject)) ?? []), ...cut])
  /** What a resource says in a text of its own has a shape, too. */
  const withText = (item: LoadedResource, subject: Subject) => {
    if (item.resource.kind !== 'ConfigMap') return item
    const text = checkConfigText(item, subject)
    if (text.cut.length > 0) note(subject, text.cut)
    diagnostics.push(...text.diagnostics)
    return text.item
  }
  const resources = loaded.flatMap(asLoaded => {
    const validator = validators.get(`${asLoaded.resource.apiVersion}/${asLoaded.resource.kind}`)
    if (validator === undefined) return [asLoaded]
    const resource = withoutNullFields(asLoaded.resource)
    const item = resource === asLoaded.resource ? asLoaded : { ...asLoaded, resource }
    const violations = violationsOf(validator, item.resource)
    if (violations.length === 0 && item.resource.kind !== 'ConfigMap') return [item]
    const subject = subjectIn(item.resource, namespace)
    if (violations.length === 0) return [withText(item, subject)]
    diagnostics.push(...violations.map(violation => finding(item, violation, { validator, subject })))
    const rest = mended(item.resource, validator.validate)
    note(subject, rest?.cut ?? [''])
    if (rest === undefined) return []
    return [withText(countedAsAuthored({ ...item, resource: rest.value }, rest.authoredPointer), subject)]
  })
  return { resources, diagnostics: onePerPlace(diagnostics), misshapen }
}

/** A value of the vocabulary stands in several resources: a service's port is its containers' too. */
function onePerPlace(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const first = new Map<string, Diagnostic>()
  for (const diagnostic of diagnostics) {
    const { span, message, help } = diagnostic
    // The field's name differs from kind to kind; what is wrong with the value does not.
    const key = JSON.stringify([span, message.replace(/^.*? (?=must |lacks |is )/, ''), help])
    if (!first.has(key)) first.set(key, diagnostic)
  }
  return [...first.values()]
}

/** A resource as whoever reads it takes it, where a template had no value for a field; the same object for the same one. */
export function withoutNullFields(resource: Resource): Resource {
  const validator = validators.get(`${resource.apiVersion}/${resource.kind}`)
  return validator === undefined ? resource : filled(validator, resource)
}

const filled = memo((validator: Validator, resource: Resource): Resource => {
  const violations = violationsOf(validator, resource)
  return violations.length === 0 ? resource : withoutNulls(resource, violations, validator)
})

/** By resource: ajv's findings. What is loaded again unchanged is not validated again. */
const violationsOf = memo(({ validate }: Validator, resource: Resource): readonly Violation[] =>
  validate(resource) ? [] : withoutEchoes(validate.errors ?? []),
)

/** Of several things that are wrong with one value, its type is the one to mend; a union's branches say nothing new. */
function withoutEchoes(violations: readonly Violation[]): Violation[] {
  const first = new Map<string, Violation>()
  for (const violation of violations) {
    if (violation.keyword === 'anyOf' || violation.keyword === 'oneOf' || isNullEcho(violation, violations)) continue
    const { missingProperty = '', additionalProperty = '' } = violation.params
    const key = `${violation.instancePath} ${missingProperty} ${additionalProperty}`
    if (!first.has(key) || violation.keyword === 'type') first.set(key, violation)
  }
  return [...first.values()]
}

/** What may be null, and is not, is judged by what it is meant to be. */
function isNullEcho({ keyword, params, instancePath }: Violation, all: readonly Violation[]): boolean {
  if (keyword !== 'type' || params['type'] !== 'null') return false
  const isOther = ({ keyword: word, params: { type } }: Violation) => word !== 'anyOf' && type !== 'null'
  return all.some(each => isOther(each) && `${each.instancePath}/`.startsWith(`${instancePath}/`))
}

function finding(
  item: LoadedResource,
  violation: Violation,
  { validator, subject }: { readonly validator: Validator; readonly subject: Subject },
): Diagnostic {
  const { pointer, part, problem, remedy } = explainViolation(violation, item.resource, validator.schema)
  const field = fieldName(pointer, item.optionAt?.(pointer))
  return schemaViolation(
    { span: item.spanAt(pointer, part), subject, pointer },
    { kind: subject.kind, name: subject.name, field, problem, remedy },
  )
}

function subjectIn(resource: Resource, namespace: string): Subject {
  const isNamespaced = kindOf(resource)?.namespaced ?? true
  const { name, namespace: own = isNamespaced ? namespace : '' } = resource.metadata
  return { kind: resource.kind, namespace: own, name }
}

/** Takes out what was found at, in or around what did not fit, or because of it: that was judged without it. All else holds of the rest, too. */
export function withoutConsequences(found: readonly Diagnostic[], misshapen: Misshapen): readonly Diagnostic[] {
  if (misshapen.size === 0) return found
  const isAtCut = ({ subject, pointer }: Pick<Diagnostic, 'subject' | 'pointer'>) => {
    const cut = subject === undefined ? undefined : misshapen.get(subjectKey(subject))
    return pointer !== undefined && cut?.some(other => isWithin(pointer, other) || isWithin(other, pointer)) === true
  }
  return found.filter(finding => !isAtCut(finding) && !finding.related.some(isAtCut))
}

function isWithin(pointer: string, outer: string): boolean {
  return pointer === outer || pointer.startsWith(`${outer}/`)
}

/** Leaves out of the forms what stands in a name's place: a name that is none is as wrong wherever it is repeated. */
export function withoutNameEchoes(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const names = found.filter(({ code }) => code === 'MW2001').flatMap(({ span }) => span ?? [])
  return found.filter(
    ({ code, span }) =>
      code !== 'MW3107' ||
      !names.some(at => at.file === span?.file && at.line === span.line && at.column === span.column),
  )
}

/** Leaves out what TypeScript has said of the same lines already: types and schemas are one and the same. */
export function withoutTypeErrors(shapes: readonly Diagnostic[], loaded: readonly Diagnostic[]): readonly Diagnostic[] {
  const typed = loaded.filter(({ code }) => code === 'MW1011').flatMap(({ span }) => span ?? [])
  return shapes.filter(
    ({ span }) => !typed.some(at => at.file === span?.file && at.line <= span.line && span.line <= at.endLine),
  )
}

import { nearChoice, nearName } from '../../util/edit-distance.ts'
import { pointerToken } from '../../util/pointer-token.ts'
import type { Part } from '../1-load/loaded.ts'
import { pointerTokens } from '../1-load/pointer.ts'
import { fieldPath } from './field-path.ts'
import { type Home, homeOf } from './misplaced.ts'
import { memberOf, type Schema, schemaAt } from './schema-at.ts'
import type { Violation } from './validators/index.generated.js'
import { formOf, isDuration, remedyOf } from './value-forms.ts'

/** A violation in an author's words. */
export interface ExplainedViolation {
  /** Of the value to mend, or of the object that lacks something. */
  readonly pointer: string
  /** A field that is not known is wrong by its name. */
  readonly part: Part
  /** Continues a sentence that begins with the field. */
  readonly problem: string
  readonly remedy: string
}

/** @param home where the whole resource has a field of the name that its object has not */
type Explain = (
  violation: Violation,
  value: unknown,
  schema: Schema,
  home: () => Home | undefined,
) => Omit<ExplainedViolation, 'pointer' | 'part'>

/**
 * Says what is wrong and what to do.
 *
 * @param root the resource
 * @param schema of the resource's kind
 */
export function explainViolation(violation: Violation, root: unknown, schema: unknown): ExplainedViolation {
  const { instancePath, keyword, params } = violation
  const tokens = pointerTokens(instancePath)
  const value = tokens.reduce(memberOf, root)
  const explain = explainers[keyword] ?? (() => ({ problem: `breaks the rule "${keyword}"`, remedy: 'correct it' }))
  const extra = typeof params['additionalProperty'] === 'string' ? `/${pointerToken(params['additionalProperty'])}` : ''
  const place = { pointer: instancePath + extra, part: extra === '' ? 'value' : 'key' } as const
  const home = () =>
    homeOf({ pointer: instancePath, name: String(params['additionalProperty']) }, root, schema as Schema)
  return { ...place, ...explain(violation, value, schemaAt(schema as Schema, tokens), home) }
}

const explainers: { readonly [keyword: string]: Explain } = {
  type({ params }, value, schema) {
    if (isDuration(schema.pattern) && typeof value === 'number') return ofNoForm(schema.pattern!, value)
    const types = [params['type']].flat().map(String)
    return {
      problem: `must be ${types.map(typeName).join(' or ')}, not ${shown(value)}`,
      remedy: schema.enum === undefined ? remedyOfType(types, value) : `write one of ${schema.enum.join(', ')}`,
    }
  },
  required({ params }, value, schema) {
    const name = String(params['missingProperty'])
    // An object that may have any other field has a misspelt one, too.
    const isOpen = schema.additionalProperties !== false
    const others = Object.keys(value ?? {}).filter(each => !Object.hasOwn(schema.properties ?? {}, each))
    const near = isOpen ? nearName(name, others) : undefined
    return {
      problem: `lacks "${name}"`,
      remedy: near === undefined ? `add "${name}"` : `write "${name}" for "${near}"`,
    }
  },
  additionalProperties({ params }, _value, schema, home) {
    const name = String(params['additionalProperty'])
    const fields = Object.keys(schema.properties ?? {})
    const near = nearName(name, fields)
    const remedy = near === undefined ? remedyOfUnknown(fields, home()) : `did you mean "${near}"?`
    return { problem: 'is no field of this object', remedy }
  },
  enum({ params }, value) {
    const allowed = (params['allowedValues'] as readonly unknown[]).map(String)
    const near = typeof value === 'string' ? nearChoice(value, allowed) : undefined
    const remedy = near === undefined ? 'use one of them' : `did you mean "${near}"?`
    return { problem: `must be one of ${allowed.join(', ')}, not ${shown(value)}`, remedy }
  },
  const: ({ params }, value) => ({
    problem: `must be ${shown(params['allowedValue'])}, not ${shown(value)}`,
    remedy: 'correct it',
  }),
  pattern: ({ params }, value) => ofNoForm(String(params['pattern']), value),
  minimum: outOfRange,
  maximum: outOfRange,
  minItems: ({ params }) => ({ problem: `must have at least ${params['limit']} item`, remedy: 'add one' }),
  maxItems: ({ params }) => ({ problem: `must have at most ${params['limit']} items`, remedy: 'take some out' }),
  minProperties: ({ params }) => ({ problem: `must have at least ${params['limit']} entry`, remedy: 'add one' }),
  maxProperties: ({ params }) => ({ problem: `must have at most ${params['limit']} entries`, remedy: 'take some out' }),
  minLength: () => ({ problem: 'must not be empty', remedy: 'give it a value, or delete it' }),
  maxLength: ({ params }, value) => ({
    problem: `must have at most ${params['limit']} characters, not ${[...String(value)].length}`,
    remedy: 'shorten it',
  }),
}

function remedyOfUnknown(fields: readonly string[], home: Home | undefined): string {
  if (home === undefined) return `delete it; the fields here are ${fields.join(', ')}`
  const place = fieldPath(home.pointer)
  return home.isTaken ? `delete it: its place is ${place}, which is there already` : `move it to ${place}`
}

function ofNoForm(pattern: string, value: unknown): ReturnType<Explain> {
  const form = formOf(pattern)
  if (form === undefined)
    return { problem: `must be a text that matches ${pattern}, not ${shown(value)}`, remedy: 'correct it' }
  return { problem: `must be ${form.words}, not ${shown(value)}`, remedy: remedyOf(pattern, form, String(value)) }
}

function outOfRange({ keyword }: Violation, value: unknown, { minimum, maximum }: Schema): ReturnType<Explain> {
  const range =
    minimum !== undefined && maximum !== undefined
      ? `from ${minimum} to ${maximum}`
      : minimum !== undefined
        ? `at least ${minimum}`
        : `at most ${maximum}`
  return { problem: `must be ${range}, not ${shown(value)}`, remedy: keyword === 'minimum' ? 'raise it' : 'lower it' }
}

function typeName(type: string): string {
  const names: { readonly [type: string]: string } = {
    object: 'an object',
    array: 'a list',
    string: 'a text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    null: 'null',
  }
  return names[type] ?? type
}

/** What YAML turns into another type than the author meant is mended by quotes, or by leaving them out. */
function remedyOfType(types: readonly string[], value: unknown): string {
  // It may be written `yes` or `on`, too.
  if (types.includes('string') && typeof value === 'boolean') return 'put it in quotes, as it is written'
  if (types.includes('string') && typeof value === 'number') return `write it in quotes: ${JSON.stringify(`${value}`)}`
  if ((types.includes('integer') || types.includes('number')) && typeof value === 'string' && /^-?[\d.]+$/.test(value))
    return `write it without quotes: ${value}`
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return `write it without quotes: ${value}`
  if (types.includes('array') && value !== null) return 'make it a list of one: in YAML, put "- " before it'
  if (value === null) return 'give it a value, or delete the field'
  return `make it ${types.map(typeName).join(' or ')}`
}

/** The value in a few letters, as YAML or TypeScript would show it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…"` : text
}

/** JSON Schema as typescript-json-schema writes it, as the API server wants it (its rules for structural schemas). */
import { isObject } from '../../util/is-object.ts'

export interface Schema {
  readonly [keyword: string]: unknown
}

/** Keywords that mean the same there. */
const kept = [
  'type',
  'description',
  'enum',
  'minimum',
  'maximum',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'format',
  'default',
]

/**
 * The structural form of one property of a schema's root.
 *
 * @param refine is given the schema of each named type
 * @returns undefined where there is no such property
 */
export function structural(root: unknown, property: string, refine: Refine = same): object | undefined {
  if (!isObject(root) || !isObject(root['properties'])) return undefined
  const schema = root['properties'][property]
  const definitions = isObject(root['definitions']) ? root['definitions'] : {}
  return isObject(schema) ? convert(schema, { definitions, open: [], refine }) : undefined
}

/** Adds to the schema of a type what JSON Schema can't say. */
export type Refine = (type: string, schema: Schema) => Schema

const same: Refine = (_type, schema) => schema

interface Context {
  readonly definitions: Schema
  /** Names of definitions that are being put in: one that meets itself can't be. */
  readonly open: readonly string[]
  readonly refine: Refine
}

const anything: Schema = { 'x-kubernetes-preserve-unknown-fields': true }

function convert(schema: Schema, context: Context): Schema {
  const reference = schema['$ref']
  if (typeof reference === 'string') return referred(reference, schema, context)
  const union = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(union)) return unionOf(union.filter(isObject), schema, context)
  if (Array.isArray(schema['type']))
    return unionOf(
      schema['type'].map(type => ({ ...schema, type })),
      {},
      context,
    )
  const own = Object.fromEntries(
    kept.flatMap(keyword => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])),
  )
  const constant = schema['const'] === undefined ? {} : { enum: [schema['const']], type: typeof schema['const'] }
  if (schema['type'] === 'object' || isObject(schema['properties']))
    return { ...own, ...constant, ...object(schema, context) }
  if (schema['type'] === 'array') {
    const items = schema['items']
    return { ...own, items: isObject(items) ? convert(items, context) : anything }
  }
  const typed = { ...own, ...constant }
  return typed['type'] === undefined && typed['enum'] === undefined ? { ...typed, ...anything } : withType(typed)
}

function referred(reference: string, schema: Schema, context: Context): Schema {
  const name = decodeURIComponent(reference.slice(reference.lastIndexOf('/') + 1))
  const definition = context.definitions[name]
  if (!isObject(definition) || context.open.includes(name)) return anything
  const { $ref: _, ...beside } = schema
  return context.refine(name, convert({ ...definition, ...beside }, { ...context, open: [...context.open, name] }))
}

function object(schema: Schema, context: Context): Schema {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const others = schema['additionalProperties']
  const names = Object.keys(properties)
  if (names.length > 0) {
    const converted = names.map(name => {
      const property = properties[name]
      return [name, isObject(property) ? convert(property, context) : anything] as const
    })
    const isOpen = others !== false && others !== undefined
    const required = Array.isArray(schema['required']) ? schema['required'] : []
    return {
      type: 'object',
      properties: Object.fromEntries(converted),
      ...(required.length === 0 ? {} : { required }),
      ...(isOpen ? anything : {}),
    }
  }
  if (isObject(others) && Object.keys(others).length > 0)
    return { type: 'object', additionalProperties: convert(others, context) }
  return { type: 'object', ...(others === false ? {} : anything) }
}

/** A union of words or numbers is an enumeration; number or text is Kubernetes' own kind of value; others are left open. */
function unionOf(members: readonly Schema[], { description }: Schema, context: Context): Schema {
  const about = description === undefined ? {} : { description }
  const types = new Set(members.map(({ type }) => type))
  const values = members.flatMap(({ enum: list, const: value }) =>
    Array.isArray(list) ? list : value === undefined ? [undefined] : [value],
  )
  if (types.size === 1 && values.every(value => value !== undefined))
    return withType({ ...about, enum: values, type: [...types][0] })
  if (types.size === 2 && types.has('string') && (types.has('number') || types.has('integer')))
    return { ...about, 'x-kubernetes-int-or-string': true }
  const [only] = members
  return members.length === 1 && only !== undefined
    ? { ...convert(only, context), ...about }
    : { ...about, ...anything }
}

function withType(schema: Schema): Schema {
  if (schema['type'] !== undefined) return schema
  const list = Array.isArray(schema['enum']) ? schema['enum'] : []
  return { ...schema, type: typeof list[0] }
}

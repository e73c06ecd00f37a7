/**
 * The fields of a kind, as its JSON Schema has them: one path for each that holds a value. Lists are written `[]`, values of maps
 * `{}`: `spec.http[].match[].headers{}.exact`.
 */

/** A JSON Schema, as far as it is read here. */
export interface FieldSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly FieldSchema[]
  readonly items?: FieldSchema
  readonly properties?: { readonly [name: string]: FieldSchema }
  readonly additionalProperties?: boolean | FieldSchema
  readonly definitions?: { readonly [name: string]: FieldSchema }
}

/** What all kinds have, and what says nothing about proxies. */
const ofEveryKind: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'status'])

/** By path: the schema of the value there. */
export function fieldsOf(schema: FieldSchema): Map<string, FieldSchema> {
  const definitions = schema.definitions ?? {}
  const fields = new Map<string, FieldSchema>()
  const resolve = (node: FieldSchema): FieldSchema => {
    const target = node.$ref === undefined ? node : definitions[node.$ref.replace('#/definitions/', '')]!
    return target.$ref === undefined ? target : resolve(target)
  }
  const visit = (reference: FieldSchema, path: string): void => {
    const node = resolve(reference)
    const items = node.items === undefined ? undefined : resolve(node.items)
    const { additionalProperties } = node
    const values = typeof additionalProperties === 'object' ? resolve(additionalProperties) : undefined
    if (items !== undefined && isObject(items)) visit(items, `${path}[]`)
    else if (values !== undefined && isObject(values)) visit(values, `${path}{}`)
    else if (Object.keys(node.properties ?? {}).length === 0) fields.set(path, node)
    else
      for (const [name, value] of Object.entries(node.properties!)) visit(value, path === '' ? name : `${path}.${name}`)
  }
  for (const [name, value] of Object.entries(resolve(schema).properties ?? {}))
    if (!ofEveryKind.has(name)) visit(value, name)
  return fields
}

/** Has it named members, or values by name? */
function isObject({ properties, additionalProperties, $ref }: FieldSchema): boolean {
  return $ref !== undefined || Object.keys(properties ?? {}).length > 0 || typeof additionalProperties === 'object'
}

/** One value of a resource: where it is, by JSON keys, and which field of the kind it is. */
export interface FieldUse {
  readonly keys: readonly (string | number)[]
  readonly path: string
}

/** Which fields a resource uses, in its own order. */
export function fieldUses(resource: object, fields: ReadonlyMap<string, unknown>): FieldUse[] {
  const uses: FieldUse[] = []
  const visit = (value: unknown, keys: readonly (string | number)[], path: string): void => {
    if (fields.has(path)) {
      uses.push({ keys, path })
      return
    }
    if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, [...keys, index], `${path}[]`)
    else if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value)) {
        const named = path === '' ? key : `${path}.${key}`
        const isNamed = fields.has(named) || [...fields.keys()].some(field => begins(field, named))
        visit(member, [...keys, key], isNamed ? named : `${path}{}`)
      }
  }
  visit(resource, [], '')
  return uses
}

function begins(field: string, path: string): boolean {
  return field.startsWith(path) && /^[.[{]/.test(field.slice(path.length))
}

/** JSON Schema, as far as messages need it. */
export interface Schema {
  readonly $ref?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly definitions?: { readonly [name: string]: Schema }
}

/** The schema that holds for the value at a path. */
export function schemaAt(root: Schema, tokens: readonly string[]): Schema {
  const follow = (schema: Schema): Schema => {
    // A list that may be null is told by what it is otherwise.
    const other = schema.anyOf?.find(({ type }) => type !== 'null')
    if (other !== undefined) return follow(other)
    return schema.$ref === undefined
      ? schema
      : follow(root.definitions?.[schema.$ref.replace('#/definitions/', '')] ?? {})
  }
  return tokens.reduce<Schema>((schema, token) => {
    const { properties, additionalProperties, items } = schema
    const own = properties !== undefined && Object.hasOwn(properties, token) ? properties[token] : undefined
    const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined
    return follow(own ?? items ?? rest ?? {})
  }, follow(root))
}

/** What an object or a list holds. */
export function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as { readonly [key: string]: unknown })[key]
}

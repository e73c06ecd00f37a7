/** Fields of all kinds as the schemas have them: what an editor shows of each, and what its tags bound. */
import { globSync, readFileSync } from 'node:fs'

export interface Bound {
  readonly keyword: string
  readonly value: unknown
}

export interface Field {
  /** `Listener.port`; of the kind itself `.spec` */
  readonly name: string
  readonly words: string
  readonly isOptional: boolean
  readonly bounds: readonly Bound[]
}

interface Schema {
  readonly description?: string
  readonly default?: unknown
  readonly $ref?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly definitions?: { readonly [type: string]: Schema }
}

/** Of every kind, and of MeshConfig; a type that several kinds share is there as often. */
export function schemaFields(): readonly Field[] {
  return globSync('schemas/{*.*,apps,batch,core}/*.json').flatMap(file => {
    const root = JSON.parse(readFileSync(file, 'utf8')) as Schema
    const types: readonly [string, Schema][] = [['', root], ...Object.entries(root.definitions ?? {})]
    return types.flatMap(([type, schema]) => fieldsOf(type, schema, root))
  })
}

function fieldsOf(type: string, schema: Schema, root: Schema): Field[] {
  const { properties = {}, required = [] } = schema
  return Object.entries(properties).flatMap(([member, property]) => {
    const name = `${type}.${member}`
    const words = (property.description ?? '').replaceAll(/\s+/g, ' ')
    const field = { name, words, isOptional: !required.includes(member), bounds: boundsOf(property, root) }
    return [field, ...fieldsOf(name, property, root)]
  })
}

/** Its own, and those of its items, of its values, and of the map that it refers to: none of these has words of its own. */
function boundsOf(schema: Schema, root: Schema): Bound[] {
  const { $ref, items, additionalProperties, anyOf = [] } = schema
  const referred = $ref === undefined ? undefined : root.definitions?.[$ref.slice('#/definitions/'.length)]
  const inner = [referred, items, additionalProperties, ...anyOf].filter(part => typeof part === 'object')
  const own = Object.entries(schema)
    .filter(([keyword]) => /^(default|(min|max)[A-Z]\w+|minimum|maximum)$/.test(keyword))
    .map(([keyword, value]) => ({ keyword, value }))
  return [...own, ...inner.flatMap(part => boundsOf(part, root))]
}

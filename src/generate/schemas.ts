/**
 * Makes schemas/<group>/<kind>.json, and from each the validator that check runs, out of the types in src/kinds.
 *
 * Validators are compiled here and not when a mesh is checked: ajv takes 60 ms to load and 80 ms for the largest kind,
 * the code that it writes takes 3 ms.
 */
import { globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import type { Args, Definition, JsonSchemaGenerator } from 'typescript-json-schema'
import { gatewayApiGroup, kinds } from '../kinds/index.ts'

const require = createRequire(import.meta.url)

/** A JSON Schema, as far as this file changes it. */
interface Schema {
  [keyword: string]: unknown
}

/** By path from the repository's root: schemas, validators, and the table of the validators. */
export function generateSchemas(root: string): { [path: string]: string } {
  const schemas = kindSchemas(root)
  const files: { [path: string]: string } = {}
  for (const { id, group, kind, schema } of schemas) {
    files[`schemas/${group}/${kebab(kind)}.json`] = `${JSON.stringify(schema, null, 2)}\n`
    files[`${validatorFolder}/${id}.generated.js`] = validatorSource(schema)
  }
  files[`${validatorFolder}/index.generated.js`] = tableSource(schemas)
  files[`${validatorFolder}/index.generated.d.ts`] = tableTypes
  return files
}

/** JavaScript, not TypeScript: there is half a megabyte of it, and stripping types that it has none of takes 200 ms. */
const validatorFolder = 'src/phases/3-check/validators'

interface KindSchema {
  /** `virtual-service`: names the validator's file. */
  readonly id: string
  readonly group: string
  readonly kind: string
  readonly apiVersions: readonly string[]
  readonly schema: Schema
}

/** Tags of ours for what the generator lets nobody say anything of: values of maps, and items of lists. */
const innerTags: { readonly [tag: string]: readonly ['additionalProperties' | 'items', keyword: string] } = {
  valueMinLength: ['additionalProperties', 'minLength'],
  valueMaxLength: ['additionalProperties', 'maxLength'],
  valuePattern: ['additionalProperties', 'pattern'],
  valueMinimum: ['additionalProperties', 'minimum'],
  valueMaximum: ['additionalProperties', 'maximum'],
  itemPattern: ['items', 'pattern'],
  itemMinLength: ['items', 'minLength'],
  itemMaxLength: ['items', 'maxLength'],
  itemMinimum: ['items', 'minimum'],
  itemMaximum: ['items', 'maximum'],
}

/** Which types are read together: the Gateway API has names that Istio's API has, for other types. */
const typeFolders = ['src/kinds/{istio,kubernetes}/*.ts', 'src/kinds/gateway-api/*.ts'] as const

/** Types of what stands as text in a ConfigMap; they are no kinds, and have a validator all the same. */
const configTexts = [{ kind: 'MeshConfig', group: 'core' }] as const

function kindSchemas(root: string): KindSchema[] {
  const [others, gatewayApi] = typeFolders.map(folder => generatorOf(folder, root))
  const texts = configTexts.map(({ kind, group }) => {
    const schema = cleaned(others!.getSchemaForSymbol(kind))
    return { id: kebab(kind), group, kind, apiVersions: [], schema }
  })
  const ofKinds = kinds.map(({ kind, apiVersions }) => {
    const group = apiVersions[0].includes('/') ? apiVersions[0].split('/')[0]! : 'core'
    const isGatewayApi = group === gatewayApiGroup
    return {
      id: isGatewayApi ? `gateway-api-${kebab(kind)}` : kebab(kind),
      group,
      kind,
      apiVersions,
      schema: cleaned((isGatewayApi ? gatewayApi! : others!).getSchemaForSymbol(kind)),
    }
  })
  return [...ofKinds, ...texts]
}

function generatorOf(folder: string, root: string): JsonSchemaGenerator {
  const { getProgramFromFiles, buildGenerator } =
    require('typescript-json-schema') as typeof import('typescript-json-schema')
  const files = globSync(folder, { cwd: root })
    .sort()
    .map(path => join(root, path))
  // With a library, or else the generator does not know what an array is ("Unsupported type: {}").
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    strict: true,
    types: [],
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const program = getProgramFromFiles(files, compilerOptions, root)
  const settings: Partial<Args> = {
    noExtraProps: true,
    required: true,
    defaultNumberType: 'integer',
    ignoreErrors: true,
    validationKeywords: Object.keys(innerTags),
  }
  const generator = buildGenerator(program, settings, files)
  if (generator === null) throw new Error('the types in src/kinds could not be read')
  return generator
}

const status: Schema = {
  type: 'object',
  description: 'What has become of it, as controllers write it; nobody else has a use for it. Default: none.',
}

/**
 * Names definitions by their type alone (the generator writes whole import paths of this machine), and lets in `status`:
 * controllers write it, so it stands in objects read from a cluster, but no author has a use for it.
 */
function cleaned(schema: Definition): Schema {
  const names = new Map<string, string>()
  for (const long of Object.keys(schema.definitions ?? {})) {
    const short = long.slice(long.lastIndexOf('.') + 1)
    if ([...names.values()].includes(short)) throw new Error(`two types are called ${short}`)
    names.set(long, short)
  }
  const rename = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rename)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(spelledOut(value as Schema)).map(([key, member]) =>
        key === '$ref' && typeof member === 'string'
          ? [key, `#/definitions/${names.get(decodeURIComponent(member.slice('#/definitions/'.length)))}`]
          : [names.get(key) ?? key, rename(member)],
      ),
    )
  }
  const renamed = rename(schema) as Schema
  const properties = renamed['properties'] as Schema
  // Istio's MeshConfig is no object of its own.
  return properties['kind'] === undefined ? renamed : { ...renamed, properties: { ...properties, status } }
}

/** What our own tags mean in JSON Schema. */
function spelledOut(tagged: Schema): Schema {
  // The generator repeats beside a reference what the type itself says.
  const repeated = tagged['$ref'] === undefined ? [] : ['minProperties', 'maxProperties', ...Object.keys(innerTags)]
  const schema = Object.fromEntries(Object.entries(tagged).filter(([key]) => !repeated.includes(key)))
  for (const [tag, [inner, keyword]] of Object.entries(innerTags)) {
    if (schema[tag] === undefined) continue
    schema[inner] = { ...(schema[inner] as Schema), [keyword]: schema[tag] }
    delete schema[tag]
  }
  // Of a choice of numbers the generator knows no more than that they are some.
  const choice = schema['enum']
  if (schema['type'] === 'number' && Array.isArray(choice) && choice.every(Number.isInteger)) schema['type'] = 'integer'
  if (schema['format'] !== 'int32') return schema
  // No format of JSON Schema's: its bounds say the same to everybody.
  const { format: _, ...integer } = schema
  return { minimum: -(2 ** 31), maximum: 2 ** 31 - 1, ...integer }
}

/** A module with the validating function and the schema (without its prose), for messages that name what is allowed. */
function validatorSource(schema: Schema): string {
  const bare = withoutProse(schema)
  const ajv = new Ajv({
    allErrors: true,
    inlineRefs: false,
    messages: false,
    strict: false,
    code: { source: true, esm: true },
  })
  const { default: standalone } = require('ajv/dist/standalone') as typeof import('ajv/dist/standalone/index.js')
  const lines = standalone(ajv, ajv.compile(bare))
    .replace(/^"use strict";export const validate = (\w+);export default \w+;/, 'export { $1 as validate };')
    // Lengths are counted in characters, not in UTF-16's units: the one thing that ajv has no code of its own for.
    .replace(/require\("ajv\/dist\/runtime\/ucs2length"\)\.default/, 'text => [...text].length')
    .replaceAll(/;(?=const |function |validate\d+\.evaluated)/g, ';\n')
    .split('\n')
  // ajv writes every definition beside its function, though only lists of allowed values are ever read.
  const isRead = (line: string) => {
    const [, name] = /^const (schema\d+) =/.exec(line) ?? []
    return name === undefined || lines.some(other => other !== line && new RegExp(`\\b${name}\\b`).test(other))
  }
  const code = lines.filter(isRead).join('\n')
  if (code.includes('require(')) throw new Error('a validator needs code of ajv: it must stand alone')
  return [
    '// Generated from the types in src/kinds by `npm run generate`.',
    code,
    `export const schema = ${JSON.stringify(bare)}`,
    '',
  ].join('\n')
}

function withoutProse(value: unknown): Schema {
  if (Array.isArray(value)) return value.map(withoutProse) as unknown as Schema
  if (typeof value !== 'object' || value === null) return value as unknown as Schema
  const entries = Object.entries(value).filter(([key, member]) => key !== 'description' || typeof member === 'object')
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutProse(member)]))
}

function tableSource(schemas: readonly KindSchema[]): string {
  return [
    '// Generated from the table of kinds by `npm run generate`.',
    ...schemas.map(({ id }) => `import * as ${camel(id)} from './${id}.generated.js'`),
    '',
    'export const validators = new Map([',
    ...schemas.flatMap(({ id, kind, apiVersions }) =>
      (apiVersions.length === 0 ? [''] : apiVersions.map(version => `${version}/`)).map(
        version => `  ['${version}${kind}', ${camel(id)}],`,
      ),
    ),
    '])',
    '',
  ].join('\n')
}

const tableTypes = `// Generated from the table of kinds by \`npm run generate\`.
/** One way in which a value does not fit its schema, as ajv tells it. */
export interface Violation {
  /** JSON pointer. */
  readonly instancePath: string
  /** Where in the schema it is said. */
  readonly schemaPath: string
  readonly keyword: string
  readonly params: { readonly [name: string]: unknown }
}

export interface Validator {
  readonly validate: { (value: unknown): boolean; errors: readonly Violation[] | null }
  readonly schema: unknown
}

/** By apiVersion and kind, or by the type of a text: the validator that ajv made, and the schema that it was made from. */
export const validators: ReadonlyMap<string, Validator>
`

/** `VirtualService` → `virtual-service`. */
function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
}

function camel(id: string): string {
  return id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

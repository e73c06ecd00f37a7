/**
 * Makes istio-1.31.1-crds.json.gz and gateway-api-1.7.0-crds.json.gz: what the API server knows of others' kinds, without
 * any prose.
 *
 *     npx node test/kinds/make-crd-facts.ts CRDS.yaml istio-1.31.1-crds.json.gz
 *
 * The file holds one document a kind: `group`, `names`, and `versions` as in the definition's spec.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'
import type { CrdFacts } from './crd-facts.ts'

const [source, made] = process.argv.slice(2)
if (source === undefined || made === undefined) throw new Error('name the file with the definitions, and what is made')

interface Definition {
  readonly group: string
  readonly names: CrdFacts['names'] & { readonly kind: string }
  readonly versions: readonly {
    readonly name: string
    readonly storage?: boolean
    readonly schema: { readonly properties: { readonly spec: object }; readonly required?: readonly string[] }
  }[]
}

/** Messages of rules are prose as much as descriptions are; without them, a rule stands in one line. */
function withoutProse(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\n', ' ')
  if (Array.isArray(value)) return value.map(withoutProse)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([key, member]) => typeof member !== 'string' || !['description', 'message', 'messageExpression'].includes(key),
  )
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutProse(member)]))
}

const facts = parseAllDocuments(readFileSync(source, 'utf8')).map((document): CrdFacts => {
  const { group, names, versions } = document.toJS() as Definition
  const { name, schema } = versions.find(({ storage }) => storage === true) ?? versions[0]!
  const { kind, plural, shortNames, categories } = names
  return {
    group,
    kind,
    storage: name,
    names: { plural, ...(shortNames === undefined ? {} : { shortNames }), categories },
    needsSpec: schema.required?.includes('spec') ?? false,
    spec: withoutProse(schema.properties.spec) as CrdFacts['spec'],
  }
})
writeFileSync(join(import.meta.dirname, made), gzipSync(JSON.stringify(facts), { level: 9 }))
console.log(`${facts.length} kinds`)

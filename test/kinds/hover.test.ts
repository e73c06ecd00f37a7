/** What an editor shows over a field of a kind is its comment, and schemas carry it too: each field has one. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { it } from 'node:test'

interface Field {
  readonly place: string
  /** Without tags: those are for the generator of schemas. */
  readonly comment: string
}

/** Members of every exported interface of the kinds' types, index signatures too. */
const fields: readonly Field[] = globSync('src/kinds/{istio,kubernetes,gateway-api}/*.ts').flatMap(file =>
  [...readFileSync(file, 'utf8').matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/gm)].flatMap(
    ([, name, body]) =>
      [...body!.matchAll(/(?: {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?^ {2}(\w+|\[\w+: string\])\??: /gm)].map(
        ([, comment = '', member]) => ({ place: `${file}: ${name}.${member}`, comment: prose(comment) }),
      ),
  ),
)

function prose(comment: string): string {
  return comment
    .split('\n')
    .map(line => line.replace(/^\s*\*/, '').trim())
    .filter(line => !line.startsWith('@'))
    .join(' ')
    .trim()
}

it('finds the fields', t => {
  t.diagnostic(`${fields.length} fields`)
  assert.ok(fields.length > 250)
})

it('every field has a comment', () => {
  assert.deepEqual(
    fields.filter(({ comment }) => comment === '').map(({ place }) => place),
    [],
  )
})

it('no comment says nothing but the name again', () => {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  assert.deepEqual(
    fields.filter(({ place, comment }) => bare(comment) === bare(place.split('.').at(-1)!)).map(({ place }) => place),
    [],
  )
})

/** What a schema says of its properties, at any depth. */
function undescribed(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties = {}, description: _, ...rest } = schema as { properties?: object; [keyword: string]: unknown }
  const own = Object.entries(properties)
  return [
    ...own.filter(([, property]) => property.description === undefined).map(([name]) => `${path}/${name}`),
    ...own.flatMap(([name, property]) => undescribed(property, `${path}/${name}`)),
    ...Object.entries(rest).flatMap(([keyword, value]) => undescribed(value, `${path}/${keyword}`)),
  ]
}

it('the schemas carry the comments', () => {
  for (const file of globSync('schemas/**/*.json'))
    assert.deepEqual(undescribed(JSON.parse(readFileSync(file, 'utf8'))), [], file)
})

/** Our schemas of Istio's kinds against its own definitions, field by field. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { customResourceDefinitions, definitionOf, gatewayApiKinds } from '../../src/cluster/install/crds.ts'
import { type ApiDifference, apiDifferences, gatewayApiDifferences } from '../../src/generate/api-differences.ts'
import { type CrdFacts, crdFacts, gatewayApiFacts, nodesOf, type OpenApi } from './crd-facts.ts'

interface Definition {
  readonly group: string
  readonly names: CrdFacts['names'] & { readonly kind: string }
  readonly versions: readonly {
    readonly name: string
    readonly storage: boolean
    readonly schema: {
      readonly openAPIV3Schema: {
        readonly required?: readonly string[]
        readonly properties: { readonly spec: OpenApi }
      }
    }
  }[]
}

type Ours = ReadonlyMap<string, Definition>

const byKind = (definitions: readonly { readonly spec?: unknown }[]): Ours =>
  new Map(definitions.map(({ spec }) => [(spec as Definition).names.kind, spec as Definition]))

const compared = [
  ...['type', 'enum', 'required', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'],
  ...['minProperties', 'maxProperties', 'pattern', 'default', 'format', 'nullable', 'oneOf', 'allOf'],
  ...['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
]

type Attributes = ReadonlyMap<string, unknown>

/** What counts of a node: words in any order; a 32-bit integer is one by its format or by its bounds. */
function attributesOf(schema: OpenApi, needed: boolean | undefined): Attributes {
  const { format, ...rest } = schema
  const integer = { minimum: -(2 ** 31), maximum: 2 ** 31 - 1, ...rest }
  const own: OpenApi = format === 'int32' ? integer : format === 'double' ? rest : schema
  const sorted = (list: unknown) => [...(list as readonly unknown[])].sort()
  return new Map<string, unknown>([
    ...compared.flatMap(name =>
      own[name] === undefined
        ? []
        : [[name, ['enum', 'required'].includes(name) ? sorted(own[name]) : own[name]] as const],
    ),
    ...(needed === undefined ? [] : [['needed', needed] as const]),
  ])
}

/** By path: the attributes of all nodes of a kind. */
function attributes(spec: OpenApi, needsSpec: boolean): Map<string, Attributes> {
  return new Map(
    nodesOf(spec).map(({ path, schema }) => [path, attributesOf(schema, path === 'spec' ? needsSpec : undefined)]),
  )
}

interface Found {
  readonly kind: string
  readonly path: string
  readonly attribute: string
  readonly theirs?: unknown
  readonly ours?: unknown
}

/** All attributes of a kind's nodes that differ; a node that only one side has differs in its `name`. */
function differencesOf({ kind, spec, needsSpec }: CrdFacts, ours: Ours): Found[] {
  const { required, properties } = ours.get(kind)!.versions[0]!.schema.openAPIV3Schema
  const theirNodes = attributes(spec, needsSpec)
  const ourNodes = attributes(properties.spec, required?.includes('spec') ?? false)
  return [...new Set([...theirNodes.keys(), ...ourNodes.keys()])].flatMap(path => {
    const [theirs, own] = [theirNodes.get(path), ourNodes.get(path)]
    if (theirs === undefined || own === undefined)
      return [{ kind, path, attribute: 'name', theirs: theirs !== undefined, ours: own !== undefined }]
    return [...new Set([...theirs.keys(), ...own.keys()])]
      .filter(attribute => JSON.stringify(theirs.get(attribute)) !== JSON.stringify(own.get(attribute)))
      .map(attribute => ({ kind, path, attribute, theirs: theirs.get(attribute), ours: own.get(attribute) }))
  })
}

function explains(row: ApiDifference, found: Found): boolean {
  return (
    (row.kinds.length === 0 || row.kinds.includes(found.kind)) &&
    (row.path ?? found.path) === found.path &&
    row.attribute === found.attribute &&
    JSON.stringify(row.theirs) === JSON.stringify(found.theirs) &&
    JSON.stringify(row.ours) === JSON.stringify(found.ours)
  )
}

const apis = [
  {
    api: 'Istio 1.31.1',
    ours: byKind(customResourceDefinitions()),
    theirs: crdFacts,
    rows: apiDifferences,
    size: { kinds: 15, nodes: 1181 },
  },
  {
    api: 'the Gateway API 1.7.0',
    ours: byKind(gatewayApiKinds.map(definitionOf)),
    theirs: gatewayApiFacts,
    rows: gatewayApiDifferences,
    size: { kinds: 10, nodes: 637 },
  },
]

for (const { api, ours, theirs, rows, size } of apis)
  describe(`schemas of kinds, against the definitions of ${api}`, () => {
    /** Of those kinds that we have. */
    const facts = theirs.filter(({ kind }) => ours.has(kind))
    const found = facts.flatMap(fact => differencesOf(fact, ours))

    it('the facts are whole', () => {
      assert.equal(theirs.length, size.kinds)
      assert.equal(theirs.flatMap(({ spec }) => nodesOf(spec)).length, size.nodes)
    })

    it('every difference has its reason', t => {
      const nodes = facts.flatMap(({ spec }) => nodesOf(spec)).length
      const differing = new Set(found.map(({ kind, path }) => `${kind} ${path}`)).size
      t.diagnostic(`${nodes - differing} of ${nodes} nodes equal, ${differing} differ with a reason`)
      const missing = theirs.filter(({ kind }) => !ours.has(kind))
      if (missing.length > 0) t.diagnostic(`not there yet: ${missing.map(({ kind }) => kind).join(', ')}`)
      assert.deepEqual(
        found.filter(difference => !rows.some(row => explains(row, difference))),
        [],
      )
    })

    it('every reason has its difference', () => {
      const idle = rows.filter(
        row =>
          !(row.kinds.length === 0 ? [undefined] : row.kinds).every(kind =>
            found.some(difference => explains(kind === undefined ? row : { ...row, kinds: [kind] }, difference)),
          ),
      )
      assert.deepEqual(idle, [])
    })

    it('names are the same', () => {
      for (const { group, kind, names } of facts) {
        const own = ours.get(kind)!
        assert.equal(own.group, group)
        assert.deepEqual(
          [own.names.plural, own.names.shortNames ?? [], own.names.categories],
          [names.plural, names.shortNames ?? [], names.categories],
        )
      }
    })

    it('the storage version is one of ours', () => {
      for (const { kind, storage } of facts)
        assert.ok(
          ours.get(kind)!.versions.some(({ name }) => name === storage),
          `${kind} ${storage}`,
        )
    })
  })

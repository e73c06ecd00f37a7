/**
 * docs/reference/fields.md: every field of Istio's kinds, of MeshConfig and of the Gateway API's kinds, with what it sets in Envoy, as
 * it was measured on examples/api, and the golden case that shows it.
 */
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { schemaPath } from '../cluster/install/kind-schemas.ts'
import { compile } from '../compile.ts'
import { gatewayApiGroup, kinds } from '../kinds/index.ts'
import type { LoadedResource } from '../phases/1-load/loaded.ts'
import { type ExampleKind, type FieldEffect, fieldEffects, textIn } from './field-effects.ts'
import { type FieldSchema, fieldsOf, fieldUses } from './field-paths.ts'
import { elsewhere } from './fields-elsewhere.ts'

interface Documented extends ExampleKind {
  /** In examples/api. */
  readonly file: string
}

const path = 'docs/reference/fields.md'

export async function generateFields(root: string): Promise<{ [path: string]: string }> {
  const documented = documentedKinds(root)
  const cases = await goldenCases(root, documented)
  const sections: string[] = []
  const wrong: string[] = []
  for (const each of documented) {
    const { loaded } = await compile({ path: join(root, 'examples/api', each.file), skipTypes: true })
    const effects = fieldEffects(loaded?.resources ?? [], each)
    sections.push(section(each, effects, cases))
    wrong.push(...unexplained(each, effects), ...outdated(each, effects))
  }
  if (wrong.length > 0) throw new Error(`examples/api and src/generate/fields-elsewhere.ts:\n${wrong.join('\n')}`)
  return { [path]: [...heading, ...sections].join('\n') }
}

const heading = [
  '<!-- Made by `npm run generate` from src/generate/fields.ts. -->',
  '# Every field, and what it sets in Envoy',
  '',
  'Each file of [examples/api](../../examples/api) uses every field of one kind. What a field sets is measured: the example is compiled',
  'again with another value, and what differs in Envoy’s configuration stands here. `[]` is each item of a list, `{}` each value of a',
  'map. Envoy’s fields are written from the nearest message that has a type: `RouteConfiguration`, `Cluster`, `HTTPFault`. The last',
  'column is the [golden case](../../test/golden) that shows the field among as few others as possible.',
  '',
]

/** Istio's kinds, what is set for a mesh, and the Gateway API's. */
function documentedKinds(root: string): Documented[] {
  const schemaOf = (file: string) => JSON.parse(readFileSync(join(root, 'schemas', file), 'utf8')) as FieldSchema
  const ofKinds = kinds
    .filter(({ target, apiVersions }) => target === 'istio' || apiVersions[0].startsWith(gatewayApiGroup))
    .map(definition => {
      const { kind, apiVersions } = definition
      const apiGroup = apiVersions[0].split('/')[0]!
      return { kind, apiGroup, fields: fieldsOf(schemaOf(schemaPath(definition))), file: fileOf(kind, apiGroup) }
    })
  const settings: Documented = {
    kind: 'MeshConfig',
    apiGroup: '',
    fields: fieldsOf(schemaOf('core/mesh-config.json')),
    file: 'mesh-config.ts',
  }
  return [...ofKinds, settings].sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

function order({ apiGroup, kind }: ExampleKind): string {
  return `${apiGroup === '' ? 'istio.io' : apiGroup.split('.').slice(1).join('.')} ${kind}`
}

function fileOf(kind: string, apiGroup: string): string {
  const words = kind.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase()
  return kind === 'Gateway' && apiGroup.startsWith('gateway.') ? 'api-gateway.ts' : `${words}.ts`
}

/** By kind and field: the golden cases that use it, those with the fewest fields first, and last those that show nothing. */
interface GoldenCase {
  readonly mesh?: string
  readonly envoy?: object
  readonly targets?: readonly string[]
}

type GoldenCases = ReadonlyMap<string, readonly string[]>

async function goldenCases(root: string, documented: readonly Documented[]): Promise<GoldenCases> {
  const used = new Map<string, { readonly fields: Set<string>; readonly shows: boolean }>()
  for (const file of globSync('test/golden/*/case.json', { cwd: root }).sort()) {
    const folder = dirname(file)
    const golden = JSON.parse(readFileSync(join(root, file), 'utf8')) as GoldenCase
    const { mesh = '.', envoy = {}, targets = [] } = golden
    const { loaded } = await compile({ path: join(root, folder, mesh), ignore: ['out'], skipTypes: true })
    const shows = Object.keys(envoy).length + targets.length > 0
    used.set(basename(folder), { fields: usedFields(documented, loaded?.resources ?? []), shows })
  }
  const rank = ({ fields, shows }: { readonly fields: Set<string>; readonly shows: boolean }) =>
    shows ? fields.size : Number.MAX_SAFE_INTEGER
  const smallestFirst = [...used].sort(([, a], [, b]) => rank(a) - rank(b))
  const cases = new Map<string, string[]>()
  for (const [name, { fields }] of smallestFirst)
    for (const field of fields) cases.set(field, [...(cases.get(field) ?? []), name])
  return cases
}

function usedFields(documented: readonly Documented[], resources: readonly LoadedResource[]): Set<string> {
  const uses = documented.flatMap(each =>
    resources.flatMap(({ resource }) => {
      const text = textIn(resource, each)
      return text === undefined ? [] : fieldUses(text.body, each.fields).map(use => keyOf(each, use.path))
    }),
  )
  return new Set(uses)
}

function keyOf({ apiGroup, kind }: ExampleKind, field: string): string {
  return `${apiGroup}/${kind} ${field}`
}

function section(each: Documented, effects: ReadonlyMap<string, FieldEffect>, cases: GoldenCases): string {
  const { kind, apiGroup, file, fields } = each
  const rows = [...fields.keys()].map(field => {
    const [golden] = cases.get(keyOf(each, field)) ?? []
    const shown = golden === undefined ? '' : `[${golden}](../../test/golden/${golden})`
    return `| \`${field}\` | ${says(each, field, effects.get(field))} | ${shown} |`
  })
  const group = apiGroup.startsWith('gateway.') ? ' of the Gateway API' : ''
  return [
    `## ${kind}${group}`,
    '',
    `Example: [${file}](../../examples/api/${file})`,
    '',
    '| field | in Envoy | golden case |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

/** Fields that set nothing, and of which nothing is said: the example does not show them, or they are forgotten. */
function unexplained(each: ExampleKind, effects: ReadonlyMap<string, FieldEffect>): string[] {
  return [...each.fields.keys()]
    .filter(field => says(each, field, effects.get(field)) === undefined)
    .map(field => `${each.kind} ${field} sets nothing, and nothing is said of it`)
}

/** What is said of fields that set something all the same, or that are no more. */
function outdated(each: ExampleKind, effects: ReadonlyMap<string, FieldEffect>): string[] {
  return elsewhere
    .filter(row => row.kind === each.kind && row.apiGroup === each.apiGroup)
    .filter(row => {
      const fields = [...each.fields.keys()].filter(field => fits(row.field, field))
      return fields.length === 0 || fields.some(field => (effects.get(field)?.envoy.length ?? 0) > 0)
    })
    .map(row => `${row.kind} ${row.field} sets something: its row is not needed`)
}

function says(each: ExampleKind, field: string, effect: FieldEffect | undefined): string | undefined {
  const own = elsewhere.find(row => row.kind === each.kind && row.apiGroup === each.apiGroup && fits(row.field, field))
  if (effect !== undefined && effect.envoy.length > 0) return shortened(effect.envoy).map(code).join(', ')
  if (own !== undefined) return own.says
  return effect?.finding === undefined ? undefined : reasonOf(effect.finding)
}

/** `spec.rules[].filters*`: the field, or all that begin so. */
function fits(pattern: string, field: string): boolean {
  return pattern.endsWith('*') ? field.startsWith(pattern.slice(0, -1)) : pattern === field
}

/** Of a finding what is said of the field. */
function reasonOf(message: string): string {
  return message.replace(/^.*?(?:spec|extensionProviders)\S* /, '').replaceAll('|', '\\|')
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

/** So many are listed; more say where they stand. */
const most = 3

/** Where a field decides about whole parts of the configuration, what these have in common. */
function shortened(paths: readonly string[]): readonly string[] {
  if (paths.length <= most) return paths
  const heads = new Map<string, string[]>()
  for (const each of paths) {
    const head = each.slice(0, each.search(/[.[]|$/))
    heads.set(head, [...(heads.get(head) ?? []), each])
  }
  const common = [...heads.values()].sort((a, b) => b.length - a.length).map(commonPath)
  // What has a type of its own stands within one of Envoy's resources: that is named first.
  const resources = common.filter(each => /^(RouteConfiguration|Cluster|ClusterLoadAssignment|Listener)\b/.test(each))
  return (resources.length > 0 ? resources : common).slice(0, most)
}

function commonPath(paths: readonly string[]): string {
  const [first = [], ...rest] = paths.map(each => each.split('.'))
  const length = first.findIndex((word, index) => rest.some(other => other[index] !== word))
  return (length < 0 ? first : first.slice(0, Math.max(1, length))).join('.')
}

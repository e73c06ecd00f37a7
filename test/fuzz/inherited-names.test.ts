/**
 * Names that every JavaScript object answers to mean no more than others: with one of them in place of any of its texts or keys, a
 * mesh ends in the same findings and files as with a harmless word that sorts alike.
 *
 * RUNS says how many places are tried, `all` for each of them; SEED says which.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import { policies } from '../../policies/index.generated.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import type { Placement, ProxyPlacement } from '../../src/model/placement.ts'
import { load } from '../../src/phases/1-load/load.ts'
import { type Resolved, resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkProviders } from '../../src/phases/3-check/providers.ts'
import { checkRules } from '../../src/phases/3-check/rules.ts'
import { runPolicies } from '../../src/phases/3-check/run-policies.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { unmetConditions } from '../../src/phases/3-check/standings.ts'
import { unknownKinds } from '../../src/phases/3-check/unknown-kinds.ts'
import { allocate, patchFindings } from '../../src/phases/4-emit/envoy/index.ts'
import { emitFiles } from '../../src/phases/4-emit/targets.ts'
import { isObject } from '../../src/util/is-object.ts'
import { placed } from '../kinds/accepted.ts'

const runs = process.env['RUNS'] ?? '40'
const seed = Number(process.env['SEED'] ?? 7)
const golden = join(import.meta.dirname, '../golden')

/** With each its harmless neighbour: no other text of the meshes sorts between them. */
const words = [
  ['constructor', 'constructoq'],
  ['valueOf', 'valueOe'],
  ['__proto__', '__protn__'],
  ['hasOwnProperty', 'hasOwnPropertx'],
] as const

interface Mesh {
  readonly name: string
  readonly resources: readonly Resource[]
  /** Is it one of a cluster, whose pods are asked by the addresses of services? */
  readonly isRedirected: boolean
}

/** Where a word is put: in place of one text or key, or of a word wherever the mesh has it. */
type Place =
  | { readonly mesh: Mesh; readonly index: number; readonly path: readonly string[]; readonly part: 'key' | 'value' }
  | { readonly mesh: Mesh; readonly everywhere: string }

async function goldenMeshes(): Promise<Mesh[]> {
  const meshes: Mesh[] = []
  for (const { name } of readdirSync(golden, { withFileTypes: true }).filter(entry => entry.isDirectory())) {
    const { mesh = '.', addresses } = JSON.parse(readFileSync(join(golden, name, 'case.json'), 'utf8'))
    const { value } = await load({ path: join(golden, name, mesh), ignore: ['out'], skipTypes: true })
    const resources = (value?.resources ?? []).map(({ resource }) => unfolded(resource))
    meshes.push({ name, resources, isRedirected: addresses !== undefined })
  }
  return meshes
}

/** MeshConfig is text in a ConfigMap: what stands in that is put in place of it, so that each of its texts is a place. */
function unfolded(resource: Resource): Resource {
  const { kind, data } = resource
  if (kind !== 'ConfigMap' || !isObject(data) || typeof data['mesh'] !== 'string') return resource
  return { ...resource, data: { ...data, mesh: parse(data['mesh']) } }
}

function folded(resource: Resource): Resource {
  const { data } = resource
  if (!isObject(data) || !isObject(data['mesh'])) return resource
  return { ...resource, data: { ...data, mesh: JSON.stringify(data['mesh']) } }
}

/** Without these nothing is taken for a resource in the first place; and no texts, as JSON has them. */
const given: ReadonlySet<string> = new Set([
  ...['apiVersion', 'kind', 'metadata', 'metadata/name', 'name'],
  ...['true', 'false', 'null'],
])

/** What an external authorizer is asked with gives its cluster a name, as a digest: there two words can't be alike. */
function placesOf(mesh: Mesh): Place[] {
  const single = mesh.resources.flatMap((resource, index) =>
    [...partsOf(resource, [])].map(part => ({ mesh, index, ...part })),
  )
  const texts = JSON.stringify(mesh.resources).match(/(?<![\\\w-])\w[\w-]{0,62}(?![\w-])/g) ?? []
  const others = [...new Set(texts)].filter(text => /[a-z]/i.test(text) && !given.has(text))
  return [
    ...single.filter(
      ({ path, part }) => !path.includes('externalAuth') && (part === 'value' || !given.has(path.join('/'))),
    ),
    ...others.map(everywhere => ({ mesh, everywhere })),
  ]
}

function* partsOf(
  value: unknown,
  path: readonly string[],
): Iterable<{ path: readonly string[]; part: 'key' | 'value' }> {
  if (typeof value === 'string') yield { path, part: 'value' }
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    if (!Array.isArray(value)) yield { path: [...path, key], part: 'key' }
    yield* partsOf(member, [...path, key])
  }
}

function withWord(place: Place, word: string): readonly Resource[] {
  const { resources } = place.mesh
  if (!('everywhere' in place))
    return resources.map((resource, index) =>
      index === place.index ? (replaced(resource, place.path, place.part, word) as Resource) : resource,
    )
  const pattern = new RegExp(`(?<![\\\\\\w-])${place.everywhere}(?![\\w-])`, 'g')
  return JSON.parse(JSON.stringify(resources).replaceAll(pattern, word)) as Resource[]
}

/** Members keep their order, for the order of resources is that of what they hold. */
function replaced(value: unknown, path: readonly string[], part: 'key' | 'value', word: string): unknown {
  const [token, ...rest] = path
  if (token === undefined) return word
  if (Array.isArray(value))
    return value.map((item, index) => (`${index}` === token ? replaced(item, rest, part, word) : item))
  const isLast = part === 'key' && rest.length === 0
  const entries = Object.entries(value as object).map(([key, member]) => {
    if (key !== token) return [key, member] as const
    return isLast ? ([word, member] as const) : ([key, replaced(member, rest, part, word)] as const)
  })
  return Object.fromEntries(entries)
}

/** All that is said of it, and made of it. */
function outcome(resources: readonly Resource[], isRedirected: boolean): string {
  const shaped = checkShapes(resources.map(folded).map(placed))
  const resolved = resolve(shaped.resources)
  const { value } = resolved
  const findings = [
    ...[...shaped.diagnostics, ...resolved.diagnostics, ...checkRules(value), ...unknownKinds(value)],
    ...[...checkProviders(value), ...unmetConditions(value), ...patchFindings(value)],
  ]
  const problems = runPolicies(policies, value.mesh, {})
  const files = emitFiles({ resolved: value, placement: placementOf(value, isRedirected) }, [
    'envoy',
    'istio',
    'kubernetes',
  ])
  const written = [...files].filter(([path]) => path !== 'digest.json')
  return JSON.stringify([findings, problems, written], undefined, 1)
}

function placementOf({ mesh }: Resolved, isRedirected: boolean): Placement {
  const placement: Placement = { ...allocate(mesh), hasSecrets: true }
  if (!isRedirected) return placement
  const redirected = ([name, proxy]: readonly [string, ProxyPlacement]) =>
    [name, proxy.kind === 'router' ? proxy : { ...proxy, outbound: [], interception: 'redirect' as const }] as const
  const endpoints = mesh.services
    .filter(({ entry }) => entry === undefined)
    .map(({ host, ports }, index) => {
      const numbers = Object.fromEntries(ports.map(({ name, number }) => [name, number]))
      return [host, [{ address: `10.0.1.${index}`, ports: numbers, hasSidecar: true }]] as const
    })
  return {
    ...placement,
    hasIdentity: true,
    proxies: Object.fromEntries(Object.entries(placement.proxies).map(redirected)),
    addresses: Object.fromEntries(endpoints.map(([host], index) => [host, [`10.0.0.${index}`]])),
    endpoints: Object.fromEntries(endpoints),
  }
}

/** What the name makes other than its neighbour does. */
function difference(place: Place, name: string, neighbour: string): string[] {
  const [tried, expected] = [name, neighbour].map(word => outcome(withWord(place, word), place.mesh.isRedirected))
  const likened = liken(tried!, name, neighbour)
  const wanted = liken(expected!, name, neighbour)
  if (likened === wanted) return []
  const [lines, others] = [likened, wanted].map(text => text.split('\n'))
  const first = lines!.findIndex((line, index) => line !== others![index])
  return [`${shown(place)}: ${lines![first]?.slice(0, 2000)}\ninstead of ${others![first]?.slice(0, 2000)}`]
}

/** The one for the other, as it stands in names of files and in advice, too. */
function liken(text: string, name: string, neighbour: string): string {
  const forms = [(word: string) => word, (word: string) => word.toLowerCase(), (word: string) => word.toUpperCase()]
  const likened = forms.reduce((each, form) => each.replaceAll(form(name), form(neighbour)), text)
  return likened.replaceAll(/\bproto\b/g, 'protn')
}

function shown(place: Place): string {
  const where =
    'everywhere' in place ? `every ${place.everywhere}` : `${place.index} ${place.part} /${place.path.join('/')}`
  return `${place.mesh.name}: ${where}`
}

describe('names that every object answers to', () => {
  let places: readonly Place[] = []
  before(async () => {
    const all = (await goldenMeshes()).flatMap(placesOf)
    places = runs === 'all' ? all : fc.sample(fc.constantFrom(...all), { numRuns: Number(runs), seed })
  })

  for (const [name, neighbour] of words)
    it(name, () =>
      assert.deepEqual(
        places.flatMap(place => difference(place, name, neighbour)),
        [],
      ),
    )
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { stringify } from 'yaml'
import { kindOf, kinds } from '../../src/kinds/index.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { canonicalJson } from '../../src/phases/2-resolve/digest.ts'
import { extensionSamples } from '../kinds/extension-samples.ts'
import { gatewayApiBodies } from '../kinds/gateway-api-bodies.ts'
import { podSamples } from '../kinds/pod-samples.ts'
import { samples } from '../kinds/samples.ts'
import { outsideSamples } from '../kinds/samples-outside.ts'
import { securitySamples } from '../kinds/security-samples.ts'
import { withFolder } from '../phases/1-load/scratch.ts'
import { loadedFrom } from './loaded-from.ts'
import { meshOfFile } from './run-mesh.ts'

const meshIn = meshOfFile()

type Json = { readonly [key: string]: unknown }

const bodies: readonly { readonly kind: string; readonly apiVersion: string; readonly good: readonly Json[] }[] = [
  ...[...samples, ...podSamples, ...securitySamples, ...extensionSamples, ...outsideSamples, ...gatewayApiBodies].map(
    ({ kind, apiVersion, good }) => ({
      kind,
      apiVersion,
      good: good.map(({ spec }) => (spec === undefined ? {} : { spec })),
    }),
  ),
  { kind: 'PeerAuthentication', apiVersion: 'security.istio.io/v1', good: [{ spec: { mtls: { mode: 'STRICT' } } }] },
  { kind: 'ServiceAccount', apiVersion: 'v1', good: [{}] },
  { kind: 'Secret', apiVersion: 'v1', good: [{ data: { a: 'YQ==' }, stringData: { b: 'c' } }] },
  { kind: 'Node', apiVersion: 'v1', good: [{}, { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } }] },
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map(kind => ({
    kind,
    apiVersion: 'admissionregistration.k8s.io/v1',
    good: [{ webhooks: [] }],
  })),
  {
    kind: 'Endpoints',
    apiVersion: 'v1',
    good: [{ subsets: [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }] }],
  },
  { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', good: [{ addressType: 'IPv4', endpoints: null }] },
  { kind: 'ConfigMap', apiVersion: 'v1', good: [{ data: { 'a.lua': 'line `1`\n  $' + '{two}\n', empty: '' } }] },
  { kind: 'Widget', apiVersion: 'example.com/v1', good: [{ spec: { anything: [null, { a: [] }] } }] },
]

/** Names that are hard on identifiers and on quotes. */
const names = [
  'web',
  'default',
  'a-b.c',
  '1st',
  'import',
  'istio',
  'gateway-api',
  'fetch',
  'x--y',
  'reviews-virtualservice',
  'web',
]
const annotations = [
  { plain: 'text' },
  { "it's": 'a "quoted" value', 'a/b': "it's both: \" and '" },
  { script: 'if (`x`) {\n  $' + '{y} \\n\n}\n', windows: 'a\r\nb' },
  { unicode: 'ü 🎈 \u2028 \u0000 \u007f', empty: '', spaces: '  ' },
  Object.fromEntries([
    ['__proto__', 'kept'],
    ['constructor', 'kept'],
  ]),
]

const pick = <T>(items: readonly T[], n: number): T => items[n % items.length]!

/** Each sample holds an object of every kind, with bodies, names, versions and annotations in other combinations. */
function sampleOf(n: number): Resource[] {
  return bodies.map(({ kind, apiVersion, good }, place) => {
    const versions = kindOf({ apiVersion, kind, metadata: { name: 'x' } })?.apiVersions ?? [apiVersion]
    return {
      apiVersion: pick(versions, n),
      kind,
      metadata: {
        name: pick(names, n + place),
        ...(n % 3 === 0 ? {} : { namespace: pick(['shop', 'a-b'], n) }),
        labels: { sample: `s${n}` },
        annotations: pick(annotations, n + place) as { readonly [key: string]: string },
      },
      ...pick(good, n),
    }
  })
}

/** What several objects in one file may look like. */
const forms: readonly (readonly [string, (n: number) => string, (resources: readonly Resource[]) => string])[] = [
  [
    'documents of YAML',
    n => `s${n}.yaml`,
    resources => resources.map(each => `---\n# Source: a chart\n${stringify(each)}`).join(''),
  ],
  ['a List', n => `s${n}.yml`, items => stringify({ apiVersion: 'v1', kind: 'List', items })],
  [
    'JSON objects, one after another',
    n => `s${n}.json`,
    resources => resources.map(each => JSON.stringify(each, null, 2)).join('\n'),
  ],
]

const normal = (resources: readonly Resource[]) =>
  resources.map(each => canonicalJson({ ...each, apiVersion: kindOf(each)?.apiVersions[0] ?? each.apiVersion })).sort()

describe('a round trip by mesh import', () => {
  it('has a sample of every kind', () => {
    const known = new Set(bodies.map(each => kindOf({ ...each, metadata: { name: 'x' } })))
    for (const definition of kinds) assert.ok(known.has(definition), definition.kind)
  })

  for (const [what, name, write] of forms)
    it(`writes TypeScript that compiles to the same resources: twelve samples as ${what}`, async () => {
      const all = Array.from({ length: 12 }, (_, n) => sampleOf(n))
      const files = Object.fromEntries(all.map((resources, n) => [`in/${name(n)}`, write(resources)]))
      await withFolder(files, async folder => {
        const { code, stderr } = await meshIn(folder, ['import', 'in', '-o', 'out'])
        assert.equal(code, 0, stderr)
        assert.deepEqual(normal(await loadedFrom(join(folder, 'out'))), normal(all.flat()))
        // What has a constructor is TypeScript, and nothing else stays behind.
        const rest = await loadedFrom(join(folder, 'out/s3.yaml'))
        assert.deepEqual([...new Set(rest.map(({ kind }) => kind))], ['Widget'])
      })
    })
})

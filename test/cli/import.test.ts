import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { stringify } from 'yaml'
import { kindOf, kinds } from '../../src/kinds/index.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { load } from '../../src/phases/1-load/load.ts'
import { canonicalJson } from '../../src/phases/2-resolve/digest.ts'
import { extensionSamples } from '../kinds/extension-samples.ts'
import { gatewayApiBodies } from '../kinds/gateway-api-bodies.ts'
import { podSamples } from '../kinds/pod-samples.ts'
import { samples } from '../kinds/samples.ts'
import { outsideSamples } from '../kinds/samples-outside.ts'
import { securitySamples } from '../kinds/security-samples.ts'
import { withFolder } from '../phases/1-load/scratch.ts'
import { meshIn } from './run-mesh.ts'

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
const names = ['web', 'default', 'a-b.c', '1st', 'import', 'istio', 'fetch', 'x--y', 'reviews-virtualservice', 'web']
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

async function loadedFrom(path: string): Promise<readonly Resource[]> {
  const { value, diagnostics } = await load({ path })
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  )
  return value!.resources.map(({ resource }) => resource)
}

describe('mesh import', () => {
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

  it('writes what a person would: names, comments, a module for each file', async () => {
    const files = {
      'k8s/web.yaml': `# The shop's front.
apiVersion: v1
kind: Service
metadata: { name: web-front, namespace: shop }
spec:
  ports:
    - { name: http, port: 80 }
---
# Half of the
# traffic.
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata: { name: web-front, namespace: shop }
spec:
  hosts: [web-front]
  http:
    - match: [{ headers: { end-user: { exact: jason } } }]
      route: [{ destination: { host: web-front, subset: v1 }, weight: 50 }, { destination: { host: web-front, subset: v2 }, weight: 50 }]
`,
      'k8s/deep/mesh.yml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
      'k8s/mesh.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: other }\n',
    }
    await withFolder(files, async folder => {
      const { code, stdout, stderr } = await meshIn(folder, ['import', 'k8s'])
      assert.equal(code, 0, stderr)
      assert.deepEqual(stdout.trim().split('\n').sort(), [
        'mesh/deep/mesh.ts',
        'mesh/mesh-2.ts',
        'mesh/mesh.ts',
        'mesh/web.ts',
      ])
      assert.equal(
        readFileSync(join(folder, 'mesh/mesh.ts'), 'utf8'),
        "import './deep/mesh.ts'\nimport './mesh-2.ts'\nimport './web.ts'\n",
      )
      assert.equal(
        readFileSync(join(folder, 'mesh/web.ts'), 'utf8'),
        `import { istio, kubernetes } from 'meshwright'

// The shop's front.
export const webFront = kubernetes.service({
  metadata: { name: 'web-front', namespace: 'shop' },
  spec: { ports: [{ name: 'http', port: 80 }] },
})

// Half of the
// traffic.
export const webFrontVirtualService = istio.virtualService({
  metadata: { name: 'web-front', namespace: 'shop' },
  spec: {
    hosts: ['web-front'],
    http: [
      {
        match: [{ headers: { 'end-user': { exact: 'jason' } } }],
        route: [
          { destination: { host: 'web-front', subset: 'v1' }, weight: 50 },
          { destination: { host: 'web-front', subset: 'v2' }, weight: 50 },
        ],
      },
    ],
  },
})
`,
      )
    })
  })

  it('leaves as YAML what does not fit its type', async () => {
    const route = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'web' } }
    const files = { 'in.yaml': stringify({ ...route, spec: { hosts: ['web'], htpp: [] } }) }
    await withFolder(files, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'in.yaml'])
      assert.equal(code, 0, stderr)
      assert.match(stderr, /1 stayed YAML/)
      assert.deepEqual(readdirSync(join(folder, 'mesh')), ['mesh.yaml'])
    })
  })

  it('leaves out what an API server and kubectl have written', async () => {
    const server = {
      uid: 'u',
      resourceVersion: '7',
      generation: 2,
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{}],
    }
    const metadata = { name: 'web', namespace: 'shop' }
    const last = { 'kubectl.kubernetes.io/last-applied-configuration': '{}' }
    const spec = { ports: [{ port: 80 }] }
    const items = [
      { apiVersion: 'v1', kind: 'Service', metadata: { ...metadata, ...server, annotations: last }, spec, status: {} },
      { apiVersion: 'v1', kind: 'Widget', metadata: { ...metadata, annotations: { ...last, own: 'x' } }, status: {} },
    ]
    await withFolder({ 'in.yaml': stringify({ apiVersion: 'v1', kind: 'List', items }) }, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'in.yaml'])
      assert.equal(code, 0, stderr)
      assert.deepEqual(await loadedFrom(join(folder, 'mesh')), [
        { apiVersion: 'v1', kind: 'Service', metadata, spec },
        { apiVersion: 'v1', kind: 'Widget', metadata: { ...metadata, annotations: { own: 'x' } } },
      ])
    })
  })

  it('overwrites nothing without --force, and does not write among what it reads', async () => {
    const files = {
      'k8s/a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n',
      'mesh/mesh.ts': '// mine\n',
    }
    await withFolder(files, async folder => {
      const refused = await meshIn(folder, ['import', 'k8s'])
      assert.equal(refused.code, 2)
      assert.match(refused.stderr, /mesh\/mesh\.ts is there already; nothing was written/)
      assert.equal(readFileSync(join(folder, 'mesh/mesh.ts'), 'utf8'), '// mine\n')
      assert.equal((await meshIn(folder, ['import', 'k8s', '--force'])).code, 0)
      assert.match(
        readFileSync(join(folder, 'mesh/mesh.ts'), 'utf8'),
        /export const shopNamespace = kubernetes\.namespace/,
      )
      assert.equal((await meshIn(folder, ['import', 'k8s', '-o', 'k8s'])).code, 2)
      assert.deepEqual(readdirSync(join(folder, 'k8s')), ['a.yaml'])
    })
  })

  it('writes nothing where a value could not be written as it was', async () => {
    const files = {
      'thing.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: a }\nspec: { id: 9007199254740993 }\n',
      'logo.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\nbinaryData: { a: !!binary aGVsbG8= }\n',
    }
    await withFolder(files, async folder => {
      for (const [file, code] of [
        ['thing.yaml', 'MW1063'],
        ['logo.yaml', 'MW1064'],
      ] as const) {
        const { code: exit, stderr } = await meshIn(folder, ['import', file])
        assert.equal(exit, 1)
        assert.match(stderr, new RegExp(`error\\[${code}\\]`))
      }
      assert.ok(!existsSync(join(folder, 'mesh')))
    })
  })

  it('writes nothing where the YAML has errors, or there is none', async () => {
    const files = { 'bad.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop\n', 'none.yaml': 'a: 1\n' }
    await withFolder(files, async folder => {
      const bad = await meshIn(folder, ['import', 'bad.yaml'])
      assert.equal(bad.code, 1)
      assert.match(bad.stderr, /error\[MW1050\]/)
      assert.equal((await meshIn(folder, ['import', 'none.yaml'])).code, 1)
      assert.ok(!existsSync(join(folder, 'mesh')))
    })
  })
})

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { stringify } from 'yaml'
import { withFolder } from '../phases/1-load/scratch.ts'
import { loadedFrom } from './loaded-from.ts'
import { meshOfFile } from './run-mesh.ts'

const meshIn = meshOfFile()

describe('mesh import', () => {
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

  it('writes the settings of a mesh with their types, and Istio’s own beside them', async () => {
    const files = {
      'k8s/istio.yaml': `# Of the installation.
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system, labels: { release: istio }, annotations: }
data:
  mesh: |-
    # Three of them are not ours.
    connectTimeout: 3s
    accessLogFile:
    ingressService:
    defaultConfig: { discoveryAddress: istiod.istio-system.svc:15012, concurrency: 2 }
    extensionProviders: [{ name: metrics, prometheus: {} }]
  meshNetworks: 'networks: {}'
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system-2 }
data: { mesh: '{}' }
`,
      'k8s/bare.yaml': `apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: 'connectTimeout: 3s' }
`,
    }
    await withFolder(files, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'k8s'])
      assert.equal(code, 0, stderr)
      assert.equal(
        readFileSync(join(folder, 'mesh/istio.ts'), 'utf8'),
        `import { istio } from 'meshwright'

// Of the installation.
export const meshConfig = istio.meshConfig(
  {
    connectTimeout: '3s',
    ingressService: null,
    defaultConfig: { discoveryAddress: 'istiod.istio-system.svc:15012', concurrency: 2 },
    extensionProviders: [{ name: 'metrics', prometheus: {} }],
  },
  { labels: { release: 'istio' }, data: { meshNetworks: 'networks: {}' } },
)

export const istioSystem2MeshConfig = istio.meshConfig(
  {},
  { namespace: 'istio-system-2' },
)
`,
      )
      assert.match(
        readFileSync(join(folder, 'mesh/bare.ts'), 'utf8'),
        /\nexport const meshConfig = istio\.meshConfig\(\{\n {2}connectTimeout: '3s',\n\}\)\n/,
      )
      const ours = (await loadedFrom(join(folder, 'mesh'))).map(({ metadata, data }) => [metadata, data])
      assert.deepEqual(ours[1], [
        { name: 'istio', namespace: 'istio-system', labels: { release: 'istio' } },
        {
          meshNetworks: 'networks: {}',
          mesh: JSON.stringify(
            {
              connectTimeout: '3s',
              ingressService: null,
              defaultConfig: { discoveryAddress: 'istiod.istio-system.svc:15012', concurrency: 2 },
              extensionProviders: [{ name: 'metrics', prometheus: {} }],
            },
            null,
            2,
          ),
        },
      ])
    })
  })

  it('leaves settings as they are that its type does not have, or that would be others', async () => {
    const settings = (name: string, mesh: string) => ({
      [`k8s/${name}.yaml`]: stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio', namespace: name },
        data: { mesh },
      }),
    })
    const files = {
      ...settings('slip', 'conectTimeout: 3s'),
      ...settings('wrong', 'connectTimeout: 3'),
      ...settings('digits', 'serviceSettings: [{ a: 9007199254740993 }]'),
      'k8s/placeless.yaml': stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio' },
        data: { mesh: 'connectTimeout: 3s' },
      }),
    }
    await withFolder(files, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'k8s'])
      assert.equal(code, 0, stderr)
      assert.deepEqual(readdirSync(join(folder, 'mesh')).sort(), [
        'digits.yaml',
        'mesh.ts',
        'placeless.ts',
        'slip.yaml',
        'wrong.yaml',
      ])
      assert.match(readFileSync(join(folder, 'mesh/placeless.ts'), 'utf8'), /kubernetes\.configMap/)
    })
  })

  it('leaves out fields that a template had no value for', async () => {
    const files = {
      'in.yaml': `apiVersion: v1
kind: Service
metadata: { name: web, labels: , annotations: }
spec: { ports: [{ port: 80 }], selector: }
`,
    }
    await withFolder(files, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'in.yaml'])
      assert.equal(code, 0, stderr)
      assert.deepEqual(await loadedFrom(join(folder, 'mesh')), [
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } },
      ])
    })
  })

  it('writes who takes mutual TLS by its word, where that says all of it', async () => {
    const policy = (metadata: object, spec: object) =>
      stringify({ apiVersion: 'security.istio.io/v1beta1', kind: 'PeerAuthentication', metadata, spec })
    const strict = { mtls: { mode: 'STRICT' } }
    const picking = { selector: { matchLabels: { app: 'web' } }, ...strict }
    const documents = [
      policy({ name: 'default', namespace: 'shop' }, strict),
      policy({ name: 'all', namespace: 'mesh-system' }, { mtls: { mode: 'PERMISSIVE' } }),
      policy({ name: 'default' }, { mtls: { mode: 'DISABLE' } }),
      policy({ name: 'web' }, picking),
      policy({ name: 'marked', labels: { a: 'b' } }, strict),
      policy({ name: 'silent' }, { mtls: { mode: 'UNSET' } }),
      policy({ name: 'odd', namespace: 'No_Name' }, strict),
    ]
    await withFolder({ 'in.yaml': documents.join('---\n') }, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'in.yaml'])
      assert.equal(code, 0, stderr)
      const text = readFileSync(join(folder, 'mesh/mesh.ts'), 'utf8')
      assert.deepEqual(text.match(/mtls\(.*\)|istio\.peerAuthentication/g), [
        "mtls('STRICT', { namespace: 'shop' })",
        "mtls('PERMISSIVE', { scope: 'mesh', name: 'all' })",
        "mtls('DISABLE')",
        ...Array<string>(4).fill('istio.peerAuthentication'),
      ])
      const [first, second, third] = await loadedFrom(join(folder, 'mesh'))
      assert.deepEqual(
        [first, second, third].map(each => [each?.metadata.namespace, each?.metadata.name, each?.spec]),
        [
          ['shop', 'default', strict],
          ['mesh-system', 'all', { mtls: { mode: 'PERMISSIVE' } }],
          [undefined, 'default', { mtls: { mode: 'DISABLE' } }],
        ],
      )
    })
  })

  it('leaves as YAML what does not fit its type', async () => {
    const route = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'web' } }
    const files = { 'in.yaml': stringify({ ...route, spec: { hosts: ['web'], htpp: [] } }) }
    await withFolder(files, async folder => {
      const { code, stderr } = await meshIn(folder, ['import', 'in.yaml'])
      assert.equal(code, 0, stderr)
      assert.match(stderr, /1 resource, the same when compiled, of which 1 stayed YAML: VirtualService web/)
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

  it('reads no mesh that lies in the folder, nor what it or a build wrote there', async () => {
    const service = (name: string) =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: 80 }] }\n`
    const files = {
      'k8s/web.yaml': service('web'),
      'k8s/thing.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: thing }\n',
      'shop/mesh.ts': "import { service } from 'meshwright'\nexport const shop = service('shop', { port: 80 })\n",
      'shop/more.yaml': service('more'),
      'node_modules/x/a.yaml': service('a'),
      '.cache/a.yaml': service('a'),
    }
    await withFolder(files, async folder => {
      assert.equal((await meshIn(folder, ['build', 'shop', '-o', 'built'])).code, 0)
      assert.equal((await meshIn(folder, ['import'])).code, 0)
      const names = async () => (await loadedFrom(join(folder, 'mesh'))).map(({ metadata }) => metadata.name).sort()
      assert.deepEqual(await names(), ['thing', 'web'])
      const again = await meshIn(folder, ['import', '--force'])
      assert.equal(again.code, 0, again.stderr)
      assert.deepEqual(await names(), ['thing', 'web'])
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

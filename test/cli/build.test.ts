import assert from 'node:assert/strict'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { withFolder } from '../phases/1-load/scratch.ts'
import { findTestEnvoy, withoutEnvoy } from '../support/find-test-envoy.ts'
import { meshOfFile } from './run-mesh.ts'

const meshIn = meshOfFile()

describe('mesh build', () => {
  it('follows mesh init, and is no source of what comes after it', () =>
    withFolder({}, async folder => {
      assert.equal((await meshIn(folder, ['init'])).code, 0)
      const first = await meshIn(folder, ['build'])
      assert.match(first.stderr, /^out: 16 files, 16 written, 0 removed/)
      assert.deepEqual(await meshIn(folder, ['check']), { code: 0, stdout: 'no findings\n', stderr: '' })
      assert.match((await meshIn(folder, ['build', '-o', 'other'])).stderr, /^other: 16 files, 16 written/)
      for (const file of globSync('**/*.{yaml,json}', { cwd: join(folder, 'out') }))
        assert.equal(readFileSync(join(folder, 'out', file), 'utf8'), readFileSync(join(folder, 'other', file), 'utf8'))
    }))

  it('removes what is no longer part of it, and nothing of others', () =>
    withFolder({}, async folder => {
      await meshIn(folder, ['init'])
      await meshIn(folder, ['build'])
      mkdirSync(join(folder, 'out/notes'))
      writeFileSync(join(folder, 'out/notes/mine.txt'), 'mine')
      const again = await meshIn(folder, ['build', '--target', 'istio'])
      assert.match(again.stderr, /^out: 7 files, 1 written, 9 removed/)
      assert.deepEqual(
        ['out/envoy', 'out/kubernetes', 'out/notes/mine.txt', 'out/istio'].map(path => existsSync(join(folder, path))),
        [false, false, true, true],
      )
    }))

  it('writes nothing where there are errors, and leaves what was there', () =>
    withFolder({}, async folder => {
      await meshIn(folder, ['init'])
      await meshIn(folder, ['build'])
      const digest = readFileSync(join(folder, 'out/digest.json'), 'utf8')
      writeFileSync(
        join(folder, 'mesh.ts'),
        "import { service } from 'meshwright'\nexport const web = service('web', { port: 'x' })\n",
      )
      const { code, stdout, stderr } = await meshIn(folder, ['build'])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /mesh\.ts:2:\d+/)
      assert.equal(readFileSync(join(folder, 'out/digest.json'), 'utf8'), digest)
    }))

  it('shows the one patch of several that Envoy refuses', { skip: withoutEnvoy }, () =>
    withFolder(
      {
        'mesh.ts': `import { istio, service } from 'meshwright'
export const web = service('web', { port: 80, versions: { v1: { command: ['true'] } } })
const lua = (name: string, text: string) => ({
  applyTo: 'HTTP_FILTER' as const,
  match: { context: 'SIDECAR_INBOUND' as const },
  patch: {
    operation: 'INSERT_FIRST' as const,
    value: {
      name,
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua',
        default_source_code: { inline_string: text },
      },
    },
  },
})
const sound = lua('sound', 'function envoy_on_request(handle) end')
const broken = lua('broken', 'function envoy_on_request(')
export const filter = istio.envoyFilter({
  metadata: { name: 'scripts' },
  spec: { configPatches: [sound, broken] },
})
`,
      },
      async folder => {
        const { code, stderr } = await meshIn(folder, ['build', '--verify', '--envoy', findTestEnvoy()!])
        assert.equal(code, 1)
        assert.match(stderr, /error\[MW5002\]: [^\n]*script load error[^\n]*\n +--> mesh\.ts:21:34\n/)
      },
    ),
  )

  it('shows the lines that Envoy refuses, once for all proxies', { skip: withoutEnvoy }, () =>
    withFolder(
      {
        'mesh.ts': `import { istio, service } from 'meshwright'
const run = { command: ['true'] }
export const web = service('web', { port: 80, versions: { v1: run } })
export const shop = service('shop', { port: 80, versions: { v1: run } })
export const script = istio.trafficExtension({
  metadata: { name: 'script' },
  spec: { lua: { inlineCode: 'function envoy_on_request(' } },
})
`,
      },
      async folder => {
        const { code, stderr } = await meshIn(folder, ['build', '--verify', '--envoy', findTestEnvoy()!])
        assert.equal(code, 1)
        assert.equal(stderr.split('error[MW5002]').length, 2, stderr)
        assert.match(stderr, /--> mesh\.ts:\d+:\d+[\s\S]*= note: the same holds for 1 more file: /)
      },
    ),
  )

  it('says that proxies which start from its files cannot enforce mutual TLS', () =>
    withFolder({}, async folder => {
      await meshIn(folder, ['init'])
      const file = join(folder, 'mesh.ts')
      const words = readFileSync(file, 'utf8').replace('import { ', 'import { mtls, ')
      writeFileSync(file, `${words}export const strict = mtls('STRICT')\n`)
      const line = words.split('\n').length
      const { code, stderr } = await meshIn(folder, ['build'])
      assert.equal(code, 0)
      assert.match(
        stderr,
        new RegExp(`^warning\\[MW5006\\]: .* start from files .*\\n *--> mesh\\.ts:${line}:28$`, 'm'),
      )
      assert.match(stderr, /^1 warning$/m)
      const forIstio = await meshIn(folder, ['build', '--target', 'kubernetes,istio'])
      assert.doesNotMatch(forIstio.stderr, /MW5006/)
    }))

  it('says that proxies which start from its files don’t speak the mesh’s TLS, whoever asks for it', () => {
    const yaml = [
      'apiVersion: v1',
      'kind: Service',
      'metadata: {name: web}',
      'spec: {selector: {app: web}, ports: [{name: http, port: 80}]}',
      '---',
      'apiVersion: networking.istio.io/v1',
      'kind: DestinationRule',
      'metadata: {name: web}',
      'spec: {host: web, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}',
      '---',
      'apiVersion: networking.istio.io/v1',
      'kind: Gateway',
      'metadata: {name: front}',
      "spec: {selector: {istio: front}, servers: [{port: {number: 443, name: tls, protocol: TLS}, hosts: ['*'], tls: {mode: ISTIO_MUTUAL}}]}",
    ]
    return withFolder({ 'mesh.yaml': `${yaml.join('\n')}\n` }, async folder => {
      const { code, stderr } = await meshIn(folder, ['build'])
      assert.equal(code, 0)
      assert.match(stderr, /^warning\[MW5017\]: Gateway "front" .*: the port is not opened\n *--> mesh\.yaml:14:\d+$/m)
      assert.match(stderr, /^warning\[MW5017\]: DestinationRule "web" .* in plain text\n *--> mesh\.yaml:9:47$/m)
      const forIstio = await meshIn(folder, ['build', '--target', 'kubernetes,istio'])
      assert.doesNotMatch(forIstio.stderr, /MW5017/)
    })
  })

  it('says that proxies which start from its files are given no Secrets, and opens nothing for them', () => {
    const gateway = [
      'apiVersion: networking.istio.io/v1',
      'kind: Gateway',
      'metadata: {name: front}',
      'spec:',
      '  selector: {istio: front}',
      '  servers:',
      "  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}",
      '  - port: {number: 443, name: https, protocol: HTTPS}',
      "    hosts: ['*']",
      '    tls: {mode: SIMPLE, credentialName: shop}',
      '---',
      'apiVersion: networking.istio.io/v1',
      'kind: DestinationRule',
      'metadata: {name: far}',
      "spec: {host: '*.example', trafficPolicy: {tls: {mode: MUTUAL, credentialName: far}}}",
    ]
    return withFolder({ 'mesh.yaml': `${gateway.join('\n')}\n` }, async folder => {
      const { code, stderr } = await meshIn(folder, ['build'])
      assert.equal(code, 0, stderr)
      assert.match(
        stderr,
        /^warning\[MW5007\]: Gateway "front" .*Secret "shop".* start from files .*\n *--> mesh\.yaml:10:\d+$/m,
      )
      assert.match(stderr, /^warning\[MW5015\]: DestinationRule "far" .*Secret "far".*\n *--> mesh\.yaml:15:\d+$/m)
      assert.equal(stderr.match(/MW5015/g)?.length, 1)
      assert.doesNotMatch(readFileSync(join(folder, 'out/envoy/front.default.json'), 'utf8'), /https\.443|shop/)
      const forIstio = await meshIn(folder, ['build', '--target', 'kubernetes,istio'])
      assert.doesNotMatch(forIstio.stderr, /MW5007|MW5015/)
    })
  })

  it('says that backends are shown no certificate of a Secret', () => {
    const api = 'gateway.networking.k8s.io/v1'
    const objects = [
      [api, 'Gateway', { listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }], gatewayClassName: 'meshwright' }],
      [api, 'HTTPRoute', { parentRefs: [{ name: 'bank' }], rules: [{ backendRefs: [{ name: 'bank', port: 80 }] }] }],
      ['v1', 'Service', { selector: { app: 'bank' }, ports: [{ name: 'http', port: 80 }] }],
      [
        api,
        'BackendTLSPolicy',
        {
          targetRefs: [{ group: '', kind: 'Service', name: 'bank' }],
          validation: { hostname: 'bank.example', wellKnownCACertificates: 'System' },
        },
      ],
    ] as const
    const tls = { backend: { clientCertificateRef: { name: 'shown' } } }
    const texts = objects.map(([apiVersion, kind, spec]) => {
      const more = kind === 'Gateway' ? { ...spec, tls } : spec
      return JSON.stringify({ apiVersion, kind, metadata: { name: 'bank' }, spec: more })
    })
    return withFolder({ 'mesh.yaml': texts.join('\n---\n') }, async folder => {
      const { code, stderr } = await meshIn(folder, ['build'])
      assert.equal(code, 0, stderr)
      assert.match(
        stderr,
        /^warning\[MW5016\]: Gateway "bank" shows .*Secret "shown".* start from files are not given/m,
      )
      const bootstrap = readFileSync(join(folder, 'out/envoy/ingressgateway.default.json'), 'utf8')
      assert.match(bootstrap, /outbound\|80\|~default~shown\|bank/)
      assert.doesNotMatch(bootstrap, /kubernetes-gateway/)
    })
  })

  it('says why it cannot write', () =>
    withFolder({ taken: 'a file', 'half/kubernetes': 'another' }, async folder => {
      await meshIn(folder, ['init'])
      const cases = [
        ['taken', /-o taken is a file\n = help: name a folder: for example -o out/],
        ['taken/out', /-o taken\/out can't lie below taken, which is a file\n = help: name a folder/],
        ['half', /the output folder half can't be written to: [a-z ]+\n = help: name another/],
      ] as const
      for (const [out, expected] of cases) {
        const { code, stderr } = await meshIn(folder, ['build', '-o', out])
        assert.equal(code, 2)
        assert.match(stderr, expected)
      }
    }))
})

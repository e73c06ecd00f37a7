/** Applying on a real API server: whose fields are whose, what comes before what, and what is refused at which line. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type ApplyOptions, applyAll } from '../../src/cluster/apply.ts'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { fieldPointer } from '../../src/cluster/field-pointer.ts'
import { customResourceDefinitions } from '../../src/cluster/install/crds.ts'
import { WebhookServer } from '../../src/cluster/webhook/server.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { clusterKinds } from '../../src/phases/3-check/known-kinds.ts'
import { meshIn, meshReading } from '../cli/run-mesh.ts'
import { eventually } from '../support/xds-server.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { accountToken, crd, makeNamespace } from './objects.ts'

const skip = cannotRunApi() ?? false

describe('applying, on a real API server', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-apply-'))
  let api: ApiServer
  let admin: ClusterClient
  let space = ''

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    const entries = await applyAll(admin, customResourceDefinitions(), { namespace: 'default', fieldManager: 'test' })
    assert.deepEqual([...new Set(entries.map(({ action }) => action))], ['created'])
  })
  after(async () => {
    await api?.stop()
    rmSync(folder, { recursive: true })
  })
  beforeEach(async () => {
    space = await makeNamespace(admin)
  })

  const apply = (resources: readonly Resource[], options: Partial<ApplyOptions> = {}) =>
    applyAll(admin, resources, { namespace: space, fieldManager: 'meshwright', ...options })
  const actions = async (...args: Parameters<typeof apply>) => (await apply(...args)).map(({ action }) => action)

  const service = (targetPort: number): Resource => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { ports: [{ name: 'http', port: 80, targetPort }] },
  })

  it('serves no kind of Kubernetes’ own that a mesh’s files could not hold', async () => {
    const { groups } = (await admin.call('GET', '/apis')) as {
      readonly groups: readonly {
        readonly name: string
        readonly versions: readonly { readonly groupVersion: string }[]
      }[]
    }
    const versions = groups.flatMap(({ name, versions: own }) =>
      own.map(({ groupVersion }) => [name, groupVersion] as const),
    )
    const own = versions.filter(([group]) => !group.endsWith('istio.io'))
    for (const [group, path] of [
      ['', '/api/v1'] as const,
      ...own.map(([name, each]) => [name, `/apis/${each}`] as const),
    ]) {
      const { resources } = (await admin.call('GET', path)) as {
        readonly resources: readonly { readonly name: string; readonly kind: string }[]
      }
      const kinds = resources.filter(({ name }) => !name.includes('/')).map(({ kind }) => kind)
      assert.deepEqual(
        kinds.filter(kind => !clusterKinds[group]?.includes(kind)),
        [],
        `${group} is known whole`,
      )
    }
  })

  it('creates, leaves alone what is equal, and changes what differs', async () => {
    assert.deepEqual(await actions([service(8080)]), ['created'])
    assert.deepEqual(await actions([service(8080)]), ['unchanged'])
    assert.deepEqual(await actions([service(9090)], { dryRun: true }), ['configured'])
    assert.deepEqual(await actions([service(8080)]), ['unchanged'])
    assert.deepEqual(await actions([service(9090)]), ['configured'])
  })

  it('refuses to take another manager’s field and names it, until it is told to', async () => {
    await apply([service(8080)], { fieldManager: 'another' })
    const [entry] = await apply([service(9090)])
    assert.equal(entry?.action, 'failed')
    assert.equal(entry?.error?.status, 409)
    assert.deepEqual(entry?.error?.causes, [
      { field: '.spec.ports[port=80,protocol="TCP"].targetPort', message: 'conflict with "another"' },
    ])
    const [forced] = await apply([service(9090)], { force: true })
    assert.equal(forced?.action, 'configured')
    assert.deepEqual(await actions([service(9090)]), ['unchanged'])
    const [other] = await apply([service(8080)], { fieldManager: 'another' })
    assert.match(other?.error?.message ?? '', /conflict with "meshwright"/)
  })

  it('says a conflict at the author’s line', async () => {
    await apply([service(8080)], { fieldManager: 'another' })
    const { code, stderr } = await mesh('apply', [
      'apiVersion: v1',
      'kind: Service',
      'metadata: { name: web }',
      'spec:',
      '  ports:',
      '    - name: other',
      '      port: 81',
      '    - name: http',
      '      port: 80',
      '      targetPort: 9090',
    ])
    assert.equal(code, 1, stderr)
    assert.match(
      stderr,
      /refused Service "web": \.spec\.ports.*targetPort: conflict with "another"\n +--> mesh\.yaml:10:/,
    )
    assert.match(stderr, /take them with --force/)
  })

  it('applies a kind and its objects in one call', async () => {
    const objects = Array.from({ length: 5 }, (_, index) => ({
      apiVersion: 'example.com/v1',
      kind: 'Fresh',
      metadata: { name: `one-${index}` },
    }))
    const resources = [...objects, crd('freshes.example.com', 'Fresh') as Resource]
    assert.deepEqual(await actions(resources, { dryRun: true }), Array(6).fill('created'))
    assert.deepEqual(await actions(resources), Array(6).fill('created'))
    assert.deepEqual(await actions(resources), Array(6).fill('unchanged'))
  })

  it('says that a kind is not installed, rather than wait for it', async () => {
    const [entry] = await apply([{ apiVersion: 'example.com/v1', kind: 'Absent', metadata: { name: 'one' } }])
    assert.match(entry?.error?.message ?? '', /the cluster does not know Absent of example.com\/v1/)
  })

  it('foresees what would be in a namespace that would be made', async () => {
    const namespace: Resource = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${space}-new` } }
    const inside = { ...service(8080), metadata: { name: 'web', namespace: `${space}-new` } }
    assert.deepEqual(await actions([inside, namespace], { dryRun: true }), ['created', 'created'])
    const [alone] = await apply([inside], { dryRun: true })
    assert.equal(alone?.error?.status, 404)
    assert.deepEqual(await actions([inside, namespace]), ['created', 'created'])
  })

  it('ends after the stage in which something failed', async () => {
    const bad = { ...service(8080), spec: { ports: [{ port: 99_999 }] } }
    const route: Resource = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'web' },
      spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] },
    }
    const config: Resource = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'beside' } }
    const entries = await apply([route, bad, config])
    assert.deepEqual(
      entries.map(({ resource, action }) => `${resource.kind} ${action}`),
      ['Service failed', 'ConfigMap created'],
    )
  })

  it('names unknown fields, and values of another type', async () => {
    const causes = async (spec: object) => {
      const [entry] = await apply([{ ...service(8080), spec }])
      return entry?.error?.causes.map(({ field, message }) => `${field}: ${message}`)
    }
    const port = 'spec.ports[port=80,protocol="TCP"]'
    const unknown = 'field not declared in schema'
    assert.deepEqual(await causes({ selecter: {} }), [`spec.selecter: ${unknown}`])
    assert.deepEqual(await causes({ ports: [{ port: 80, targetPrt: 1 }] }), [`${port}.targetPrt: ${unknown}`])
    const numeric = 'expected numeric (int or float), got string'
    assert.deepEqual(await causes({ ports: [{ port: 80, nodePort: 'x' }] }), [`${port}.nodePort: ${numeric}`])
    // The server sometimes names all of several, and sometimes the first that it meets.
    const several = await causes({ ports: [{ port: 80, nodePort: 'x', targetPrt: 1 }] })
    assert.ok(
      several?.every(text => text.startsWith(port)),
      several?.join(),
    )
  })

  it('says what the API server finds wrong at the author’s line', async () => {
    const { code, stderr } = await mesh('apply', [
      'apiVersion: v1',
      'kind: Service',
      'metadata: { name: web }',
      'spec:',
      '  ports:',
      '    - { name: http, port: 80 }',
      '    - name: other',
      '      port: 81',
      '      nodePort: 30080',
    ])
    assert.equal(code, 1)
    assert.match(stderr, /spec\.ports\[1\]\.nodePort: .*may not be used.*\n +--> mesh\.yaml:9:/)
  })

  it('brings the words of a rule in the definition (CEL), at the author’s line', async () => {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/virtualservices.networking.istio.io'
    const rule = { rule: 'size(self.hosts) < 2', message: 'one host is enough' }
    const path = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations'
    await admin.call('PATCH', definitions, {
      contentType: 'application/json-patch+json',
      body: [{ op: 'add', path, value: [rule] }],
    })
    const lines = [
      'apiVersion: v1',
      'kind: Service',
      'metadata: { name: web }',
      'spec: { ports: [{ name: http, port: 80 }] }',
      '---',
      'apiVersion: networking.istio.io/v1',
      'kind: VirtualService',
      'metadata: { name: web }',
      'spec:',
      '  hosts: [web, web.example.com]',
      '  http:',
      '    - route: [{ destination: { host: web } }]',
    ]
    const said = await eventually('the rule', async () => {
      const { stderr } = await mesh('apply', lines)
      return stderr.includes('one host is enough') ? stderr : undefined
    })
    assert.match(said, /refused VirtualService "web": spec: .*one host is enough\n +--> mesh\.yaml:10:/)
    await admin.call('PATCH', definitions, {
      contentType: 'application/json-patch+json',
      body: [{ op: 'remove', path }],
    })
  })

  it('brings the words of a webhook, and does not send its author to ask for rights', async () => {
    const server = new WebhookServer({
      tls: { cert: api.read('server.crt'), key: api.read('server.key') },
      hooks: { '/no': () => ({ isAllowed: false, message: 'no service on a Friday' }) },
      onError: error => assert.fail(error),
    })
    const port = await server.listen(0)
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'friday' },
      webhooks: [
        {
          name: 'friday.example.com',
          clientConfig: {
            url: `https://127.0.0.1:${port}/no`,
            caBundle: Buffer.from(api.read('ca.crt')).toString('base64'),
          },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['services'], operations: ['*'] }],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': space } },
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    }
    const hooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    await admin.call('POST', hooks, { body: configuration })
    try {
      const lines = [
        'apiVersion: v1',
        'kind: Service',
        'metadata: { name: web }',
        'spec: { ports: [{ port: 80, name: a }] }',
      ]
      const said = await eventually('the webhook', async () => {
        const { stderr } = await mesh('apply', lines, '--dry-run')
        return stderr.includes('Friday') ? stderr : undefined
      })
      assert.match(said, /"friday.example.com" denied the request: no service on a Friday\n +--> mesh\.yaml:1:/)
      assert.match(said, /help: change what the API server names/)
    } finally {
      await admin.call('DELETE', `${hooks}/friday`)
      await server.close()
    }
  })

  it('sends to ask for rights whoever lacks them', async () => {
    const token = await accountToken(admin, space, 'default')
    const limited = api.kubeconfig({ token })
    const lines = [
      'apiVersion: v1',
      'kind: Service',
      'metadata: { name: web }',
      'spec: { ports: [{ port: 80, name: a }] }',
    ]
    const { code, stderr } = await mesh('apply', lines, '--kubeconfig', limited)
    assert.equal(code, 1)
    assert.match(stderr, /refused Namespace .* cannot get resource "namespaces"/)
    assert.match(stderr, /help: ask for the right to do this/)
  })

  it('applies what comes by standard input', () => {
    const empty = mkdtempSync(join(folder, 'empty-'))
    const input = `# Source: shop\n${JSON.stringify({ ...service(8080), metadata: { name: 'piped', namespace: space } })}\n---\n`
    const run = (command: string) => meshReading(input, empty, [command, '-', '--kubeconfig', api.kubeconfig()])
    assert.equal(run('diff').code, 1)
    const { code, stdout, stderr } = run('apply')
    assert.equal(code, 0, stderr)
    assert.equal(stdout, 'service/piped created\n')
    assert.equal(run('diff').code, 0)
  })

  /** Runs `mesh` on these lines, as the file mesh.yaml. */
  function mesh(command: string, lines: readonly string[], ...more: readonly string[]) {
    writeFileSync(join(folder, 'mesh.yaml'), `${lines.join('\n')}\n`)
    writeFileSync(join(folder, 'mesh.config.ts'), `export default { namespace: ${JSON.stringify(space)} }\n`)
    const cluster = more.includes('--kubeconfig') ? [] : ['--kubeconfig', api.kubeconfig()]
    return meshIn(folder, [command, '.', ...cluster, ...more])
  }
})

describe('a field, as an API server writes it', () => {
  const object = {
    metadata: { labels: { 'app.kubernetes.io/name': 'web' } },
    spec: {
      ports: [{ port: 81 }, { port: 80, protocol: 'TCP' }],
      finalizers: ['a', 'b'],
      route: { 'a.b': [{ weight: 1 }] },
    },
  }
  for (const [field, pointer] of [
    ['spec.ports[0].port', '/spec/ports/0/port'],
    ['.spec.ports[port=80,protocol="TCP"].port', '/spec/ports/1/port'],
    ['.spec.ports[port=81,protocol="TCP"]', '/spec/ports/0'],
    ['.spec.finalizers[="b"]', '/spec/finalizers/1'],
    ['spec.route["a.b"][0].weight', '/spec/route/a.b/0/weight'],
    ['metadata.labels[app.kubernetes.io/name]', '/metadata/labels/app.kubernetes.io~1name'],
    ['.metadata.labels.app.kubernetes.io/name', '/metadata/labels/app.kubernetes.io~1name'],
    ['spec.nowhere.else', '/spec/nowhere/else'],
    ['', ''],
  ] as const)
    it(`${field} is ${pointer}`, () => assert.equal(fieldPointer(field, object), pointer))
})

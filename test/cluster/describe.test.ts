/** What `mesh describe` says of policies and routes, on a real API server. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { after, before, describe, it } from 'node:test'
import type { ClusterClient } from '../../src/cluster/client.ts'
import { statusAnnotation } from '../../src/cluster/objects.ts'
import { meshIn } from '../cli/run-mesh.ts'
import { install, system } from './agents.ts'
import { ApiServer, cannotRunApi } from './api-server.ts'
import { makeNamespace, makePod } from './objects.ts'

const skip = cannotRunApi() ?? false
const networking: ReadonlySet<string> = new Set(['DestinationRule', 'VirtualService'])

describe('mesh describe', { skip }, () => {
  let api: ApiServer
  let admin: ClusterClient
  let space = ''

  const make = (kind: string, namespace: string, name: string, spec: object, annotations: object = {}) => {
    const plural = `${kind.toLowerCase().replace(/y$/, 'ie')}s`
    const apiVersion = networking.has(kind) ? 'networking.istio.io/v1' : 'security.istio.io/v1'
    const body = { apiVersion, kind, metadata: { name, annotations }, spec }
    return admin.call('POST', `/apis/${apiVersion}/namespaces/${namespace}/${plural}`, { body })
  }

  before(async () => {
    api = await ApiServer.start()
    admin = api.client()
    await install(admin)
    space = await makeNamespace(admin)
    await makeNamespace(admin, {}, 'istio-system').catch(() => {})
    const annotations = { [statusAnnotation]: '{}' }
    const labels = (version: string) => ({ app: 'web', version })
    await makePod(admin, space, 'web-v1', { labels: labels('v1'), annotations })
    await makePod(admin, space, 'web-v2', {
      labels: labels('v2'),
      annotations: { [statusAnnotation]: '{"dns":{"allocates":true}}' },
    })
    await makePod(admin, space, 'bare', { labels: { app: 'bare' } })
    await admin.call('POST', `/api/v1/namespaces/${space}/services`, {
      body: { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] } },
    })
    await make('PeerAuthentication', system, 'default', { mtls: { mode: 'STRICT' } })
    await make('PeerAuthentication', space, 'old', {
      selector: { matchLabels: { version: 'v1' } },
      portLevelMtls: { '9000': { mode: 'DISABLE' } },
    })
    await make('AuthorizationPolicy', space, 'readers', {
      selector: { matchLabels: { app: 'web' } },
      rules: [{ to: [{ operation: { methods: ['GET'] } }] }],
    })
    await make('AuthorizationPolicy', space, 'no-admin', {
      action: 'DENY',
      rules: [{ to: [{ operation: { paths: ['/admin'] } }] }, { to: [{ operation: { paths: ['/root'] } }] }],
    })
    const trial = { 'istio.io/dry-run': 'true' }
    const v2 = { selector: { matchLabels: { version: 'v2' } } }
    await make('AuthorizationPolicy', space, 'maybe', { ...v2, action: 'DENY', rules: [{}] }, trial)
    await make('RequestAuthentication', space, 'tokens', {
      selector: { matchLabels: { app: 'web' } },
      jwtRules: [{ issuer: 'https://issuer.test', jwksUri: 'https://issuer.test/keys' }],
    })
  })
  after(() => api?.stop())

  const described = async (...args: readonly string[]) => {
    const { stdout, stderr } = await meshIn(tmpdir(), [
      'describe',
      ...args,
      '-n',
      space,
      '--kubeconfig',
      api.kubeconfig(),
    ])
    assert.equal(stderr, '')
    return stdout.replaceAll(space, 'space')
  }

  it('lists the policies that hold for a pod, each with why, in the order in which they are asked', async () => {
    const text = await described('pod', 'web-v1')
    const sections = text.slice(text.indexOf('Mutual TLS\n'), text.indexOf('Calls\n'))
    assert.equal(
      sections,
      `Mutual TLS
  STRICT: PeerAuthentication space/old (version=v1), then PeerAuthentication mesh-system/default (the whole mesh)
  DISABLE on port 9000: PeerAuthentication space/old
Access
  DENY by AuthorizationPolicy space/no-admin, 2 rules (its namespace)
  ALLOW by AuthorizationPolicy space/readers, 1 rule (app=web)
  what no ALLOW describes is refused
Tokens
  RequestAuthentication space/tokens: https://issuer.test (app=web)
`,
    )
  })

  it('says of a service what holds for all of its workloads, and what for some', async () => {
    const text = await described('service', 'web')
    assert.match(text, /^ {2}ALLOW by AuthorizationPolicy space\/readers, 1 rule \(app=web\)$/m)
    assert.match(text, /^ {2}DENY by AuthorizationPolicy space\/maybe, .* on trial: .* for web-v2$/m)
    assert.match(text, /^ {2}DISABLE on port 9000: PeerAuthentication space\/old, for web-v1$/m)
    assert.match(text, /^ {2}RequestAuthentication space\/tokens: https:\/\/issuer\.test \(app=web\)$/m)
  })

  it('names what is left out, for it might have been about this', async () => {
    await make('RequestAuthentication', space, 'empty', { jwtRules: [{ issuer: 'x', jwks: '{"keys":[]}' }] })
    const text = await described('pod', 'web-v1')
    assert.match(text, /^ {2}RequestAuthentication space\/empty is left out: \[MW\d+\] /m)
    await admin.call('DELETE', `/apis/security.istio.io/v1/namespaces/${space}/requestauthentications/empty`)
  })

  it('shows who exposes a service by TCP and TLS, and the subsets that any rule names', async () => {
    const to = (subset: string) => [{ destination: { host: 'web', subset } }]
    const subset = (version: string) => ({ name: version, labels: { version } })
    await make('DestinationRule', space, 'mine', {
      host: 'web',
      workloadSelector: { matchLabels: { app: 'bare' } },
      subsets: [subset('v1')],
    })
    await make('DestinationRule', space, 'web', { host: 'web', subsets: [subset('v1'), subset('v3')] })
    await make('VirtualService', space, 'web', {
      hosts: ['web'],
      gateways: ['mesh', 'edge'],
      tcp: [{ route: to('v1') }],
      tls: [{ match: [{ sniHosts: ['web'] }], route: to('v3') }],
    })
    const text = await described('service', 'web')
    assert.match(text, /^ {2}VirtualService\/space\/web: 1 TLS rule, 1 TCP rule$/m)
    assert.match(text, /Exposed by\n {2}VirtualService\/space\/web\S* at mesh, space\/edge/)
    assert.match(text, /v3/)
    assert.match(text, /What looks wrong\n(?: .*\n)* {2}.*v3/)
  })

  it('shows the subsets that a pod is in, and the routes that lead to it, with their hosts and gateways', async () => {
    const web = 'web.space.svc.cluster.local'
    await make('VirtualService', space, 'shop', {
      hosts: ['shop.example', 'www.shop.example'],
      gateways: ['edge'],
      http: [
        { match: [{ uri: { prefix: '/new' } }], route: [{ destination: { host: 'web', subset: 'v3' } }] },
        { route: [{ destination: { host: 'web' } }] },
      ],
    })
    // One that leads here within the mesh alone.
    await make('VirtualService', space, 'within', {
      hosts: ['within.example'],
      gateways: ['mesh', 'edge'],
      http: [
        { match: [{ gateways: ['mesh'] }], route: [{ destination: { host: 'web' } }] },
        { route: [{ destination: { host: 'roll' } }] },
      ],
    })
    const sections = async (pod: string) => {
      const text = await described('pod', pod)
      return text.slice(text.search(/^(Subsets|Routes)$/m), text.indexOf('Calls\n'))
    }
    const whole = '  VirtualService/space/shop: 1 HTTP rule, for shop.example, www.shop.example\n'
    const within = '  VirtualService/space/within: 1 HTTP rule, for within.example\n'
    assert.equal(
      await sections('web-v1'),
      `Subsets
  v1 of ${web}: version=v1
Routes
${whole}  VirtualService/space/web: 1 TCP rule, for ${web}
${within}Exposed by
  VirtualService/space/shop at space/edge
  VirtualService/space/web at mesh, space/edge
`,
    )
    assert.equal(
      await sections('web-v2'),
      `Routes\n${whole}${within}Exposed by\n  VirtualService/space/shop at space/edge\n`,
      'in no subset: by its service as a whole',
    )
    assert.doesNotMatch(await described('pod', 'bare'), /^(Subsets|Routes|Exposed by)$/m)
  })

  it('calls workloads as their owners are called, and tells generations apart by their pods', async () => {
    const owner = (name: string) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: 'any', controller: true })
    const generation = (hash: string, name: string, port: number) =>
      makePod(admin, space, `roll-${hash}-${name}`, {
        labels: { app: 'roll', 'pod-template-hash': hash },
        ownerReferences: [owner(`roll-${hash}`)],
        spec: { containers: [{ name: 'app', image: 'app', ports: [{ containerPort: port }] }] },
      })
    await admin.call('POST', `/api/v1/namespaces/${space}/services`, {
      body: { metadata: { name: 'roll' }, spec: { selector: { app: 'roll' }, ports: [{ name: 'http', port: 80 }] } },
    })
    for (const name of ['a', 'b', 'c']) await generation('5f', name, 8080)
    assert.match(await described('service', 'roll'), /^Workloads\n {2}roll \(app=roll\)$/m)
    await generation('6d', 'a', 9090)
    assert.match(
      await described('service', 'roll'),
      /^Workloads\n {2}roll \(pods roll-5f-a, roll-5f-b, …\) \(app=roll\)\n {2}roll \(pod roll-6d-a\) \(app=roll\)$/m,
    )
    assert.match(await described('pod', 'roll-6d-a'), /^ {2}workload roll \(pod roll-6d-a\), account default$/m)
    assert.match(await described('pod', 'roll-5f-c'), /^ {2}workload roll \(pods roll-5f-a, roll-5f-b, …\), account/m)
  })

  it('says what is wrong with the routes that it names, and nothing of others', async () => {
    const lost = { destination: { host: 'web', subset: 'v9' } }
    const gone = { destination: { host: 'wbe' } }
    await make('VirtualService', space, 'broken', { hosts: ['web'], http: [{ route: [lost] }, { route: [gone] }] })
    const text = await described('service', 'web')
    const wrong = text.slice(text.indexOf('What looks wrong'))
    assert.match(wrong, /^ {2}VirtualService\/space\/broken: .*"v9".*\[unknown-subset\]/m)
    assert.match(wrong, /^ {2}VirtualService\/space\/broken: .*wbe.*\[unknown-host\]/m)
    assert.doesNotMatch(await described('service', 'roll'), /unknown-(subset|host)/)
    await admin.call('DELETE', `/apis/networking.istio.io/v1/namespaces/${space}/virtualservices/broken`)
  })

  it('warns of policies about a pod that nothing enforces', async () => {
    const text = await described('pod', 'bare')
    assert.match(text, /DENY by AuthorizationPolicy space\/no-admin/)
    assert.match(text, /What looks wrong\n(?: .*\n)* {2}policies about it are enforced by nobody: it has no proxy/)
  })

  const nothingWrong = (text: string) => assert.doesNotMatch(text, /What looks wrong/)
  const spiffe = /identity spiffe:\/\/cluster\.local\/ns\/space\/sa\/default/

  it('finds nothing wrong with the pod of a Job, which no Service has to select', async () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'once', uid: 'any', controller: true }
    const annotations = { [statusAnnotation]: '{}' }
    await makePod(admin, space, 'once-x', { annotations, ownerReferences: [job] })
    nothingWrong(await described('pod', 'once-x'))
    await makePod(admin, space, 'alone', { annotations })
    assert.match(await described('pod', 'alone'), /What looks wrong\n {2}no Service selects it/)
  })

  it('says whose questions for names are answered by their proxies', async () => {
    assert.match(await described('pod', 'web-v1'), /^ {2}it has its proxy$/m)
    assert.match(await described('pod', 'web-v2'), /^ {2}it has its proxy, which answers its questions for names$/m)
  })

  it('gives a pod the remedy that brings it a proxy, and its identity from then on', async () => {
    const bare = await described('pod', 'bare')
    assert.match(bare, /enforced by nobody: it has no proxy; label its namespace and restart it/)
    assert.match(bare, /identity spiffe:\S+, once it has its proxy\n/)
    assert.match(await described('pod', 'web-v1'), /identity spiffe:\S+\n/)
  })

  it('gives no remedy and no identity to a pod that can have no proxy', async () => {
    await makePod(admin, space, 'on-host', { spec: { hostNetwork: true, containers: [{ name: 'app', image: 'app' }] } })
    const host = await described('pod', 'on-host')
    assert.match(host, /enforced by nobody: it has no proxy, for it is on its node's network/)
    assert.doesNotMatch(host, /restart it/)
    assert.doesNotMatch(host, spiffe)
    await makePod(admin, space, 'says-no', { labels: { 'meshwright.dev/inject': 'false' } })
    assert.match(await described('pod', 'says-no'), /it has no proxy, for the pod says meshwright\.dev\/inject: false/)
  })

  it('says of a pod with a proxy of its own that it has that, and of a gateway that it is one', async () => {
    const withProxy = (name: string, app: string) =>
      makePod(admin, space, app, { labels: { app: 'web' }, spec: { containers: [{ name, image: 'any' }] } })
    await withProxy('istio-proxy', 'of-istio')
    const foreign = await described('pod', 'of-istio')
    assert.match(foreign, /^ {2}it brings a proxy of its own, istio-proxy$/m)
    assert.match(foreign, /mutual TLS as its own proxy has it/)
    assert.doesNotMatch(foreign, spiffe)
    assert.doesNotMatch(foreign, /enforced by nobody|which it has no proxy for/)
    await withProxy('mesh-proxy', 'edge')
    const gateway = await described('pod', 'edge')
    assert.match(gateway, /^ {2}it is a proxy itself$/m)
    assert.match(gateway, /mutual TLS as its Gateways say/)
    assert.match(gateway, spiffe)
    assert.doesNotMatch(gateway, /enforced by nobody|which it has no proxy for/)
  })
})

/** Declared hosts and machines, as far as no golden case shows them: identities, names that meet, what is not made again. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import type { Mesh } from '../../../src/model/mesh.ts'
import type { Placement, ProxyPlacement } from '../../../src/model/placement.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import {
  allocate,
  allResources,
  type EnvoyResource,
  emitProxy,
  type XdsType,
} from '../../../src/phases/4-emit/envoy/index.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
const placed = (resource: Resource) => ({ resource, span, spanAt: () => span })
const networking = 'networking.istio.io/v1'

const entry = (name: string, spec: object): Resource => ({
  apiVersion: networking,
  kind: 'ServiceEntry',
  metadata: { name },
  spec: { ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], ...spec },
})

/** A host of the mesh, whose endpoints have this label. */
const ownHost = (app: string) =>
  entry(app, {
    hosts: [`${app}.example`],
    location: 'MESH_INTERNAL',
    resolution: 'STATIC',
    workloadSelector: { labels: { app } },
  })

const machine = (name: string, spec: object): Resource => ({
  apiVersion: networking,
  kind: 'WorkloadEntry',
  metadata: { name },
  spec,
})

const deployment = (name: string): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
})

/** What a caller's proxy gets, where proxies have certificates. */
function emitted(
  resources: readonly Resource[],
  isRedirected = false,
  where: Pick<ProxyPlacement, 'locality'> = {},
): readonly EnvoyResource[] {
  const { mesh } = resolve([deployment('web'), ...resources].map(placed)).value
  const placement = allocate(mesh, { hasIdentity: true })
  const own = { ...placement.proxies['web.default']!, ...where }
  const proxy: ProxyPlacement = isRedirected ? { ...own, outbound: [], interception: 'redirect' } : own
  return allResources(emitProxy(mesh, placement, proxy))
}

function textOf(resources: readonly EnvoyResource[], type: XdsType, name: string): string {
  const found = resources.find(resource => resource.type === type && resource.name === name)
  assert.ok(found, `${type} ${name} among ${resources.map(resource => resource.name).join(', ')}`)
  return JSON.stringify(found.value)
}

const isInbound = (value: EnvoyResource['value']) => value['traffic_direction'] === 'INBOUND'

it('outside hosts are never spoken to by the mesh’s TLS, machines of the mesh by that of their accounts', () => {
  const fixed = { resolution: 'STATIC', endpoints: [{ address: '10.0.0.1' }] }
  const found = emitted([
    entry('outside', { ...fixed, hosts: ['outside.example'] }),
    ownHost('inside'),
    machine('vm', {
      address: '10.0.0.2',
      labels: { app: 'inside', 'security.istio.io/tlsMode': 'istio' },
      serviceAccount: 'stock',
    }),
    entry('named', {
      ...fixed,
      hosts: ['named.example'],
      location: 'MESH_INTERNAL',
      subjectAltNames: ['spiffe://other.example/ns/a/sa/b'],
    }),
  ])
  const cluster = (host: string) => textOf(found, 'cluster', `outbound|80||${host}`)
  assert.doesNotMatch(cluster('outside.example'), /transport_socket/)
  assert.match(cluster('inside.example'), /tlsMode-istio.*spiffe:\/\/cluster\.local\/ns\/default\/sa\/stock/)
  assert.match(cluster('named.example'), /spiffe:\/\/other\.example\/ns\/a\/sa\/b/)
  const takesTls = /"envoy.transport_socket_match":\{"tlsMode":"istio"\}/
  assert.match(textOf(found, 'endpoint', 'outbound|80||inside.example'), takesTls)
})

it('a machine that has an account takes mutual TLS, unless its label says otherwise', () => {
  const tlsMode = 'security.istio.io/tlsMode'
  const found = emitted([
    ownHost('named'),
    ownHost('plain'),
    machine('named', { address: '10.0.0.1', labels: { app: 'named' }, serviceAccount: 'stock' }),
    machine('plain', { address: '10.0.0.2', labels: { app: 'plain', [tlsMode]: 'disabled' }, serviceAccount: 'stock' }),
    entry('listed', {
      hosts: ['listed.example'],
      location: 'MESH_INTERNAL',
      resolution: 'STATIC',
      endpoints: [{ address: '10.0.0.3', serviceAccount: 'stock' }, { address: '10.0.0.4' }],
    }),
  ])
  const takers = (app: string) =>
    textOf(found, 'endpoint', `outbound|80||${app}.example`).match(/"tlsMode":"istio"/g)?.length ?? 0
  assert.deepEqual(['named', 'plain', 'listed'].map(takers), [1, 0, 1])
})

it('a machine takes no mutual TLS where it does not say so, and none where a policy switches it off', () => {
  const found = emitted([
    ownHost('plain'),
    ownHost('off'),
    machine('plain', { address: '10.0.0.1', labels: { app: 'plain' } }),
    machine('off', { address: '10.0.0.2', labels: { app: 'off', 'security.istio.io/tlsMode': 'istio' } }),
    {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'off' },
      spec: { selector: { matchLabels: { app: 'off' } }, mtls: { mode: 'DISABLE' } },
    },
  ])
  for (const app of ['plain', 'off']) {
    const endpoints = textOf(found, 'endpoint', `outbound|80||${app}.example`)
    assert.match(endpoints, /10\.0\.0\./)
    assert.doesNotMatch(endpoints, /tlsMode/)
  }
})

it('what Kubernetes says of a port goes before what an entry says', () => {
  const own: Resource = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
  }
  const other = entry('a', {
    hosts: ['a.example'],
    ports: [{ number: 80, name: 'tcp', protocol: 'TCP', targetPort: 8080 }],
    resolution: 'STATIC',
    workloadSelector: { labels: { app: 'web' } },
  })
  const inbound = emitted([other, own]).filter(({ type, value }) => type === 'listener' && isInbound(value))
  assert.equal(inbound.length, 1)
  assert.match(JSON.stringify(inbound), /http_connection_manager/)
})

it('entries that say the same of a host, but for its ports, are one', () => {
  const ports = (number: number, protocol: string) => ({ ports: [{ number, name: `p${number}`, protocol }] })
  const dns = { hosts: ['a.example'], resolution: 'DNS' }
  const resources = [
    deployment('web'),
    entry('a', { ...dns, ...ports(80, 'HTTP') }),
    entry('b', { ...dns, ...ports(443, 'TLS') }),
    entry('c', { ...dns, ...ports(80, 'TCP') }),
    entry('d', { hosts: ['a.example'], resolution: 'NONE', ...ports(22, 'TCP') }),
  ]
  const first = resolve(resources.map(placed)).value
  const hosts = first.mesh.services.map(({ ports }) => ports.map(({ number }) => number))
  assert.deepEqual(hosts, [[80, 443], [80], [22]])
  const second = resolve([...resources, deployment('another')].map(placed), { previous: first }).value
  assert.equal(second.mesh.services, first.mesh.services)
  const names = emitted(resources.slice(1)).flatMap(({ type, name }) => (type === 'cluster' ? [name] : []))
  assert.deepEqual(
    names.filter(name => name.includes('a.example')),
    ['outbound|80||a.example', 'outbound|443||a.example'],
  )
})

it('entries of one host each say where their own ports are', () => {
  const part = (name: string, number: number, address: string) =>
    entry(name, {
      hosts: ['a.example'],
      resolution: 'STATIC',
      ports: [{ number, name, protocol: 'HTTP' }],
      endpoints: [{ address }],
    })
  const all = emitted([part('http-a', 80, '10.1.1.1'), part('http-b', 81, '10.1.1.2'), part('http-c', 82, '10.1.1.2')])
  const told = all.flatMap(({ type, name, value }) =>
    type === 'endpoint' && name.endsWith('a.example')
      ? [[name, ...(JSON.stringify(value).match(/10\.1\.1\.\d/g) ?? [])]]
      : [],
  )
  assert.deepEqual(told, [
    ['outbound|80||a.example', '10.1.1.1'],
    ['outbound|81||a.example', '10.1.1.2'],
    ['outbound|82||a.example', '10.1.1.2'],
  ])
})

it('a name that two hosts have is routed once, for Envoy refuses it twice', () => {
  const service: Resource = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  }
  const found = emitted(
    [
      service,
      entry('bare', { hosts: ['shop'], resolution: 'DNS' }),
      entry('a', { hosts: ['a.example'], addresses: ['10.0.0.9'] }),
      entry('b', { hosts: ['b.example'], addresses: ['10.0.0.9'] }),
    ],
    true,
  )
  const routes = JSON.parse(textOf(found, 'route', '80')) as { virtual_hosts: { domains: string[] }[] }
  const domains = routes.virtual_hosts.flatMap(host => host.domains)
  assert.deepEqual(domains.toSorted(), [...new Set(domains)].toSorted())
  assert.ok(domains.includes('10.0.0.9') && domains.includes('shop'))
})

it('HTTP, hosts of TLS, a range and the rest share a port, and equal ranges are one', () => {
  const ports = (protocol: string) => ({ ports: [{ number: 443, name: 'a', protocol }] })
  const found = emitted(
    [
      entry('a', { hosts: ['a.example', '*.b.example'], ...ports('TLS') }),
      entry('c', { hosts: ['c.example'], addresses: ['10.1.0.0/16'], ...ports('TCP') }),
      entry('d', { hosts: ['d.example'], addresses: ['10.1.2.3/16'], ...ports('TCP') }),
      entry('e', { hosts: ['e.example'], ...ports('TCP') }),
      entry('f', { hosts: ['f.example'], ...ports('TCP') }),
      entry('g', { hosts: ['g.example'], ...ports('HTTP') }),
    ],
    true,
  )
  const listener = JSON.parse(textOf(found, 'listener', '0.0.0.0_443')) as {
    filter_chains: { filter_chain_match: object }[]
    default_filter_chain: object
  }
  assert.deepEqual(
    listener.filter_chains.map(chain => chain.filter_chain_match),
    [
      { transport_protocol: 'raw_buffer', application_protocols: ['http/1.0', 'http/1.1', 'h2c'] },
      { server_names: ['*.b.example'] },
      { server_names: ['a.example'] },
      { prefix_ranges: [{ address_prefix: '10.1.0.0', prefix_len: 16 }] },
    ],
  )
  assert.match(JSON.stringify(listener.default_filter_chain), /outbound\|443\|\|e\.example/)
})

it('clusters of outside hosts stay the same objects while other things change', () => {
  const resources = [
    deployment('web'),
    entry('dns', { hosts: ['a.example'], resolution: 'DNS' }),
    entry('none', { hosts: ['b.example'] }),
    entry('fixed', { hosts: ['c.example'], resolution: 'STATIC', endpoints: [{ address: '10.0.0.1' }] }),
  ]
  const first = resolve(resources.map(placed)).value
  const second = resolve([...resources, deployment('another')].map(placed), { previous: first }).value
  const before = allocate(first.mesh)
  const after = allocate(second.mesh, { previous: before })
  const parts = (mesh: Mesh, placement: Placement) =>
    allResources(emitProxy(mesh, placement, placement.proxies['web.default']!)).filter(
      ({ type, name }) => (type === 'cluster' || type === 'endpoint') && name.includes('.example'),
    )
  const [old, young] = [parts(first.mesh, before), parts(second.mesh, after)]
  assert.equal(old.length, 4)
  for (const [index, resource] of old.entries()) assert.equal(young[index], resource, resource.name)
})

it('a host whose endpoints are looked up prefers those that stand near its caller, too', () => {
  const places = { a: 'eu/a', b: 'eu/b', c: 'us/a' }
  const endpoints = Object.entries(places).map(([name, locality]) => ({ address: `${name}.example.com`, locality }))
  const host = entry('far', { hosts: ['far.example.com'], resolution: 'DNS', endpoints })
  const rule = (trafficPolicy: object): Resource => ({
    apiVersion: networking,
    kind: 'DestinationRule',
    metadata: { name: 'far' },
    spec: { host: 'far.example.com', trafficPolicy },
  })
  interface Group {
    readonly priority?: number
    readonly load_balancing_weight?: number
    readonly lb_endpoints: readonly {
      readonly endpoint: { readonly address: { readonly socket_address: { readonly address: string } } }
    }[]
  }
  /** By name: the priority and the weight of its place. */
  const told = (trafficPolicy: object, isRedirected: boolean) => {
    const where = { locality: { region: 'eu', zone: 'b' } }
    const found = emitted([host, rule(trafficPolicy)], isRedirected, where).find(
      ({ type, name }) => type === 'cluster' && name === 'outbound|80||far.example.com',
    )
    const { load_assignment, common_lb_config } = found!.value as {
      readonly load_assignment: { readonly endpoints: readonly Group[] }
      readonly common_lb_config: object
    }
    const groups = load_assignment.endpoints.map(
      ({ priority = 0, load_balancing_weight: weight, lb_endpoints: all }) => [
        all.map(({ endpoint }) => endpoint.address.socket_address.address[0]).join(''),
        priority,
        weight,
      ],
    )
    return [groups, 'locality_weighted_lb_config' in common_lb_config]
  }
  const shares = {
    loadBalancer: { localityLbSetting: { distribute: [{ from: 'eu/*', to: { 'eu/*': 80, 'us/*': 20 } }] } },
  }
  for (const isRedirected of [false, true]) {
    const nearest = [
      ['b', 0, 1],
      ['a', 1, 1],
      ['c', 2, 1],
    ]
    assert.deepEqual(told({ outlierDetection: { consecutive5xxErrors: 1 } }, isRedirected), [nearest, false])
    const [groups, isWeighted] = told(shares, isRedirected)
    assert.ok(isWeighted)
    assert.deepEqual((groups as unknown[][]).map(([name]) => name).sort(), ['a', 'b', 'c'])
    assert.deepEqual(
      new Map((groups as [string, number, number][]).map(([name, , weight]) => [name, weight])).get('c'),
      20_000,
    )
  }
})

/** Listeners for UDP: when there are any, and that nothing which is for connections reaches them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import type { ProxyPlacement } from '../../../src/model/placement.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { allocate, allResources, emitProxy, gatewayPorts, placeProxy } from '../../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../../kinds/accepted.ts'

const group = 'gateway.networking.k8s.io/v1'
const object = (apiVersion: string, kind: string, name: string, spec: object): Resource => {
  return { apiVersion, kind, metadata: { name, namespace: 'default' }, spec }
}

const base: readonly Resource[] = [
  object('v1', 'Service', 'dns', {
    selector: { app: 'dns' },
    ports: [
      { name: 'udp', port: 53, protocol: 'UDP' },
      { name: 'tcp-names', port: 53 },
    ],
  }),
  object(group, 'Gateway', 'front', {
    gatewayClassName: 'meshwright',
    listeners: [
      { name: 'udp', port: 53, protocol: 'UDP' },
      { name: 'tcp', port: 53, protocol: 'TCP' },
    ],
  }),
  ...['UDP', 'TCP'].map(transport =>
    object(group, `${transport}Route`, 'names', {
      parentRefs: [{ name: 'front', sectionName: transport.toLowerCase() }],
      rules: [{ backendRefs: [{ name: 'dns', port: 53 }] }],
    }),
  ),
]

const meshWith = (...more: readonly Resource[]) => resolve([...base, ...more].map(placed)).value.mesh

const edge: ProxyPlacement = {
  name: 'edge-1',
  namespace: 'default',
  kind: 'router',
  labels: { istio: 'ingressgateway' },
  address: '10.0.0.1',
  inbound: [],
  outbound: [],
  servers: [
    { port: 53, listen: { address: '0.0.0.0', port: 8053 } },
    { port: 53, transport: 'UDP', listen: { address: '0.0.0.0', port: 8053 } },
  ],
}

function listeners(mesh: ReturnType<typeof meshWith>, proxy = edge) {
  const all = allResources(emitProxy(mesh, { proxies: {} }, proxy)).filter(({ type }) => type === 'listener')
  return new Map(all.map(({ name, value }) => [name, value]))
}

const [tcp, udp] = ['0.0.0.0_8053', 'udp_0.0.0.0_8053']

describe('a gateway’s listener for UDP', () => {
  it('stands beside the one for TCP of the same port', () => {
    assert.deepEqual([...listeners(meshWith()).keys()].sort(), [tcp, udp])
  })

  it('is there for UDP alone where the other is not placed', () => {
    assert.deepEqual([...listeners(meshWith(), { ...edge, servers: edge.servers.slice(1) }).keys()], [udp])
  })

  it('has a twin for IPv6, by UDP', () => {
    const found = listeners(meshWith(), { ...edge, hasIpv6: true })
    const twin = found.get('udp_::_8053')
    assert.deepEqual(twin?.['address'], { socket_address: { protocol: 'UDP', address: '::', port_value: 8053 } })
    assert.equal(twin?.['name'], 'udp_::_8053')
    assert.ok(found.has('::_8053'))
  })

  const policy = (spec: object, annotations = {}): Resource => {
    const made = object('security.istio.io/v1', 'AuthorizationPolicy', 'p', { rules: [{}], ...spec })
    return { ...made, metadata: { ...made.metadata, annotations } }
  }
  for (const [does, isOpen, one] of [
    ['is not opened where a policy allows some', false, policy({ action: 'ALLOW' })],
    ['is not opened where a policy refuses some', false, policy({ action: 'DENY' })],
    ['is not opened where somebody is to be asked', false, policy({ action: 'CUSTOM', provider: { name: 'who' } })],
    ['is opened where a policy takes notes', true, policy({ action: 'AUDIT' })],
    ['is opened where a policy is tried', true, policy({ action: 'DENY' }, { 'istio.io/dry-run': 'true' })],
  ] as const)
    it(does, () => {
      const found = listeners(meshWith(one))
      assert.equal(found.has(udp!), isOpen)
      assert.ok(found.has(tcp!))
    })

  it('gets no chains of an EnvoyFilter, and none of what is for the listener of TCP', () => {
    const patch = (applyTo: string, match: object, value: object, operation = 'ADD') => {
      return { applyTo, match: { context: 'GATEWAY', ...match }, patch: { operation, value } }
    }
    const filter = object('networking.istio.io/v1alpha3', 'EnvoyFilter', 'more', {
      configPatches: [
        patch('FILTER_CHAIN', {}, { name: 'added', filters: [] }),
        patch('LISTENER', { listener: { name: '0.0.0.0_53' } }, { per_connection_buffer_limit_bytes: 9 }, 'MERGE'),
      ],
    })
    const [before, after] = [listeners(meshWith()), listeners(meshWith(filter))]
    assert.deepEqual(after.get(udp!), before.get(udp!))
    assert.equal(after.get(tcp!)?.['per_connection_buffer_limit_bytes'], 9)
    assert.match(JSON.stringify(after.get(tcp!)), /"added"/)
  })
})

describe('ports of a gateway', () => {
  const both = [{ port: 53 }, { port: 53, transport: 'UDP' }]

  it('are told with what carries them', () => {
    assert.deepEqual(gatewayPorts(meshWith(), edge), both)
  })

  it('are placed each, wherever proxies are', () => {
    const { labels = {} } = edge
    const identity = { kind: 'router', ip: '10.0.0.1', name: 'edge-1', namespace: 'default', labels } as const
    const mesh = meshWith()
    for (const { servers } of [placeProxy(mesh, identity), allocate(mesh).proxies['ingressgateway.default']!])
      assert.deepEqual(
        servers.map(({ listen, ...rest }) => ({ ...rest, bound: listen.port })),
        both.map(port => ({ ...port, bound: 8053 })),
      )
  })
})

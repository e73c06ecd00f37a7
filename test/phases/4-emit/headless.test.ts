/** How pods of headless services are called: as policies say, and nobody else of their port. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import type { ObservedEndpoint, Placement, ProxyPlacement } from '../../../src/model/placement.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { allResources, emitProxy } from '../../../src/phases/4-emit/envoy/index.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }
const service = (name: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { clusterIP: 'None', selector: { app: name }, ports: [{ name: 'tcp', port: 5432 }] },
})
const rule = (trafficPolicy: object): Resource => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'db', namespace: 'default' },
  spec: { host: 'db', trafficPolicy },
})
const endpoint = (address: string, hasSidecar: boolean): ObservedEndpoint => {
  const workload = { name: 'db', namespace: 'default', labels: { app: 'db' }, serviceAccount: 'db' }
  return { address, ports: { tcp: 5432 }, workload, hasSidecar }
}

/** By address: the type of the socket by which a cluster's pods are called. */
function called(
  cluster: string,
  resources: readonly Resource[],
  endpoints: Placement['endpoints'] & {},
  others?: 'tls',
): object {
  const { mesh } = resolve(resources.map(resource => ({ resource, span, spanAt: () => span }))).value
  const proxy: ProxyPlacement = {
    ...{ name: 'a', namespace: 'default', kind: 'sidecar', address: '10.0.0.1', interception: 'redirect' },
    ...{ inbound: [], outbound: [], servers: [] },
  }
  const emitted = allResources(emitProxy(mesh, { proxies: {}, hasIdentity: true, endpoints }, proxy))
  const found = emitted.find(({ type, name }) => type === 'cluster' && name === cluster)
  assert.ok(found, `${cluster} among ${emitted.map(({ name }) => name).join(', ')}`)
  const {
    transport_socket,
    transport_socket_matches: matches = [],
    transport_socket_matcher: matcher,
  } = found.value as {
    readonly transport_socket?: { readonly name: string }
    readonly transport_socket_matches?: readonly {
      readonly name: string
      readonly transport_socket: { readonly name: string }
    }[]
    readonly transport_socket_matcher?: {
      readonly matcher_tree: { readonly exact_match_map: { readonly map: { readonly [address: string]: Action } } }
    }
  }
  assert.equal(transport_socket?.name.replace(/.*\./, ''), others, 'plain text, where nothing else is said of others')
  const map = Object.entries(matcher?.matcher_tree.exact_match_map.map ?? {})
  const socketOf = (wanted: string) => matches.find(({ name }) => name === wanted)!.transport_socket.name
  return Object.fromEntries(
    map.map(([address, { action }]) => [address, socketOf(action.typed_config.name).replace(/.*\./, '')]),
  )
}

interface Action {
  readonly action: { readonly typed_config: { readonly name: string } }
}

const db = 'db.default.svc.cluster.local'
const own = `outbound|5432||*.${db}`
const both = { [db]: [endpoint('10.0.0.1', true), endpoint('10.0.0.2', false)] }

it('pods that take mutual TLS are called by it', () => {
  assert.deepEqual(called(own, [service('db')], both), { '10.0.0.1': 'tls' })
  assert.deepEqual(called(own, [service('db')], { [db]: [endpoint('10.0.0.2', false)] }), {})
})

it('all pods are called as a policy says', () => {
  const tls = (mode: string) => [service('db'), rule({ tls: { mode } })]
  assert.deepEqual(called(own, tls('SIMPLE'), both), { '10.0.0.1': 'tls', '10.0.0.2': 'tls' })
  assert.deepEqual(called(own, tls('DISABLE'), both), {})
  const introduced = [service('db'), rule({ proxyProtocol: { version: 'V2' } })]
  const expected = { '10.0.0.1': 'upstream_proxy_protocol', '10.0.0.2': 'upstream_proxy_protocol' }
  assert.deepEqual(called(own, introduced, both), expected)
})

it('pods of services that share a port are called each as its service’s policy says', () => {
  const too = { ...both, 'too.default.svc.cluster.local': [endpoint('10.0.0.3', true), endpoint('10.0.0.4', false)] }
  const resources = [service('db'), service('too'), rule({ tls: { mode: 'DISABLE' } })]
  assert.deepEqual(called('outbound|5432||*.svc.cluster.local', resources, too), { '10.0.0.3': 'tls' })
})

it('nobody but pods is called where hosts that nobody declared are refused', () => {
  const only: Resource = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Sidecar',
    metadata: { name: 'only', namespace: 'default' },
    spec: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
  }
  const expected = { '10.0.0.1': 'tls', '10.0.0.2': 'raw_buffer' }
  assert.deepEqual(called(own, [service('db'), only], both, 'tls'), expected)
  const disabled = { '10.0.0.1': 'raw_buffer', '10.0.0.2': 'raw_buffer' }
  assert.deepEqual(called(own, [service('db'), rule({ tls: { mode: 'DISABLE' } }), only], both, 'tls'), disabled)
})

/** What EnvoyFilters find and in which order they are applied; what Envoy does of it is in test/behaviour. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import {
  allocate,
  allResources,
  type EnvoyResource,
  emitProxy,
  type Message,
  patchFindings,
} from '../../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../../kinds/accepted.ts'

const labels = { app: 'shop' }
const port = { name: 'http', port: 80, targetPort: 8080 }
const shop: readonly Resource[] = [
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop' }, spec: { selector: labels, ports: [port] } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'a', image: 'a', ports: [{ containerPort: 8080 }] }] },
      },
    },
  },
]

interface FilterOptions {
  readonly namespace?: string
  readonly priority?: number
  readonly workloadSelector?: object
}

function filter(name: string, patches: readonly object[], { namespace, ...spec }: FilterOptions = {}): Resource {
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { ...spec, configPatches: patches },
  }
}

const resolved = (filters: readonly Resource[]) => resolve([...shop, ...filters].map(placed)).value

function emitted(filters: readonly Resource[]): readonly EnvoyResource[] {
  const { mesh } = resolved(filters)
  const placement = allocate(mesh)
  return allResources(emitProxy(mesh, placement, placement.proxies['shop.default']!))
}

const shopCluster = 'outbound|80||shop.default.svc.cluster.local'
const timeoutOf = (filters: readonly Resource[]) =>
  emitted(filters).find(({ name }) => name === shopCluster)?.value['connect_timeout']
const timeout = (connect_timeout: string, more: object = {}) => ({
  applyTo: 'CLUSTER',
  match: { cluster: { service: 'shop.default.svc.cluster.local' }, ...more },
  patch: { operation: 'MERGE', value: { connect_timeout } },
})

describe('EnvoyFilters', () => {
  it('are applied by priority, those of the root namespace first, and then by name', () => {
    const root = filter('z', [timeout('1s')], { namespace: 'istio-system' })
    assert.equal(timeoutOf([root, filter('a', [timeout('2s')])]), '2s')
    assert.equal(timeoutOf([filter('a', [timeout('2s')]), filter('b', [timeout('3s')])]), '3s')
    assert.equal(timeoutOf([filter('a', [timeout('2s')], { priority: 5 }), filter('b', [timeout('3s')])]), '2s')
    assert.equal(timeoutOf([filter('a', [timeout('2s'), timeout('4s')])]), '4s')
  })

  it('hold for the proxies that they name, and for no others', () => {
    const alone = '10s'
    assert.equal(timeoutOf([filter('a', [timeout('2s')], { namespace: 'elsewhere' })]), alone)
    assert.equal(timeoutOf([filter('a', [timeout('2s')], { workloadSelector: { labels: { app: 'other' } } })]), alone)
    assert.equal(timeoutOf([filter('a', [timeout('2s')], { workloadSelector: { labels } })]), '2s')
    assert.equal(timeoutOf([filter('a', [timeout('2s', { context: 'SIDECAR_INBOUND' })])]), alone)
    assert.equal(timeoutOf([filter('a', [timeout('2s', { context: 'GATEWAY' })])]), alone)
    assert.equal(timeoutOf([filter('a', [timeout('2s', { proxy: { proxyVersion: '^1\\.31' } })])]), '2s')
    assert.equal(timeoutOf([filter('a', [timeout('2s', { proxy: { proxyVersion: '^1\\.5' } })])]), alone)
    const named = (WORKLOAD_NAME: string) => timeout('2s', { proxy: { metadata: { WORKLOAD_NAME } } })
    assert.equal(timeoutOf([filter('a', [named('shop')])]), '2s')
    assert.equal(timeoutOf([filter('a', [named('store')])]), alone)
  })

  it('leave what proxies share one object, and leave all alone where there are none', () => {
    const { mesh } = resolved([filter('a', [timeout('2s')])])
    const placement = allocate(mesh)
    const proxy = placement.proxies['shop.default']!
    const [first, second] = [emitProxy(mesh, placement, proxy), emitProxy(mesh, placement, { ...proxy, name: 'other' })]
    assert.equal(first.shared.length, second.shared.length)
    for (const [index, list] of first.shared.entries()) assert.equal(list, second.shared[index])
  })

  it('are to blame for what they changed before all others', () => {
    const changed = emitted([filter('a', [timeout('2s')])]).find(({ name }) => name === shopCluster)
    assert.equal(changed?.from[0], 'EnvoyFilter/default/a#/spec/configPatches/0')
  })

  it('take a listener along with the last of its chains, without which Envoy refuses it', () => {
    const all = [{ applyTo: 'FILTER_CHAIN', match: {}, patch: { operation: 'REMOVE' } }]
    const listeners = (filters: readonly Resource[]) =>
      emitted(filters).filter(({ type }) => type === 'listener').length
    assert.ok(listeners([]) > 0)
    assert.equal(listeners([filter('a', all)]), 0)
  })

  it('are for no proxy where the version that they ask for is no regular expression', () => {
    const patch = { ...timeout('7s'), match: { proxy: { proxyVersion: '*' } } }
    assert.equal(timeoutOf([filter('a', [patch])]), timeoutOf([]))
  })

  it('make a listener wait for a cluster that they add and name, and for none that they take away', () => {
    const add = { applyTo: 'CLUSTER', patch: { operation: 'ADD', value: { name: 'judge', type: 'STATIC' } } }
    const judge = {
      applyTo: 'HTTP_FILTER',
      match: { context: 'SIDECAR_INBOUND' },
      patch: {
        operation: 'INSERT_FIRST',
        value: {
          name: 'judge',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
            http_service: { server_uri: { uri: 'http://judge', cluster: 'judge', timeout: '1s' } },
          },
        },
      },
    }
    const all = emitted([filter('a', [add, judge])])
    const inbound = all.find(({ type, value }) => type === 'listener' && value['traffic_direction'] === 'INBOUND')
    assert.ok(inbound?.needs.cluster?.includes('judge'))
    assert.ok(all.some(({ type, name }) => type === 'cluster' && name === 'judge'))
    const remove = { applyTo: 'CLUSTER', match: { cluster: { name: shopCluster } }, patch: { operation: 'REMOVE' } }
    const rest = emitted([filter('a', [remove])])
    assert.ok(!rest.some(({ type, name }) => type === 'cluster' && name === shopCluster))
    assert.ok(!rest.some(({ needs }) => needs.cluster?.includes(shopCluster)))
  })

  it('do not take the place of a cluster of the mesh by adding one of its name', () => {
    const add = { applyTo: 'CLUSTER', patch: { operation: 'ADD', value: { name: shopCluster, type: 'STATIC' } } }
    const found = emitted([filter('a', [add])]).filter(({ name, type }) => type === 'cluster' && name === shopCluster)
    assert.deepEqual(
      found.map(({ value }) => value['type']),
      ['EDS'],
    )
  })
})

describe('filters of a connection', () => {
  const http = 'envoy.filters.network.http_connection_manager'
  const names = (operation: string, more: object = {}, value: object = { name: 'mine' }) => {
    const patches = [
      {
        applyTo: 'HTTP_FILTER',
        match: { context: 'SIDECAR_INBOUND', listener: { filterChain: { filter: { name: http, ...more } } } },
        patch: { operation, value, ...(operation === 'ADD' ? { filterClass: 'AUTHN' } : {}) },
      },
    ]
    const inbound = emitted([filter('a', patches)]).find(({ value: each }) => each['traffic_direction'] === 'INBOUND')!
    const [chain] = inbound.value['filter_chains'] as readonly Message[]
    const [manager] = chain!['filters'] as readonly Message[]
    const config = manager!['typed_config'] as Message
    return (config['http_filters'] as readonly Message[]).map(({ name }) => name)
  }
  const at = (name: string) => ({ subFilter: { name } })
  const first = 'envoy.filters.http.header_to_metadata'
  const last = 'envoy.filters.http.router'

  it('are put where the operation says', () => {
    assert.deepEqual(names('MERGE'), [first, last])
    assert.deepEqual(names('INSERT_FIRST'), ['mine', first, last])
    assert.deepEqual(names('INSERT_BEFORE', at(last)), [first, 'mine', last])
    assert.deepEqual(names('INSERT_AFTER', at(first)), [first, 'mine', last])
    assert.deepEqual(names('REPLACE', at(first)), ['mine', last])
    assert.deepEqual(names('REMOVE', at(first)), [last])
    assert.deepEqual(names('ADD'), [first, 'mine', last])
  })

  it('are put nowhere, where what they look for is not there', () => {
    for (const operation of ['INSERT_BEFORE', 'INSERT_AFTER', 'REPLACE', 'REMOVE', 'MERGE'])
      assert.deepEqual(names(operation, at('no.such.filter')), [first, last], operation)
  })

  it('stay before what ends the chain, which Envoy wants to be the last', () => {
    assert.deepEqual(names('INSERT_AFTER'), [first, 'mine', last])
  })
})

describe('a change that finds nothing', () => {
  it('is said at its line, and one that finds something is not', () => {
    const lost = timeout('2s', { context: 'SIDECAR_OUTBOUND', cluster: { service: 'shpo.default.svc.cluster.local' } })
    const gone = { applyTo: 'CLUSTER', match: { cluster: { name: shopCluster } }, patch: { operation: 'REMOVE' } }
    const found = patchFindings(resolved([filter('a', [timeout('2s'), lost]), filter('b', [gone])]))
    assert.deepEqual(
      found.map(({ code, message }) => `${code} ${message}`),
      ['MW5009 EnvoyFilter "a": spec.configPatches[1] changes nothing: no proxy has anything that its match finds'],
    )
  })

  it('is not said of a filter that is known to select nothing', () => {
    const mesh = resolved([filter('a', [{ ...timeout('2s'), match: { context: 'GATEWAY' } }])])
    const subject = { kind: 'EnvoyFilter', namespace: 'default', name: 'a' }
    const told = { code: 'x', severity: 'warning', message: 'x', related: [], notes: [], subject } as const
    assert.equal(patchFindings(mesh, [{ ...told, pointer: '/spec/workloadSelector' }]).length, 0)
    assert.equal(patchFindings(mesh, [{ ...told, pointer: '/spec/priority' }]).length, 1)
    assert.equal(patchFindings(mesh).length, 1)
  })
})

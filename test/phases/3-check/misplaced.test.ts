/** Fields at another depth than theirs: each object with what is said of the one that it has not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { checkShapes } from '../../../src/phases/3-check/shapes.ts'

const span = { file: 'mesh.yaml', line: 1, column: 1, endLine: 1, endColumn: 1 }

function helpFor(kind: string, body: object): readonly (string | undefined)[] {
  const apiVersion = kind === 'AuthorizationPolicy' ? 'security.istio.io/v1' : 'networking.istio.io/v1'
  const resource = { apiVersion, kind, metadata: { name: 'a' }, ...body } as Resource
  return checkShapes([{ resource, span, spanAt: () => span }]).diagnostics.map(({ help }) => help)
}

const destination = { host: 'a' }
const port = { number: 80, name: 'http', protocol: 'HTTP' }

const cases: readonly (readonly [kind: string, body: object, help: string])[] = [
  // Around it.
  [
    'VirtualService',
    { spec: { hosts: ['a'], http: [{ route: [{ destination, timeout: '5s' }] }] } },
    'move it to spec.http[0].timeout',
  ],
  ['DestinationRule', { spec: { host: 'a', trafficPolicy: { subsets: [{ name: 'v1' }] } } }, 'move it to spec.subsets'],
  ['Gateway', { spec: { servers: [{ port: { ...port, hosts: ['a'] } }] } }, 'move it to spec.servers[0].hosts'],
  [
    'Gateway',
    { spec: { servers: [{ port: { ...port, hosts: ['a'] }, hosts: ['b'] }] } },
    'delete it: its place is spec.servers[0].hosts, which is there already',
  ],
  // Within it.
  [
    'VirtualService',
    { spec: { hosts: ['a'], http: [{ route: [{ destination, subset: 'v1' }] }] } },
    'move it to spec.http[0].route[0].destination.subset',
  ],
  [
    'DestinationRule',
    { spec: { host: 'a', trafficPolicy: { connectionPool: { maxConnections: 5 } } } },
    'move it to spec.trafficPolicy.connectionPool.tcp.maxConnections',
  ],
  ['Gateway', { selector: { a: 'b' }, spec: { servers: [] } }, 'move it to spec.selector'],
  ['AuthorizationPolicy', { spec: { rules: [{ paths: ['/a'] }] } }, 'move it to spec.rules[0].to[0].operation.paths'],
  // Beside it.
  [
    'DestinationRule',
    { spec: { host: 'a', trafficPolicy: { connectionPool: { simple: 'RANDOM' } } } },
    'move it to spec.trafficPolicy.loadBalancer.simple',
  ],
  ['DestinationRule', { spec: { host: 'a', namespace: 'b' } }, 'move it to metadata.namespace'],
  // Meant are those that pick workloads: among the resource's own, the rule would hold for all.
  [
    'DestinationRule',
    { spec: { host: 'a', labels: { a: 'b' } } },
    'delete it; the fields here are host, trafficPolicy, subsets, exportTo, workloadSelector',
  ],
  // A route's destination, or a mirror.
  [
    'VirtualService',
    { spec: { hosts: ['a'], http: [{ host: 'a' }] } },
    'delete it; the fields here are name, match, route, redirect, directResponse, delegate, rewrite, timeout, retries, fault, mirror, mirrors, mirrorPercent, mirror_percent, mirrorPercentage, corsPolicy, headers',
  ],
  // Of several nobody knows which is meant, and what is of another type is something else.
  [
    'VirtualService',
    { spec: { hosts: ['a'], http: [{ route: [{ destination }, { destination }], subset: 'v1' }] } },
    'delete it; the fields here are name, match, route, redirect, directResponse, delegate, rewrite, timeout, retries, fault, mirror, mirrors, mirrorPercent, mirror_percent, mirrorPercentage, corsPolicy, headers',
  ],
  [
    'Gateway',
    { spec: { servers: [{ port: { ...port, hosts: 'a' } }] } },
    'delete it; the fields here are number, protocol, name, targetPort',
  ],
]

describe('a field of another object', () => {
  for (const [kind, body, help] of cases)
    it(`${kind} ${JSON.stringify(body)}`, () => {
      const found = helpFor(kind, body)
      assert.ok(found.includes(help), found.join('\n'))
    })
})

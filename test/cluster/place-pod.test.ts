/** How a gateway's pod stands in the mesh: what its Service leads to is bound, and clients know the Service's ports. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placePod } from '../../src/agent/place-pod.ts'
import { boundPorts } from '../../src/cluster/gateway-services.ts'
import type { ServiceObject } from '../../src/cluster/objects.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { placed } from '../kinds/accepted.ts'

test('a gateway binds what its Service leads to, and is reached by what the Service is asked for', () => {
  const labels = { istio: 'ingressgateway' }
  const server = (number: number) => ({ port: { number, name: `p${number}`, protocol: 'HTTP' }, hosts: ['*'] })
  const gateway = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: { selector: labels, servers: [server(80), server(9000)] },
  }
  const service = {
    metadata: { name: 'gateway', namespace: 'default' },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 10_080 }] },
  } as ServiceObject
  const { servers } = placePod(resolve([gateway].map(placed)).value.mesh, {
    node: { name: 'gateway-1', namespace: 'default', ip: '10.0.0.1' },
    kind: 'router',
    workload: { name: 'gateway', namespace: 'default', labels, serviceAccount: 'gateway', ports: [] },
    services: [service],
  })
  const at = (port: number) => ({ address: '0.0.0.0', port })
  assert.deepEqual(servers, [
    { port: 80, listen: at(10_080), isMapped: true },
    { port: 9000, listen: at(9000), isMapped: true },
  ])
})

test('no two ports are bound at one place: what a Service leads to goes first, and the lower of two that it leads there', () => {
  const labels = { istio: 'ingressgateway' }
  const ports = [
    { name: 'http', port: 80, targetPort: 8080 },
    { name: 'more', port: 81, targetPort: 8080 },
    { name: 'named', port: 82, targetPort: 'web' },
  ]
  const services = [{ metadata: { name: 'gateway', namespace: 'default' }, spec: { selector: labels, ports } }]
  const found = boundPorts(
    services as readonly ServiceObject[],
    [8080, 81, 80, 82, 15_021, 20_000].map(port => ({ port })),
  )
  assert.deepEqual(
    [...found].sort(([a], [b]) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    [
      ['80/TCP', { bound: 8080, isLedTo: true }],
      ['81/TCP', { target: 8080, takenBy: 80 }],
      ['82/TCP', { bound: 8082, isLedTo: true }],
      ['8080/TCP', { bound: 20_000, isLedTo: false }],
      ['15021/TCP', { bound: 20_001, isLedTo: false }],
      ['20000/TCP', { bound: 20_002, isLedTo: false }],
    ],
  )
})

/** Which ports gateways have on one machine, where one number can't have all of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Placement } from '../../../src/model/placement.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { type AllocateOptions, allocate } from '../../../src/phases/4-emit/envoy/index.ts'
import { placed } from '../../kinds/accepted.ts'

type Gateways = Readonly<{ [name: string]: readonly number[] }>
/** By gateway and port of a server: the port that is bound. */
type Bound = Readonly<{ [name: string]: Readonly<{ [port: number]: number }> }>

function placement(gateways: Gateways, options: AllocateOptions = {}): Placement {
  const resources = Object.entries(gateways).map(([name, ports]) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name },
    spec: {
      selector: { istio: name },
      servers: ports.map(number => ({ port: { number, name: `http-${number}`, protocol: 'HTTP' }, hosts: ['*'] })),
    },
  }))
  return allocate(resolve(resources.map(placed)).value.mesh, options)
}

function boundIn({ proxies }: Placement): Bound {
  return Object.fromEntries(
    Object.values(proxies).map(({ name, servers }) => [
      name,
      Object.fromEntries(servers.map(({ port, listen }) => [port, listen.port])),
    ]),
  )
}

test('what can have its own number has it, and what would be bound there goes on by a thousand', () => {
  assert.deepEqual(boundIn(placement({ a: [80, 8080] })), { a: { 80: 9080, 8080: 8080 } })
})

test('what is there already stays', () => {
  const previous = placement({ a: [80] })
  assert.deepEqual(boundIn(placement({ a: [80, 8080] }, { previous })), { a: { 80: 8080, 8080: 9080 } })
})

test('gateways share one address', () => {
  const bound = { a: { 80: 8080, 443: 8443 }, b: { 80: 9080, 8443: 9443 } }
  assert.deepEqual(boundIn(placement({ a: [80, 443], b: [80, 8443] })), bound)
})

test('what an option says holds, and others make room', () => {
  const bound = { a: { 80: 9080, 443: 8080 } }
  assert.deepEqual(boundIn(placement({ a: [80, 443] }, { gatewayPorts: { 443: 8080 } })), bound)
})

/** Routes of two kinds that have one name are two. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { placed } from '../../kinds/accepted.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'
const gateway = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'front' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
}
const route = (kind: string) => ({
  apiVersion,
  kind,
  metadata: { name: 'same' },
  spec: { parentRefs: [{ name: 'front' }], hostnames: [`${kind.toLowerCase()}.example`], rules: [{}] },
})

it('a GRPCRoute and an HTTPRoute of one name each have rules of their own at a listener', () => {
  const all = [gateway, route('HTTPRoute'), route('GRPCRoute')] as readonly Resource[]
  const { routings } = resolve(all.map(placed)).value.mesh
  assert.deepEqual(
    routings.map(({ hosts, rules }) => [hosts.map(({ host }) => host), rules.map(({ at }) => at.split('/')[0])]),
    [
      [['httproute.example'], ['HTTPRoute']],
      [['grpcroute.example'], ['GRPCRoute']],
    ],
  )
})

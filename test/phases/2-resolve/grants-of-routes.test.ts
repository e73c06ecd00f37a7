/** Which routes need a ReferenceGrant for a backend of another namespace. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { placed } from '../../kinds/accepted.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'
const service = (name: string, namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { ports: [{ name: 'http', port: 80 }] },
})
const gateway = {
  apiVersion,
  kind: 'Gateway',
  metadata: { name: 'front', namespace: 'client' },
  spec: { gatewayClassName: 'meshwright', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
}
const atService = { group: '', kind: 'Service', name: 'web', namespace: 'shop' }
const atGateway = { name: 'front' }

/** Of each of its parents: the references' reason, and whether the backend is called. */
function outcomes(parentRefs: readonly object[], backend = 'web') {
  const rules = [{ backendRefs: [{ name: backend, namespace: 'shop', port: 80 }] }]
  const route = {
    apiVersion,
    kind: 'HTTPRoute',
    metadata: { name: 'a', namespace: 'client' },
    spec: { parentRefs, rules },
  }
  const all = [gateway, service('web', 'shop'), service('next', 'shop'), route] as readonly Resource[]
  const { standings = [], routings } = resolve(all.map(placed)).value.mesh
  const reasons = standings
    .filter(({ kind }) => kind === 'HTTPRoute')
    .map(({ conditions }) => conditions.find(({ type }) => type === 'ResolvedRefs')?.reason)
  const called = routings.map(({ gateways, rules: [rule] }) => [
    gateways[0]?.gateway === 'mesh' ? 'mesh' : 'gateway',
    rule?.action.kind === 'forward' && rule.action.destinations[0]?.isMissing !== true,
  ])
  return { reasons, called: Object.fromEntries(called) }
}

describe('a backend of another namespace', () => {
  it('needs no grant where the route is for calls to that Service', () => {
    assert.deepEqual(outcomes([atService]), { reasons: ['ResolvedRefs'], called: { mesh: true } })
  })

  it('needs none where the route is for calls to another Service', () => {
    assert.deepEqual(outcomes([atService], 'next'), { reasons: ['ResolvedRefs'], called: { mesh: true } })
  })

  it('needs one at a gateway, also of a route that has a Service as parent, too', () => {
    assert.deepEqual(outcomes([atGateway, atService]), {
      reasons: ['RefNotPermitted', 'ResolvedRefs'],
      called: { gateway: false, mesh: true },
    })
  })
})

/** What has become of a BackendTLSPolicy in front of each Gateway, by those of its targets to which that one leads. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { unmetConditions } from '../../../src/phases/3-check/standings.ts'
import { placed } from '../../kinds/accepted.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'

function gatewayWith(name: string, backends: readonly string[]) {
  const listeners = [{ name: 'http', port: name === 'front' ? 80 : 81, protocol: 'HTTP' }]
  const backendRefs = backends.map(backend => ({ name: backend, port: 443 }))
  return [
    { apiVersion, kind: 'Gateway', metadata: { name }, spec: { gatewayClassName: 'meshwright', listeners } },
    { apiVersion, kind: 'HTTPRoute', metadata: { name }, spec: { parentRefs: [{ name }], rules: [{ backendRefs }] } },
  ]
}

function policyFor(name: string, ...targets: readonly string[]) {
  const targetRefs = targets.map(target => ({ group: '', kind: 'Service', name: target }))
  const validation = { hostname: 'a.example', wellKnownCACertificates: 'System' }
  return { apiVersion, kind: 'BackendTLSPolicy', metadata: { name }, spec: { targetRefs, validation } }
}

const services = ['a', 'b'].map(name => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ name: 'https', port: 443 }] },
}))

function outcomes(...resources: readonly object[]) {
  const resolved = resolve(([...services, ...resources] as readonly Resource[]).map(placed))
  const standings = (resolved.value.mesh.standings ?? []).filter(({ kind }) => kind === 'BackendTLSPolicy')
  return {
    said: standings.flatMap(({ name, parent, conditions }) =>
      conditions.flatMap(({ type, reason }) => (type === 'Accepted' ? [[name, parent, reason]] : [])),
    ),
    told: unmetConditions(resolved.value).flatMap(({ message }) =>
      message.startsWith('BackendTLSPolicy') ? [message] : [],
    ),
  }
}

describe('a BackendTLSPolicy of several targets', () => {
  it('is accepted where its routes lead to a target that is there, and the one that is missing is told', () => {
    const { said, told } = outcomes(...gatewayWith('front', ['a']), policyFor('p', 'a', 'gone'))
    assert.deepEqual(said, [
      ['p', 'Gateway default/front', 'Accepted'],
      ['p', undefined, 'TargetNotFound'],
    ])
    assert.deepEqual(told, [
      'BackendTLSPolicy "p": Service "gone" in namespace "default" is no Service here (Accepted: False, TargetNotFound)',
    ])
  })

  it('is not accepted where they lead to the one that is missing', () => {
    const gateways = [...gatewayWith('front', ['a']), ...gatewayWith('side', ['gone'])]
    assert.deepEqual(outcomes(...gateways, policyFor('p', 'a', 'gone')).said, [
      ['p', 'Gateway default/front', 'Accepted'],
      ['p', 'Gateway default/side', 'TargetNotFound'],
    ])
  })

  it('is in conflict where they lead to the one that another policy is for', () => {
    const gateways = [...gatewayWith('front', ['a']), ...gatewayWith('side', ['b'])]
    assert.deepEqual(outcomes(...gateways, policyFor('o', 'b'), policyFor('p', 'a', 'b')).said, [
      ['o', 'Gateway default/side', 'Accepted'],
      ['p', 'Gateway default/front', 'Accepted'],
      ['p', 'Gateway default/side', 'Conflicted'],
    ])
  })

  it('says each target that is missing once where no route leads to any', () => {
    assert.deepEqual(outcomes(policyFor('p', 'a', 'gone', 'lost')).said, [
      ['p', undefined, 'TargetNotFound'],
      ['p', undefined, 'TargetNotFound'],
    ])
  })
})

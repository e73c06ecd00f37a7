/** What a route's conditions say of filters that are somebody else's. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resource } from '../../../src/kinds/resource.ts'
import { resolve } from '../../../src/phases/2-resolve/resolve.ts'
import { placed } from '../../kinds/accepted.ts'

const apiVersion = 'gateway.networking.k8s.io/v1'
const extension = { type: 'ExtensionRef', extensionRef: { group: 'a.example', kind: 'Throttle', name: 'a' } }
const backend = { name: 'web', port: 80 }

function conditionsOf(rule: object) {
  const resources = [
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port: 80 }] } },
    {
      apiVersion,
      kind: 'HTTPRoute',
      metadata: { name: 'a' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules: [rule] },
    },
  ] as readonly Resource[]
  const [standing] = resolve(resources.map(placed)).value.mesh.standings ?? []
  return standing?.conditions.map(({ type, status, reason, at }) => [type, status, reason, at.split('#')[1]])
}

describe('a filter that nobody here knows', () => {
  for (const [where, rule, pointer] of [
    ['of a rule', { filters: [extension], backendRefs: [backend] }, '/spec/rules/0/filters/0/extensionRef'],
    [
      'of a backend',
      { backendRefs: [{ ...backend, filters: [extension] }] },
      '/spec/rules/0/backendRefs/0/filters/0/extensionRef',
    ],
  ] as const)
    it(`${where} is a reference that is not resolved`, () => {
      assert.deepEqual(conditionsOf(rule)?.slice(1), [['ResolvedRefs', 'False', 'InvalidKind', pointer]])
    })

  it('is none where all are known', () => {
    assert.deepEqual(conditionsOf({ backendRefs: [backend] })?.slice(1), [
      ['ResolvedRefs', 'True', 'ResolvedRefs', '/spec'],
    ])
  })
})

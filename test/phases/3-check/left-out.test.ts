/** Rules of routes that are wrong, among a cluster's objects: they are left out, and the others hold where their author has them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileResources } from '../../../src/compile.ts'
import { leftOut } from '../../../src/diagnostics/diagnostic.ts'
import { startOf } from '../../../src/diagnostics/span.ts'
import type { LoadedResource } from '../../../src/phases/1-load/loaded.ts'
import { placeOf } from '../../../src/phases/2-resolve/span-table.ts'

/** Places are told by what they are asked for. */
function loaded(resource: LoadedResource['resource']): LoadedResource {
  return { resource, span: startOf('object'), spanAt: pointer => startOf(pointer) }
}

const path = (value: string, type = 'PathPrefix') => ({ matches: [{ path: { type, value } }] })
const wrong = path('/(', 'RegularExpression')

function compiled(rules: readonly unknown[], spec: object = {}) {
  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules, ...spec },
  }
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  }
  const { value, diagnostics } = compileResources({ resources: [loaded(service), loaded(route)] })
  const held = value.mesh.routings.flatMap(each => each.rules)
  return {
    places: held.map(rule => placeOf(value.spans, rule.at).span?.file),
    told: diagnostics.filter(({ severity }) => severity === 'error').map(leftOut),
  }
}

const route = 'HTTPRoute shop/web'

describe('rules of a route that are wrong', () => {
  it('are left out alone, and the others are where they were', () => {
    assert.deepEqual(compiled([path('/a'), wrong, path('/b'), wrong, path('/c')]), {
      places: ['/spec/rules/0', '/spec/rules/2', '/spec/rules/4'],
      told: [`rules[1] of ${route}`, `rules[3] of ${route}`],
    })
  })

  it('count as they are written where one before them is none at all', () => {
    assert.deepEqual(compiled([7, wrong, path('/b')]), {
      places: ['/spec/rules/2'],
      told: [`rules[0] of ${route}`, `rules[1] of ${route}`],
    })
  })

  it('take the route with them where no other is left, or where more is wrong', () => {
    assert.deepEqual(compiled([wrong]), { places: [], told: [route] })
    assert.deepEqual(compiled([path('/a'), wrong], { hostnames: ['A b'] }), { places: [], told: [route, route] })
  })
})

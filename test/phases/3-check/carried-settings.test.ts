/** What a cluster is told of mesh.config.ts, and what it makes of one object alone. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile, compileAlone, withCarriedSettings } from '../../../src/compile.ts'
import { startOf } from '../../../src/diagnostics/span.ts'
import { type Resource, resourceKey } from '../../../src/kinds/resource.ts'
import { settingsAnnotation } from '../../../src/phases/3-check/carried-settings.ts'
import { withFolder } from '../1-load/scratch.ts'

const service = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { ports: [{ port: 80, name: http }] }
---
`

const route = (name: string, weights: readonly [number, number], host = 'web') => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name} }
spec:
  hosts: [${host}]
  http:
    - route:
        - { destination: { host: ${host} }, weight: ${weights[0]} }
        - { destination: { host: ${host} }, weight: ${weights[1]} }
---
`

/** One with an error of a policy that needs no other object. */
const gateway = (name: string) => `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name} }
spec:
  selector: { app: ${name} }
  servers:
    - { port: { number: 80, name: one, protocol: HTTP }, hosts: [shop.example] }
    - { port: { number: 80, name: two, protocol: HTTP }, hosts: [shop.example] }
---
`

const waiver = (until: string) =>
  `{ waivers: [{ rule: 'gateway-host-overlap', subject: 'Gateway/*/web', reason: 'moving', until: '${until}' }] }`

const today = '2026-06-15'

/** The routes of a mesh as a cluster is given them, with what the mesh's own check says. */
async function given(yaml: string, config: string) {
  const text = `import { defineConfig } from 'meshwright/policy'\nexport default defineConfig(${config})\n`
  return withFolder({ 'mesh.yaml': yaml, 'mesh.config.ts': text }, async path => {
    const compiled = await compile({ path, today, skipTypes: true })
    const { resources } = withCarriedSettings({ ...compiled, resolved: compiled.resolved! })
    const routes = resources.map(({ resource }) => resource).filter(({ kind }) => kind !== 'Service')
    return { routes, codes: compiled.diagnostics.map(({ code }) => code) }
  })
}

function alone(resource: Resource, day = today) {
  const span = startOf(resourceKey(resource))
  return compileAlone({ resource, span, spanAt: () => span }, { today: day })
}

const codes = (resource: Resource, day = today) =>
  alone(resource, day)
    .map(({ severity, code }) => `${severity} ${code}`)
    .sort()

const carriedBy = ({ metadata }: Resource) => metadata.annotations?.[settingsAnnotation]

describe('one object alone', () => {
  it('is judged by the policies that need no other, and by no other policy', async () => {
    const { routes, codes: whole } = await given(route('web', [80, 10], 'missing'), '{}')
    assert.ok(whole.includes('unknown-host') && whole.includes('weights-sum'))
    const [found, ...others] = alone(routes[0]!)
    assert.deepEqual(others, [])
    assert.equal(found?.message, 'the weights of a split in route "web" add up to 90, not to 100')
  })

  it('gets warnings as warnings', async () => {
    const twice = `${route('web', [60, 40]).replace('---\n', '')}    - route: [{ destination: { host: web } }]\n`
    const { routes } = await given(service + twice, '{}')
    assert.deepEqual(codes(routes[0]!), ['warning shadowed-route'])
  })

  it('carries nothing where a cluster accepts it as it is', async () => {
    const { routes, codes: whole } = await given(
      service + route('web', [90, 10]),
      "{ rules: { 'weights-sum': 'off' } }",
    )
    assert.deepEqual(whole, [])
    assert.equal(carriedBy(routes[0]!), undefined)
  })
})

describe('what mesh.config.ts accepts, a cluster accepts', () => {
  it('by a waiver, up to its last day, of that object alone', async () => {
    const yaml = gateway('web') + gateway('other')
    const { routes } = await given(yaml, waiver('2026-12-31'))
    const [other, web] = routes as [Resource, Resource]
    assert.equal(carriedBy(web), '{"waivers":[{"rule":"gateway-host-overlap","reason":"moving","until":"2026-12-31"}]}')
    assert.equal(carriedBy(other), undefined)
    assert.deepEqual(codes(web), [])
    assert.deepEqual(codes(web, '2027-01-01'), ['error MW4004', 'error gateway-host-overlap'])
    assert.deepEqual(codes(other), ['error gateway-host-overlap'])
  })

  it('by a setting: lowered, off, or without the preset', async () => {
    const yaml = gateway('web')
    for (const [config, carried, expected] of [
      [
        "{ rules: { 'gateway-host-overlap': 'warning' } }",
        '{"rules":{"gateway-host-overlap":"warning"}}',
        ['warning gateway-host-overlap'],
      ],
      ["{ rules: { 'gateway-host-overlap': 'off' } }", '{"rules":{"gateway-host-overlap":"off"}}', []],
      ['{ presets: [] }', '{"rules":{"gateway-host-overlap":"off"}}', []],
    ] as const) {
      const { routes } = await given(yaml, config)
      assert.equal(carriedBy(routes[0]!), carried)
      assert.deepEqual(codes(routes[0]!), expected)
    }
  })

  it('and what it carries is held to the form of mesh.config.ts', async () => {
    const { routes } = await given(gateway('web'), '{}')
    const carrying = (text: string): Resource => ({
      ...routes[0]!,
      metadata: { ...routes[0]!.metadata, annotations: { [settingsAnnotation]: text } },
    })
    for (const text of ['', 'gateway-host-overlap', '[]', '{"rules":[]}', '{"waivers":{}}'])
      assert.deepEqual(codes(carrying(text)), ['error MW4008'], text)
    for (const [text, code] of [
      ['{"rules":{"gateway-hosts-overlap":"off"}}', 'MW4001'],
      ['{"rules":{"gateway-host-overlap":"none"}}', 'MW4002'],
      ['{"waivers":["gateway-host-overlap"]}', 'MW4003'],
    ] as const)
      assert.deepEqual(codes(carrying(text)), [`error ${code}`, 'error gateway-host-overlap'], text)
    // Needs the services, which one object alone has not.
    assert.deepEqual(codes(carrying('{"rules":{"unknown-host":"error","gateway-host-overlap":"off"}}')), [])
  })
})

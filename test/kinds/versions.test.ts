import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { kinds } from '../../src/kinds/index.ts'
import type { Resource } from '../../src/kinds/resource.ts'
import { readYaml } from '../../src/phases/1-load/yaml.ts'
import { resolve } from '../../src/phases/2-resolve/resolve.ts'
import { checkShapes } from '../../src/phases/3-check/shapes.ts'
import { resourceFiles } from '../../src/phases/4-emit/resource-files.ts'
import { placed } from './accepted.ts'
import { extensionSamples } from './extension-samples.ts'
import { gatewayApiBodies } from './gateway-api-bodies.ts'
import { podSamples } from './pod-samples.ts'
import { samples } from './samples.ts'
import { outsideSamples } from './samples-outside.ts'
import { securitySamples } from './security-samples.ts'

const strict = { kind: 'PeerAuthentication', good: [{ what: 'a mode', spec: { mtls: { mode: 'STRICT' } } }] }
const all = [
  ...[...samples, ...podSamples, ...securitySamples, ...extensionSamples, ...outsideSamples, strict].map(each => ({
    ...each,
    isApi: false,
  })),
  ...gatewayApiBodies.map(each => ({ ...each, isApi: true })),
]
const older = kinds.flatMap(({ kind, apiVersions: [first, ...others] }) =>
  others.map(version => ({ kind, first, version })),
)
const document = (version: string, hosts: string) =>
  `apiVersion: ${version}\nkind: VirtualService\nmetadata: { name: web }\nspec:\n  hosts: ${hosts}\n  http: [{ route: [{ destination: { host: web } }] }]\n`

describe('earlier versions of a kind', () => {
  it('are those that Istio still serves', () => {
    const named = older.map(({ kind, version }) => `${kind} ${version}`)
    for (const kind of ['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'Sidecar', 'WorkloadEntry'])
      for (const version of ['v1beta1', 'v1alpha3']) assert.ok(named.includes(`${kind} networking.istio.io/${version}`))
    for (const kind of ['PeerAuthentication', 'AuthorizationPolicy', 'RequestAuthentication'])
      assert.ok(named.includes(`${kind} security.istio.io/v1beta1`))
    assert.ok(named.includes('Telemetry telemetry.istio.io/v1alpha1'))
  })

  for (const { kind, first, version } of older)
    it(`${kind} ${version} is the same revision as ${first}`, () => {
      // Istio has a Gateway of its own.
      const isApi = first.startsWith('gateway.networking.k8s.io/')
      const specs: readonly { readonly spec?: unknown }[] = all
        .filter(each => each.kind === kind && each.isApi === isApi)
        .flatMap(({ good }) => good)
      assert.ok(specs.length > 0)
      const resourcesOf = (apiVersion: string) =>
        specs.map(({ spec }, n): Resource => ({ apiVersion, kind, metadata: { name: `s${n}` }, spec }))
      const [old, current] = [version, first].map(apiVersion => {
        const shaped = checkShapes(resourcesOf(apiVersion).map(placed))
        assert.deepEqual(shaped.diagnostics, [])
        return resolve(shaped.resources).value
      })
      assert.ok(old && current)
      assert.equal(old.digest, current.digest)
      assert.deepEqual(old.mesh, current.mesh)
      for (const { resource } of old.resources) assert.equal(resource.apiVersion, first)
    })

  it('are held against the schema of their kind, at the author’s place', () => {
    for (const version of ['v1', 'v1beta1', 'v1alpha3']) {
      const { value } = readYaml('a.yaml', document(`networking.istio.io/${version}`, '7'))
      const [found] = checkShapes(value).diagnostics
      assert.deepEqual([found?.code, found?.span?.line, found?.span?.column], ['MW3001', 5, 10], version)
    }
  })

  it('declare the same object: one in two versions is declared twice', () => {
    const [one, two] = ['networking.istio.io/v1', 'networking.istio.io/v1alpha3'].flatMap(
      version => readYaml('a.yaml', document(version, '[web]')).value,
    )
    assert.deepEqual(
      resolve([one!, two!]).diagnostics.map(({ code }) => code),
      ['MW2101'],
    )
  })

  it('are written in the first version', () => {
    const { value } = readYaml('a.yaml', document('networking.istio.io/v1alpha3', '[web]'))
    const files = resourceFiles(resolve(value).value.resources, 'istio')
    assert.match(files.get('default.web.virtualservice.yaml') ?? '', /^apiVersion: networking\.istio\.io\/v1\n/)
  })
})
